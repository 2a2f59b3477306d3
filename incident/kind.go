package incident

import (
	"fmt"
	"slices"

	"tasktrail/audit"
)

// kind is what the kinds of definitions do alike.
type kind[T any, P definition[T]] struct {
	what                      string // in texts for people
	subject                   string // in events
	limit                     int    // of live ones
	fields                    []field[T]
	created, updated, deleted audit.Action
	list                      func(*Automation) []T
	save                      func(tx Tx, d T, e *audit.Event)
}

var playbooks = kind[Playbook, *Playbook]{
	what: "playbook", subject: SubjectPlaybook, limit: MaxPlaybooks, fields: playbookFields,
	created: PlaybookCreated, updated: PlaybookUpdated, deleted: PlaybookDeleted,
	list: func(a *Automation) []Playbook { return a.Playbooks },
	save: func(tx Tx, d Playbook, e *audit.Event) { tx.SavePlaybook(d, e) },
}

var rules = kind[Rule, *Rule]{
	what: "rule", subject: SubjectRule, limit: MaxRules, fields: ruleFields,
	created: RuleCreated, updated: RuleUpdated, deleted: RuleDeleted,
	list: func(a *Automation) []Rule { return a.Rules },
	save: func(tx Tx, d Rule, e *audit.Event) { tx.SaveRule(d, e) },
}

var webhooks = kind[Webhook, *Webhook]{
	what: "webhook", subject: SubjectWebhook, limit: MaxWebhooks, fields: webhookFields,
	created: WebhookCreated, updated: WebhookUpdated, deleted: WebhookDeleted,
	list: func(a *Automation) []Webhook { return a.Webhooks },
	save: func(tx Tx, d Webhook, e *audit.Event) { tx.SaveWebhook(d, "", e) },
}

var serviceAccounts = kind[ServiceAccount, *ServiceAccount]{
	what: "service account", subject: SubjectServiceAccount, limit: MaxServiceAccounts, fields: serviceAccountFields,
	created: ServiceAccountCreated, updated: ServiceAccountUpdated, deleted: ServiceAccountDeleted,
	list: func(a *Automation) []ServiceAccount { return a.ServiceAccounts },
	save: func(tx Tx, d ServiceAccount, e *audit.Event) { tx.SaveServiceAccount(d, nil, e) },
}

// create saves a new definition under the id. at is the path of its input, with
// a dot behind it, or "".
func (k kind[T, P]) create(tx Tx, c *change, at, id string, d T) (T, error) {
	list := k.list(tx.Automation())
	if len(list) >= k.limit {
		return d, refuse(at+"name", "there are %d %ss already, which is the limit", k.limit, k.what)
	}
	base := P(&d).base()
	*base = Definition{
		ID: id, Name: base.Name, CreatedAt: tx.Now(), CreatedByID: c.viewer.Actor.ID,
		UpdatedAt: tx.Now(), UpdatedByID: c.viewer.Actor.ID, Version: 1,
	}
	if err := k.nameIsFree(list, at, base); err != nil {
		return d, err
	}
	k.save(tx, d, c.record(tx, k.created, k.subject, id, "", 1, diff(k.fields, nil, &d)))
	return d, nil
}

// edit runs rule on a copy of a live definition and saves what it changed. What
// it leaves as it was writes nothing.
func (k kind[T, P]) edit(tx Tx, c *change, at, id string, action audit.Action, rule func(d *T) error) (T, error) {
	list := k.list(tx.Automation())
	found := find[T, P](list, id)
	if found == nil {
		var none T
		return none, notFound("id", k.what)
	}
	before, after := *found, *found
	if err := c.expect(P(&before).base().Version, &before, id); err != nil {
		return before, err
	}
	if err := rule(&after); err != nil {
		return before, err
	}
	changes := diff(k.fields, &before, &after)
	if len(changes) == 0 {
		return before, nil
	}
	base := P(&after).base()
	if err := k.nameIsFree(list, at, base); err != nil {
		return before, err
	}
	base.Version++
	base.UpdatedAt, base.UpdatedByID = tx.Now(), c.viewer.Actor.ID
	k.save(tx, after, c.record(tx, action, k.subject, id, "", base.Version, changes))
	return after, nil
}

func (k kind[T, P]) nameIsFree(list []T, at string, base *Definition) error {
	taken := slices.ContainsFunc(list, func(o T) bool { return P(&o).base().Name == base.Name && P(&o).base().ID != base.ID })
	if taken && base.DeletedAt == nil {
		return refuse(at+"name", "another %s has this name", k.what)
	}
	return nil
}

// replay makes a definition of its events, oldest first.
func (k kind[T, P]) replay(d *T, e *audit.Event, u *unknowns) error {
	base := P(d).base()
	if err := nextVersion(base.Version, e); err != nil {
		return err
	}
	created := e.SubjectVersion == 1
	if created {
		*base = Definition{ID: e.SubjectID, CreatedAt: e.RecordedAt, CreatedByID: e.ActorID}
	}
	base.Version, base.UpdatedAt, base.UpdatedByID = int(e.SubjectVersion), e.RecordedAt, e.ActorID
	return apply(k.fields, d, created, e.Payload.Changes, lose(u, e, k.fields, d))
}

// DefinitionState is a playbook, a rule, a webhook or a service account as a
// part of its history gives it. What was redacted is missing in it.
type DefinitionState struct {
	playbook *Playbook
	rule     *Rule
	webhook  *Webhook
	account  *ServiceAccount
	unknowns
}

// Apply plays one event back. Events must come in the order of the trail and
// belong to one definition. An event that does not fit what came before is an
// error.
func (s *DefinitionState) Apply(e *audit.Event) error {
	switch e.SubjectKind {
	case SubjectPlaybook:
		return playbooks.replayInto(&s.playbook, e, &s.unknowns)
	case SubjectRule:
		return rules.replayInto(&s.rule, e, &s.unknowns)
	case SubjectWebhook:
		return webhooks.replayInto(&s.webhook, e, &s.unknowns)
	case SubjectServiceAccount:
		return serviceAccounts.replayInto(&s.account, e, &s.unknowns)
	}
	return fmt.Errorf("replay position %d: unknown kind of subject", e.Position)
}

func (k kind[T, P]) replayInto(d **T, e *audit.Event, u *unknowns) error {
	if *d == nil {
		*d = new(T)
	}
	if err := k.replay(*d, e, u); err != nil {
		return fmt.Errorf("replay position %d: %w", e.Position, err)
	}
	return nil
}

// Definition returns the [Playbook], [Rule], [Webhook] or [ServiceAccount].
func (s *DefinitionState) Definition() any {
	switch {
	case s.playbook != nil:
		return *s.playbook
	case s.rule != nil:
		return *s.rule
	case s.account != nil:
		return *s.account
	}
	return *s.webhook
}

package incident

import (
	"context"
)

// define checks rights and the input's common fields for a change of a
// definition.
func define(v Viewer, operation string, common Common, input any) (*change, *checker, error) {
	if err := v.CheckDefine(); err != nil {
		return nil, nil, err
	}
	return begin(v, operation, common, input)
}

// runDefinition carries out a change of a definition and answers.
func runDefinition[T any, P definition[T]](
	ctx context.Context, s *Service, k kind[T, P], c *change, check *checker, actors []string, rule func(tx Tx) (T, error),
) (*DefinitionPayload[T], error) {
	p := &DefinitionPayload[T]{ClientMutationID: c.common.ClientMutationID, Errors: []MutationError{}}
	err := check.err()
	var result T
	if err == nil {
		if err := s.Admit(ctx, c.viewer); err != nil {
			return nil, err
		}
		err = s.run(ctx, c, Needs{Actors: actors, Define: true}, func(tx Tx) (err error) {
			result, err = rule(tx)
			return err
		})
	}
	if p.Errors, err = refused(err); err != nil || len(p.Errors) > 0 {
		return p, err
	}
	if c.replayed {
		if result, err = definitionAsOf(ctx, s, k, c.event.SubjectID, int(c.event.SubjectVersion)); err != nil {
			return nil, err
		}
	}
	p.Definition, p.Event, p.Replayed = &result, c.event, c.replayed
	return p, nil
}

// definitionAsOf rebuilds a version of a definition; its newest when version
// is 0. One that never was has version 0. What was redacted since is as it is
// now.
func definitionAsOf[T any, P definition[T]](ctx context.Context, s *Service, k kind[T, P], id string, version int) (T, error) {
	var d T
	events, err := s.store.DefinitionEvents(ctx, k.subject, id)
	if err != nil {
		return d, err
	}
	lost := &unknowns{}
	if err := s.recall(ctx, lost, events); err != nil {
		return d, err
	}
	for _, e := range events {
		if err := k.replay(&d, e, lost); err != nil {
			return d, err
		}
		if P(&d).base().Version == version {
			return d, nil
		}
	}
	if version != 0 {
		var none T
		return none, nil
	}
	return d, nil
}

// Playbook returns a version of a playbook, its newest when version is nil;
// also of one that is deleted. It is nil when there is none.
func (s *Service) Playbook(ctx context.Context, v Viewer, id string, version *int) (*Playbook, error) {
	return readDefinition(ctx, s, playbooks, v, id, version)
}

// Rule returns a version of a rule, like [Service.Playbook].
func (s *Service) Rule(ctx context.Context, v Viewer, id string, version *int) (*Rule, error) {
	return readDefinition(ctx, s, rules, v, id, version)
}

// Webhook returns a webhook as it is now, also a deleted one.
func (s *Service) Webhook(ctx context.Context, v Viewer, id string) (*Webhook, error) {
	return readDefinition(ctx, s, webhooks, v, id, nil)
}

func readDefinition[T any, P definition[T]](
	ctx context.Context, s *Service, k kind[T, P], v Viewer, id string, version *int,
) (*T, error) {
	if err := v.CheckRead(); err != nil {
		return nil, err
	}
	if version != nil && *version < 1 {
		return nil, &InputError{Path: []string{"version"}, Message: "must be at least 1"}
	}
	d, err := definitionAsOf(ctx, s, k, id, valueOf(version))
	if err != nil || P(&d).base().Version == 0 {
		return nil, err
	}
	return &d, nil
}

func (c *checker) newVersion(e *int) {
	if e != nil && *e != 0 {
		c.fail("expectedVersion", "expectedVersion of something new can only be 0")
	}
}

// CreatePlaybook makes a playbook.
func (s *Service) CreatePlaybook(ctx context.Context, v Viewer, in CreatePlaybookInput) (*DefinitionPayload[Playbook], error) {
	c, check, err := define(v, "createPlaybook", in.Common, in)
	if err != nil {
		return nil, err
	}
	check.newVersion(in.ExpectedVersion)
	p, id := check.playbook("playbook.", in.Playbook), newID(prefixPlaybook)
	return runDefinition(ctx, s, playbooks, c, check, p.actors(), func(tx Tx) (Playbook, error) {
		return putPlaybook(tx, c, "playbook.", id, p)
	})
}

// putPlaybook creates a checked playbook, after looking at what it refers to.
func putPlaybook(tx Tx, c *change, at, id string, p Playbook) (Playbook, error) {
	if err := p.refers(tx, at); err != nil {
		return p, err
	}
	return playbooks.create(tx, c, at, id, p)
}

// UpdatePlaybook changes what the input sets, into a new version. Tasks that
// are on incidents already stay as they are.
func (s *Service) UpdatePlaybook(ctx context.Context, v Viewer, in UpdatePlaybookInput) (*DefinitionPayload[Playbook], error) {
	c, check, err := define(v, "updatePlaybook", in.Common, in)
	if err != nil {
		return nil, err
	}
	var steps Playbook
	if in.Name.Set {
		in.Name.Value = check.patchName(in.Name.Value)
	}
	in.Description.Value = check.optional("description", in.Description.Value, MaxDescription)
	if in.Steps.Set {
		steps.Steps = check.steps("steps", in.Steps.Value)
	}
	return runDefinition(ctx, s, playbooks, c, check, steps.actors(), func(tx Tx) (Playbook, error) {
		return playbooks.edit(tx, c, "", in.ID, PlaybookUpdated, func(p *Playbook) error {
			if in.Name.Set {
				p.Name = *in.Name.Value
			}
			if in.Description.Set {
				p.Description = in.Description.Value
			}
			if in.Steps.Set {
				p.Steps = steps.Steps
			}
			return steps.refers(tx, "")
		})
	})
}

// DeletePlaybook deletes a playbook that no rule applies.
func (s *Service) DeletePlaybook(ctx context.Context, v Viewer, in DeleteDefinitionInput) (*DefinitionPayload[Playbook], error) {
	return deleteDefinition(ctx, s, playbooks, v, "deletePlaybook", in, func(a RuleAction) bool {
		return a.ApplyPlaybook != nil && a.ApplyPlaybook.PlaybookID == in.ID
	})
}

// DeleteRule deletes a rule.
func (s *Service) DeleteRule(ctx context.Context, v Viewer, in DeleteDefinitionInput) (*DefinitionPayload[Rule], error) {
	return deleteDefinition(ctx, s, rules, v, "deleteRule", in, func(RuleAction) bool { return false })
}

// DeleteWebhook deletes a webhook that no rule calls.
func (s *Service) DeleteWebhook(ctx context.Context, v Viewer, in DeleteDefinitionInput) (*DefinitionPayload[Webhook], error) {
	return deleteDefinition(ctx, s, webhooks, v, "deleteWebhook", in, func(a RuleAction) bool {
		return a.CallWebhook != nil && a.CallWebhook.WebhookID == in.ID
	})
}

func deleteDefinition[T any, P definition[T]](
	ctx context.Context, s *Service, k kind[T, P], v Viewer, operation string, in DeleteDefinitionInput, uses func(RuleAction) bool,
) (*DefinitionPayload[T], error) {
	c, check, err := define(v, operation, in.Common, in)
	if err != nil {
		return nil, err
	}
	return runDefinition(ctx, s, k, c, check, nil, func(tx Tx) (T, error) {
		return k.edit(tx, c, "", in.ID, k.deleted, func(d *T) error {
			for _, r := range tx.Automation().Rules {
				for _, a := range r.Actions {
					if uses(a) {
						return refuse("id", "the rule %q needs this %s; change or delete that rule first", r.Name, k.what)
					}
				}
			}
			now := tx.Now()
			P(d).base().DeletedAt = &now
			return nil
		})
	})
}

package incident

import (
	"fmt"
	"strings"
)

// actors lists the actors that the steps name.
func (p *Playbook) actors() []string {
	var out []string
	for _, s := range p.Steps {
		out = append(out, some(s.AssigneeID)...)
	}
	return out
}

// actors lists the actors that the actions name.
func (r *Rule) actors() []string {
	var out []string
	for _, a := range r.Actions {
		if a.AddTask != nil {
			out = append(out, some(a.AddTask.AssigneeID)...)
		}
		if a.SetOwner != nil {
			out = append(out, some(a.SetOwner.OwnerID)...)
		}
	}
	return out
}

// refers refuses steps that name what there is not.
func (p *Playbook) refers(tx Tx, at string) error {
	for n, s := range p.Steps {
		if err := knownActor(tx, fmt.Sprintf("%ssteps.%d.assigneeId", at, n), s.AssigneeID); err != nil {
			return err
		}
	}
	return nil
}

// refers refuses actions that name what there is not. Without actors, those
// that are named have been looked for before: they are never deleted.
func (r *Rule) refers(tx Tx, at string, actors bool) error {
	set := tx.Automation()
	for n, a := range r.Actions {
		place := fmt.Sprintf("%sactions.%d.", at, n)
		var err error
		switch {
		case a.AddTask != nil && actors:
			err = knownActor(tx, place+"addTask.assigneeId", a.AddTask.AssigneeID)
		case a.SetOwner != nil && actors:
			err = knownActor(tx, place+"setOwner.ownerId", a.SetOwner.OwnerID)
		case a.ApplyPlaybook != nil && set.Playbook(a.ApplyPlaybook.PlaybookID) == nil:
			err = notFound(place+"applyPlaybook.playbookId", "playbook")
		case a.CallWebhook != nil && set.Webhook(a.CallWebhook.WebhookID) == nil:
			err = notFound(place+"callWebhook.webhookId", "webhook")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ends refuses a rule that would run without end beside those of the set.
func (r *Rule) ends(set *Automation, at string) error {
	if n, through := findLoop(set.Rules, r); len(through) > 0 {
		return refuse(fmt.Sprintf("%sactions.%d", at, n),
			"the rule would run without end: what it does sets off %s, which set it back in turn; let one of them run only for changes that no rule made (ACTOR_KIND)",
			strings.Join(through, ", "))
	}
	return nil
}

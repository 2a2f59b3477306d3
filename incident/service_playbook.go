package incident

import (
	"context"

	"tasktrail/audit"
)

// ApplyPlaybook puts the steps of a playbook at the end of an incident's list.
// Steps that are there already, also as deleted tasks, are left out unless the
// input says again. Its event is that of the playbook being applied; those of
// the tasks are caused by it.
func (s *Service) ApplyPlaybook(ctx context.Context, v Viewer, in ApplyPlaybookInput) (*ApplyPlaybookPayload, error) {
	c, check, err := begin(v, "applyPlaybook", in.Common, in)
	if err != nil {
		return nil, err
	}
	var result Incident
	added := []Task{}
	if err = check.err(); err == nil {
		if err := s.Admit(ctx, v); err != nil {
			return nil, err
		}
		c.result = func(tx Tx) { result, _ = tx.Incident(in.IncidentID) }
		needs := Needs{Incidents: []string{in.IncidentID}, TaskLists: true}
		err = s.run(ctx, c, needs, func(tx Tx) error {
			added = []Task{}
			i, ok := tx.Incident(in.IncidentID)
			if !ok {
				return notFound("incidentId", "incident")
			}
			if err := c.expect(i.Version, &i, i.ID); err != nil {
				return err
			}
			if err := openIncident(tx, i.ID, "incidentId"); err != nil {
				return err
			}
			p := tx.Automation().Playbook(in.PlaybookID)
			if p == nil {
				return notFound("playbookId", "playbook")
			}
			tasks, err := c.applyPlaybook(tx, i.ID, p, valueOf(in.Again))
			added = append(added, tasks...)
			return err
		})
	}
	answer, err := s.incidentPayload(ctx, c, &result, err)
	if err != nil {
		return nil, err
	}
	out := &ApplyPlaybookPayload{IncidentPayload: *answer, Tasks: added}
	if c.replayed {
		out.Tasks, err = s.tasksOf(ctx, c.event)
	}
	return out, err
}

// tasksOf rebuilds the tasks that an applied playbook added, as they were then.
func (s *Service) tasksOf(ctx context.Context, applied *audit.Event) ([]Task, error) {
	state, events, err := s.outcomeOf(ctx, applied)
	if err != nil {
		return nil, err
	}
	added := []Task{}
	next := applied.Position + 1 // they come right behind it
	for _, e := range events {
		if e.Action == TaskAdded && (e.Payload.CausedBy == applied.Position || (e.Redacted && e.Position == next)) {
			added = append(added, *state.task(e.SubjectID))
			next = e.Position + 1
		}
	}
	return added, nil
}

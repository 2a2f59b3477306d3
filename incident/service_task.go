package incident

import (
	"context"

	"tasktrail/audit"
)

// changeTask runs rule on an existing task of an open incident and saves what
// it changed. What it leaves as it was writes nothing.
func (s *Service) changeTask(
	ctx context.Context, c *change, needs Needs, id string, action audit.Action,
	rule func(tx Tx, t *Task) ([]audit.Change, error),
) (*TaskPayload, error) {
	needs.Tasks, needs.Triggers = []string{id}, []Trigger{triggerOf[action]}
	var result Task
	c.result = func(tx Tx) { result, _ = tx.Task(id) }
	err := s.run(ctx, c, needs, func(tx Tx) error {
		before, ok := tx.Task(id)
		if !ok {
			return notFound("id", "task")
		}
		if err := c.expect(before.Version, &before, id); err != nil {
			return err
		}
		if err := openIncident(tx, before.IncidentID, "id"); err != nil {
			return err
		}
		after := before
		extra, err := rule(tx, &after)
		if err != nil {
			return err
		}
		changes := append(diff(taskFields, &before, &after), extra...)
		if len(changes) == 0 {
			return nil
		}
		after.Version++
		after.UpdatedAt, after.UpdatedByID = tx.Now(), c.viewer.Actor.ID
		c.saveTask(tx, after, action, changes)
		return nil
	})
	return s.taskPayload(ctx, c, &result, err)
}

// taskPayload answers with result, or with the task as the first attempt left
// it.
func (s *Service) taskPayload(ctx context.Context, c *change, result *Task, err error) (*TaskPayload, error) {
	p := &TaskPayload{ClientMutationID: c.common.ClientMutationID}
	if p.Errors, err = refused(err); err != nil || len(p.Errors) > 0 {
		return p, err
	}
	p.Task, p.Event, p.Replayed = result, c.event, c.replayed
	if c.replayed {
		state, _, err := s.outcomeOf(ctx, c.event)
		if err != nil {
			return nil, err
		}
		p.Task = state.task(c.event.SubjectID)
	}
	return p, nil
}

// openIncident refuses changes to the tasks of a closed incident.
func openIncident(tx Tx, id, field string) error {
	i, ok := tx.Incident(id)
	if !ok {
		return notFound(field, "incident")
	}
	if i.Status == IncidentClosed {
		return refuse(field, "incident %d is closed; reopen it to change its tasks", i.Number)
	}
	return nil
}

// AddTask puts a task on an incident's list.
func (s *Service) AddTask(ctx context.Context, v Viewer, in AddTaskInput) (*TaskPayload, error) {
	in.DueAt = utc(in.DueAt) // before its fingerprint is taken: one moment is one input
	c, check, err := begin(v, "addTask", in.Common, in)
	if err != nil {
		return nil, err
	}
	origin := v.Actor.ID
	t := Task{
		ID: newID(prefixTask), IncidentID: in.IncidentID, Title: check.title("title", in.Title),
		Description: check.optional("description", in.Description, MaxDescription),
		Group:       check.group("group", in.Group),
		Status:      TaskNew, Mandatory: in.Mandatory != nil && *in.Mandatory,
		AssigneeID: in.AssigneeID, DueAt: check.moment("dueAt", in.DueAt),
		Origin:      TaskOrigin{Kind: v.Actor.Kind, Name: v.Actor.Name, ID: &origin},
		CreatedByID: v.Actor.ID, UpdatedByID: v.Actor.ID, Version: 1,
	}
	if in.Rank != nil && *in.Rank < 1 {
		check.fail("rank", "rank must be at least 1")
	}
	if err := check.err(); err != nil {
		return s.taskPayload(ctx, c, nil, err)
	}
	if err := s.Admit(ctx, v); err != nil {
		return nil, err
	}
	needs := Needs{Incidents: []string{in.IncidentID}, TaskLists: true, Actors: some(in.AssigneeID)}
	err = s.run(ctx, c, needs, func(tx Tx) error {
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
		if err := knownActor(tx, "assigneeId", in.AssigneeID); err != nil {
			return err
		}
		list := tx.TaskList(i.ID)
		if liveTasks(list) >= MaxTasks {
			return refuse("incidentId", "incident %d already has %d tasks, which is the limit", i.Number, MaxTasks)
		}
		rank := MaxTasks + 1
		if in.Rank != nil {
			rank = *in.Rank
		}
		at := placeAt(list, "", rank)
		t.OrderKey, t.CreatedAt, t.UpdatedAt = at.key, tx.Now(), tx.Now()
		changes := append(diff(taskFields, nil, &t), rankChange(0, at.rank))
		c.saveTask(tx, t, TaskAdded, changes)
		return nil
	})
	return s.taskPayload(ctx, c, &t, err)
}

// rankChange records a place in the list; from 0 means none.
func rankChange(from, to int) audit.Change {
	c := audit.Change{Field: fieldRank, From: jsonNull, To: toJSON(to)}
	if from > 0 {
		c.From = toJSON(from)
	}
	return c
}

// UpdateTask changes what the input sets.
func (s *Service) UpdateTask(ctx context.Context, v Viewer, in UpdateTaskInput) (*TaskPayload, error) {
	in.DueAt.Value = utc(in.DueAt.Value) // as in AddTask
	c, check, err := begin(v, "updateTask", in.Common, in)
	if err != nil {
		return nil, err
	}
	if in.Title.Set {
		in.Title.Value = check.patchTitle(in.Title.Value)
	}
	in.Description.Value = check.optional("description", in.Description.Value, MaxDescription)
	in.Group.Value = check.group("group", in.Group.Value)
	in.DueAt.Value = check.moment("dueAt", in.DueAt.Value)
	if in.Mandatory.Set && in.Mandatory.Value == nil {
		check.fail("mandatory", "mandatory cannot be null")
	}
	needs := Needs{Actors: some(in.AssigneeID.Value)}
	return s.simpleTask(ctx, c, check, needs, in.ID, TaskUpdated, func(tx Tx, t *Task) ([]audit.Change, error) {
		if err := knownActor(tx, "assigneeId", in.AssigneeID.Value); err != nil {
			return nil, err
		}
		if in.Title.Set {
			t.Title = *in.Title.Value
		}
		if in.Description.Set {
			t.Description = in.Description.Value
		}
		if in.Mandatory.Set {
			t.Mandatory = *in.Mandatory.Value
		}
		if in.AssigneeID.Set {
			t.AssigneeID = in.AssigneeID.Value
		}
		if in.Group.Set {
			t.Group = in.Group.Value
		}
		if in.DueAt.Set {
			if t.DueAt == nil || in.DueAt.Value == nil || !t.DueAt.Equal(*in.DueAt.Value) {
				t.OverdueSince = nil // it was another time that passed
			}
			t.DueAt = in.DueAt.Value
		}
		return nil, nil
	})
}

// simpleTask ends the checks and runs a rule that applies to live tasks only.
func (s *Service) simpleTask(
	ctx context.Context, c *change, check *checker, needs Needs, id string, action audit.Action,
	rule func(tx Tx, t *Task) ([]audit.Change, error),
) (*TaskPayload, error) {
	if err := check.err(); err != nil {
		return s.taskPayload(ctx, c, nil, err)
	}
	if err := s.Admit(ctx, c.viewer); err != nil {
		return nil, err
	}
	return s.changeTask(ctx, c, needs, id, action, func(tx Tx, t *Task) ([]audit.Change, error) {
		if t.DeletedAt != nil && action != TaskDeleted && action != TaskRestored {
			return nil, refuse("id", "the task is deleted; restore it first")
		}
		return rule(tx, t)
	})
}

package incident

import (
	"context"
	"fmt"

	"tasktrail/audit"
)

// changeIncident runs rule on an existing incident and saves what it changed.
// rule gets a copy to change; what it leaves as it was writes nothing.
func (s *Service) changeIncident(
	ctx context.Context, c *change, needs Needs, id string, action audit.Action,
	rule func(tx Tx, i *Incident) ([]audit.Change, error),
) (*IncidentPayload, error) {
	needs.Incidents, needs.Triggers = []string{id}, []Trigger{triggerOf[action]}
	var result Incident
	c.result = func(tx Tx) { result, _ = tx.Incident(id) }
	err := s.run(ctx, c, needs, func(tx Tx) error { return c.editIncident(tx, id, action, rule) })
	return s.incidentPayload(ctx, c, &result, err)
}

// incidentPayload answers with result, or with the incident as the first
// attempt left it.
func (s *Service) incidentPayload(ctx context.Context, c *change, result *Incident, err error) (*IncidentPayload, error) {
	p := &IncidentPayload{ClientMutationID: c.common.ClientMutationID}
	if p.Errors, err = refused(err); err != nil || len(p.Errors) > 0 {
		return p, err
	}
	p.Incident, p.Event, p.Replayed = result, c.event, c.replayed
	if c.replayed {
		state, _, err := s.outcomeOf(ctx, c.event)
		if err != nil {
			return nil, err
		}
		p.Incident = &state.Incident
	}
	return p, nil
}

// CreateIncident makes an incident.
func (s *Service) CreateIncident(ctx context.Context, v Viewer, in CreateIncidentInput) (*IncidentPayload, error) {
	c, check, err := begin(v, "createIncident", in.Common, in)
	if err != nil {
		return nil, err
	}
	i := Incident{
		ID: newID(prefixIncident), Title: check.title("title", in.Title),
		Description: check.optional("description", in.Description, MaxDescription),
		Severity:    in.Severity, Status: IncidentNew, OwnerID: in.OwnerID,
		Labels: check.labels(in.Labels), CreatedByID: v.Actor.ID, UpdatedByID: v.Actor.ID, Version: 1,
	}
	check.severity(in.Severity)
	if in.Status != nil {
		i.Status = check.workStatus(*in.Status)
	}
	if e := in.ExpectedVersion; e != nil && *e != 0 {
		check.fail("expectedVersion", "expectedVersion of a new incident can only be 0")
	}
	if err := check.err(); err != nil {
		return s.incidentPayload(ctx, c, nil, err)
	}
	if err := s.Admit(ctx, v); err != nil {
		return nil, err
	}
	var result Incident
	c.result = func(tx Tx) { result, _ = tx.Incident(i.ID) }
	err = s.run(ctx, c, Needs{Number: true, Actors: some(in.OwnerID)}, func(tx Tx) error {
		if err := knownActor(tx, "ownerId", in.OwnerID); err != nil {
			return err
		}
		i := i // may run again
		i.Number = tx.NextNumber()
		i.CreatedAt, i.UpdatedAt = tx.Now(), tx.Now()
		c.saveIncident(tx, nil, i, IncidentCreated, diff(incidentFields, nil, &i))
		return nil
	})
	return s.incidentPayload(ctx, c, &result, err)
}

// UpdateIncident changes what the input sets.
func (s *Service) UpdateIncident(ctx context.Context, v Viewer, in UpdateIncidentInput) (*IncidentPayload, error) {
	c, check, err := begin(v, "updateIncident", in.Common, in)
	if err != nil {
		return nil, err
	}
	if in.Title.Set {
		in.Title.Value = check.patchTitle(in.Title.Value)
	}
	in.Description.Value = check.optional("description", in.Description.Value, MaxDescription)
	in.Labels.Value = check.labels(in.Labels.Value)
	if in.Severity.Set {
		if in.Severity.Value == nil {
			check.fail("severity", "severity cannot be null")
		} else {
			check.severity(*in.Severity.Value)
		}
	}
	if in.Status.Set {
		if in.Status.Value == nil {
			check.fail("status", "status cannot be null")
		} else {
			check.workStatus(*in.Status.Value)
		}
	}
	if err := check.err(); err != nil {
		return s.incidentPayload(ctx, c, nil, err)
	}
	if err := s.Admit(ctx, v); err != nil {
		return nil, err
	}
	needs := Needs{Actors: some(in.OwnerID.Value)}
	return s.changeIncident(ctx, c, needs, in.ID, IncidentUpdated, func(tx Tx, i *Incident) ([]audit.Change, error) {
		if err := knownActor(tx, "ownerId", in.OwnerID.Value); err != nil {
			return nil, err
		}
		return nil, patchIncident(i, in)
	})
}

// patchIncident applies a checked patch.
func patchIncident(i *Incident, in UpdateIncidentInput) error {
	if in.Title.Set {
		i.Title = *in.Title.Value
	}
	if in.Description.Set {
		i.Description = in.Description.Value
	}
	if in.Severity.Set {
		i.Severity = *in.Severity.Value
	}
	if in.OwnerID.Set {
		i.OwnerID = in.OwnerID.Value
	}
	if in.Labels.Set {
		i.Labels = in.Labels.Value
	}
	if in.Status.Set {
		if i.Status == IncidentClosed {
			return refuse("status", "incident %d is closed; use reopenIncident", i.Number)
		}
		i.Status = *in.Status.Value
	}
	return nil
}

// CloseIncident closes an incident unless mandatory tasks are open.
func (s *Service) CloseIncident(ctx context.Context, v Viewer, in CloseIncidentInput) (*IncidentPayload, error) {
	c, check, err := begin(v, "closeIncident", in.Common, in)
	if err != nil {
		return nil, err
	}
	check.classification(in.Classification, in.ClassificationReason)
	in.ClassificationComment = check.optional("classificationComment", in.ClassificationComment, MaxReason)
	in.OverrideReason = check.optional("overrideReason", in.OverrideReason, MaxReason)
	if in.OverrideReason != nil {
		check.required("overrideReason", in.OverrideReason, MaxReason)
	}
	if err := check.err(); err != nil {
		return s.incidentPayload(ctx, c, nil, err)
	}
	if err := s.Admit(ctx, v); err != nil {
		return nil, err
	}
	return s.changeIncident(ctx, c, Needs{TaskLists: true}, in.ID, IncidentWasClosed, func(tx Tx, i *Incident) ([]audit.Change, error) {
		return closeIncident(tx, i, in)
	})
}

func closeIncident(tx Tx, i *Incident, in CloseIncidentInput) ([]audit.Change, error) {
	if i.Status == IncidentClosed {
		same := *i.Classification == in.Classification && equal(i.ClassificationReason, in.ClassificationReason) &&
			equal(i.ClassificationComment, in.ClassificationComment)
		if same {
			return nil, nil
		}
		return nil, refuse("id", "incident %d is already closed; reopen it to classify it anew", i.Number)
	}
	var open []string
	for _, t := range tx.TaskList(i.ID) {
		if t.Mandatory && !t.Deleted && t.Status.Open() {
			open = append(open, t.ID)
		}
	}
	var extra []audit.Change
	if len(open) > 0 {
		if in.OverrideReason == nil {
			return nil, Refusal{&OpenTasksError{
				Message: fmt.Sprintf("mandatory tasks still open: %d; finish or skip them, or give overrideReason", len(open)),
				Path:    inputPath("id"), TaskIDs: open,
			}}
		}
		extra = []audit.Change{{Field: fieldOverrideReason, From: jsonNull, To: toJSON(in.OverrideReason)}}
	}
	now := tx.Now()
	i.Status, i.ClosedAt = IncidentClosed, &now
	i.Classification, i.ClassificationReason = &in.Classification, in.ClassificationReason
	i.ClassificationComment = in.ClassificationComment
	return extra, nil
}

// ReopenIncident makes a closed incident ACTIVE and forgets its classification.
func (s *Service) ReopenIncident(ctx context.Context, v Viewer, in ReopenIncidentInput) (*IncidentPayload, error) {
	c, check, err := begin(v, "reopenIncident", in.Common, in)
	if err != nil {
		return nil, err
	}
	if err := check.err(); err != nil {
		return s.incidentPayload(ctx, c, nil, err)
	}
	if err := s.Admit(ctx, v); err != nil {
		return nil, err
	}
	return s.changeIncident(ctx, c, Needs{}, in.ID, IncidentReopened, func(_ Tx, i *Incident) ([]audit.Change, error) {
		reopenIncident(i)
		return nil, nil
	})
}

func reopenIncident(i *Incident) {
	if i.Status == IncidentClosed {
		i.Status, i.ClosedAt = IncidentActive, nil
		i.Classification, i.ClassificationReason, i.ClassificationComment = nil, nil, nil
	}
}

package incident

import (
	"context"
	"fmt"
	"math"

	"tasktrail/audit"
)

// Limits of previews.
const (
	DefaultPreview = 10 // incidents
	MaxPreview     = 50
)

// RulePreview is what a rule would have done to past incidents. Each time it
// looks at the incident as it really was then, with the definitions of today
// and the tasks that the rule would have added to it before. What was redacted
// since is taken as it is now.
type RulePreview struct {
	Errors    []MutationError // why the rule cannot be; then there are no incidents
	Incidents []PreviewedIncident
}

// PreviewedIncident is what the rule would have done to one incident.
type PreviewedIncident struct {
	Incident Incident // as it is now
	Runs     []PreviewedRun
}

// PreviewedRun is one event that the rule waits for, and what it would have
// come to.
type PreviewedRun struct {
	Event   *audit.Event
	Unmet   *Unmet          // why it would not have run; nil: it would
	Tasks   []Task          // it would have added, in order; they have no ids
	Changes []*audit.Change // it would have made to the incident, in order
	Stopped []string        // what it would not have been allowed to do, and why
}

// PreviewRule tells what a rule would have done to one incident, or to the
// newest lastN (default 10, at most 50), and changes nothing. A rule that is
// not enabled or has expired is previewed as if it were not so.
func (s *Service) PreviewRule(ctx context.Context, v Viewer, in RuleInput, incidentID *string, lastN *int) (*RulePreview, error) {
	reader, err := s.Read(v)
	if err != nil {
		return nil, err
	}
	incidents, err := s.toPreview(ctx, reader, incidentID, lastN)
	if err != nil {
		return nil, err
	}
	set, err := reader.Automation(ctx)
	if err != nil {
		return nil, err
	}
	check := &checker{}
	rule := check.rule("rule.", in)
	out := &RulePreview{Errors: []MutationError{}}
	err = check.err()
	if err == nil {
		err = rule.refers(&replayTx{set: set}, "rule.", false)
	}
	if err == nil {
		instead := rule // of the one that has its name
		if there := named(set.Rules, rule.Name); there != nil {
			instead.ID = there.ID
		}
		err = instead.ends(set, "rule.")
	}
	if out.Errors, err = refused(err); err != nil || len(out.Errors) > 0 {
		withoutInput(out.Errors)
		return out, err
	}
	for _, i := range incidents {
		previewed, err := s.preview(ctx, &rule, set, i)
		if err != nil {
			return nil, err
		}
		out.Incidents = append(out.Incidents, previewed)
	}
	return out, nil
}

func (s *Service) toPreview(ctx context.Context, reader Reader, id *string, lastN *int) ([]Incident, error) {
	switch {
	case id != nil && lastN != nil:
		return nil, &InputError{Path: []string{"lastN"}, Message: "give incidentId or lastN, not both"}
	case id != nil:
		found, err := reader.IncidentsByID(ctx, []string{*id})
		if i, ok := found[*id]; ok || err != nil {
			return []Incident{i}, err
		}
		return nil, &InputError{Path: []string{"incidentId"}, Message: "there is no such incident"}
	case lastN != nil && (*lastN < 1 || *lastN > MaxPreview):
		return nil, &InputError{Path: []string{"lastN"}, Message: fmt.Sprintf("must be from 1 to %d", MaxPreview)}
	}
	limit := DefaultPreview
	if lastN != nil {
		limit = *lastN
	}
	page, err := reader.Incidents(ctx, IncidentQuery{
		Order: IncidentOrder{Field: IncidentByNumber, Direction: Descending}, Page: PageQuery{Limit: limit},
	})
	return page.Items, err
}

// preview plays an incident back and tries the rule at each event it waits for.
func (s *Service) preview(ctx context.Context, rule *Rule, set *Automation, i Incident) (PreviewedIncident, error) {
	out := PreviewedIncident{Incident: i}
	events, err := s.store.IncidentEvents(ctx, i.ID, math.MaxInt64)
	if err != nil {
		return out, err
	}
	state := &State{}
	if err := s.recall(ctx, &state.unknowns, events); err != nil {
		return out, err
	}
	var added []Task
	for _, e := range events {
		before := state.Incident
		if err := state.Apply(e); err != nil {
			return out, err
		}
		if triggerOf[e.Action] != rule.Trigger {
			continue
		}
		tx := &replayTx{at: e.RecordedAt, state: state, set: set, more: added}
		run := tryRule(tx, rule, occurrenceOf(e, before, state))
		added = append(added, run.Tasks...)
		out.Runs = append(out.Runs, run)
	}
	return out, nil
}

// occurrenceOf is an event of the past that set rules off. before is the
// incident as the event found it, state what it left.
func occurrenceOf(e *audit.Event, before Incident, state *State) occurrence {
	o := occurrence{
		trigger: triggerOf[e.Action], event: e, incidentID: e.IncidentID,
		actor: Actor{ID: e.ActorID, Name: e.Payload.ActorName, Kind: ActorKind(e.ActorKind), Email: e.Payload.ActorEmail},
	}
	if e.SubjectKind == SubjectTask {
		task := *state.task(e.SubjectID)
		o.task = &task
		return o
	}
	after := state.Incident
	o.after = &after
	if before.Version > 0 {
		o.before = &before
	}
	return o
}

// tryRule carries a rule out on a scratch transaction and tells what it did.
func tryRule(tx Tx, rule *Rule, o occurrence) PreviewedRun {
	run := PreviewedRun{Event: o.event, Unmet: rule.Condition.unmet(o.facts(tx))}
	if run.Unmet != nil {
		return run
	}
	trial := newScratch(tx)
	var nobody change
	nobody.as(rule.AutomationActor(KindAutomationRule), rule.reference(), o.event).act(trial, tx.Automation(), rule, o)
	for _, e := range trial.events {
		switch {
		case e.SubjectKind == SubjectTask:
			task, _ := trial.Task(e.SubjectID)
			run.Tasks = append(run.Tasks, task)
		case e.Action == AutomationStopped:
			run.Stopped = append(run.Stopped, stoppedMessage(e))
		default:
			for n := range e.Payload.Changes {
				run.Changes = append(run.Changes, &e.Payload.Changes[n])
			}
		}
	}
	return run
}

// withoutInput makes paths begin with the argument rule, which is in no input.
func withoutInput(errs []MutationError) {
	for _, e := range errs {
		switch e := e.(type) {
		case *ValidationError:
			e.Path = e.Path[1:]
		case *NotFoundError:
			e.Path = e.Path[1:]
		}
	}
}

package incident_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/incident"
)

// play is one history: the same wishes for the service and the model.
type play struct {
	t       *rapid.T
	store   *db.Store
	service *incident.Service
	viewers []incident.Viewer
	inputs  map[string][]argument
	model   *model
	tally   tally
}

// tally counts what the wishes led to.
type tally struct {
	changes, same, replayed int
	refused                 map[incident.MutationErrorCode]int
}

func (p *play) step() {
	w := p.wish()
	got, facts, err := p.carryOut(w)
	if err != nil {
		p.t.Fatalf("%+v: %v", w, err)
	}
	want := p.model.do(w, facts)
	if !slices.Contains(want, got) {
		p.t.Fatalf("%+v:\ngot  %+v\nwant %+v", w, got, want)
	}
	switch {
	case got.code != "":
		p.tally.refused[got.code]++
	case got.replayed:
		p.tally.replayed++
	case got.event == 0:
		p.tally.same++
	default:
		p.tally.changes++
	}
}

// given returns an argument as the inputs of patches have it.
func given[T any](w wish, name string) incident.Optional[*T] {
	v, set := w.args[name]
	if v == nil {
		return incident.Optional[*T]{Set: set}
	}
	typed := v.(T)
	return incident.Optional[*T]{Set: true, Value: &typed}
}

// plain returns an argument as the other inputs have it.
func plain[T any](w wish, name string) *T { return given[T](w, name).Value }

func must[T any](w wish, name string) T { v, _ := w.args[name].(T); return v }

// id names what w is about.
func (p *play) id(w wish) string {
	switch m := p.model; {
	case w.on < 0:
		return "tsk_none"
	case w.ofTask() && w.on < len(m.tasks):
		return m.tasks[w.on].id
	case w.ofTask():
		return m.incidents[0].id // that of something else
	case w.on < len(m.incidents):
		return m.incidents[w.on].id
	}
	return "inc_none"
}

func (p *play) carryOut(w wish) (outcome, facts, error) {
	ctx, s, v, id := context.Background(), p.service, p.viewers[w.by], p.id(w)
	common := incident.Common{
		ExpectedVersion: plain[int](w, "expectedVersion"), Reason: plain[string](w, "reason"),
		ClientMutationID: plain[string](w, "clientMutationId"),
	}
	labels := given[[]string](w, "labels")
	switch w.op {
	case "createIncident":
		return ofIncident(s.CreateIncident(ctx, v, incident.CreateIncidentInput{
			Common: common, Title: must[string](w, "title"), Severity: must[incident.IncidentSeverity](w, "severity"),
			Description: plain[string](w, "description"), Status: plain[incident.IncidentStatus](w, "status"),
			OwnerID: plain[string](w, "ownerId"), Labels: must[[]string](w, "labels"),
		}))
	case "updateIncident":
		in := incident.UpdateIncidentInput{
			Common: common, ID: id, Title: given[string](w, "title"), Description: given[string](w, "description"),
			Severity: given[incident.IncidentSeverity](w, "severity"), Status: given[incident.IncidentStatus](w, "status"),
			OwnerID: given[string](w, "ownerId"), Labels: incident.Optional[[]string]{Set: labels.Set, Value: must[[]string](w, "labels")},
		}
		return ofIncident(s.UpdateIncident(ctx, v, in))
	case "closeIncident":
		return ofIncident(s.CloseIncident(ctx, v, incident.CloseIncidentInput{
			Common: common, ID: id, Classification: must[incident.IncidentClassification](w, "classification"),
			ClassificationReason:  plain[incident.ClassificationReason](w, "classificationReason"),
			ClassificationComment: plain[string](w, "classificationComment"), OverrideReason: plain[string](w, "overrideReason"),
		}))
	case "reopenIncident":
		return ofIncident(s.ReopenIncident(ctx, v, incident.ReopenIncidentInput{Common: common, ID: id}))
	case "addTask":
		return ofTask(s.AddTask(ctx, v, incident.AddTaskInput{
			Common: common, IncidentID: id, Title: must[string](w, "title"), Description: plain[string](w, "description"),
			Mandatory: plain[bool](w, "mandatory"), AssigneeID: plain[string](w, "assigneeId"), DueAt: plain[time.Time](w, "dueAt"),
			Group: plain[string](w, "group"), Rank: plain[int](w, "rank"),
		}))
	case "updateTask":
		return ofTask(s.UpdateTask(ctx, v, incident.UpdateTaskInput{
			Common: common, ID: id, Title: given[string](w, "title"), Description: given[string](w, "description"),
			Mandatory: given[bool](w, "mandatory"), AssigneeID: given[string](w, "assigneeId"), DueAt: given[time.Time](w, "dueAt"),
			Group: given[string](w, "group"),
		}))
	case "startTask":
		return ofTask(s.StartTask(ctx, v, incident.StartTaskInput{Common: common, ID: id}))
	case "completeTask":
		return ofTask(s.CompleteTask(ctx, v, incident.CompleteTaskInput{Common: common, ID: id}))
	case "skipTask":
		return ofTask(s.SkipTask(ctx, v, incident.SkipTaskInput{Common: common, ID: id}))
	case "reopenTask":
		return ofTask(s.ReopenTask(ctx, v, incident.ReopenTaskInput{Common: common, ID: id}))
	case "moveTask":
		return ofTask(s.MoveTask(ctx, v, incident.MoveTaskInput{Common: common, ID: id, Rank: must[int](w, "rank")}))
	case "deleteTask":
		return ofTask(s.DeleteTask(ctx, v, incident.DeleteTaskInput{Common: common, ID: id}))
	case "restoreTask":
		return ofTask(s.RestoreTask(ctx, v, incident.RestoreTaskInput{Common: common, ID: id}))
	}
	return outcome{}, facts{}, errors.New("unknown operation")
}

func ofIncident(r *incident.IncidentPayload, err error) (outcome, facts, error) {
	if err != nil || len(r.Errors) > 0 {
		return refusal(err, func() ([]incident.MutationError, bool) {
			return r.Errors, r.Incident != nil || r.Event != nil || r.Replayed
		})
	}
	out, f := carriedOut(r.Event, r.Replayed)
	out.thing, f.id, f.number = seen(r.Incident).String(), r.Incident.ID, r.Incident.Number
	return out, f, nil
}

func ofTask(r *incident.TaskPayload, err error) (outcome, facts, error) {
	if err != nil || len(r.Errors) > 0 {
		return refusal(err, func() ([]incident.MutationError, bool) {
			return r.Errors, r.Task != nil || r.Event != nil || r.Replayed
		})
	}
	out, f := carriedOut(r.Event, r.Replayed)
	out.thing, f.id = seen(r.Task).String(), r.Task.ID
	return out, f, nil
}

// refusal describes why nothing was done.
func refusal(err error, payload func() (errs []incident.MutationError, more bool)) (outcome, facts, error) {
	if err != nil {
		return outcome{}, facts{}, err
	}
	errs, more := payload()
	if more {
		return outcome{}, facts{}, fmt.Errorf("beside %v there is a thing or an event", errs)
	}
	out := outcome{code: errs[0].Code()}
	switch e := errs[0].(type) {
	case *incident.ConflictError:
		missed := []int64{}
		for _, event := range e.Missed {
			missed = append(missed, event.Position)
		}
		out.details = fmt.Sprint(seen(e.Current), missed)
	case *incident.OpenTasksError:
		out.details = strings.Join(e.TaskIDs, " ")
	}
	return out, facts{}, nil
}

func carriedOut(e *audit.Event, replayed bool) (outcome, facts) {
	if e == nil {
		return outcome{replayed: replayed}, facts{}
	}
	changes := fields{}
	text := func(v json.RawMessage) string { return strings.TrimSuffix(string(v), "null") }
	for _, c := range e.Payload.Changes {
		changes[c.Field] = text(c.From) + "→" + text(c.To)
	}
	return outcome{event: e.Position, changes: fmt.Sprint(changes), replayed: replayed}, facts{position: e.Position, at: e.RecordedAt}
}

package incident_test

import (
	"context"
	"fmt"
	"testing"

	"tasktrail/audit"
	"tasktrail/incident"
)

// result is what any mutation answers.
type result struct {
	thing    any // *incident.Incident or *incident.Task; nil when refused
	event    *audit.Event
	replayed bool
	errs     []incident.MutationError
}

func ofI(p *incident.IncidentPayload, err error) (result, error) {
	if p == nil || p.Incident == nil {
		return asRefused(p != nil, func() []incident.MutationError { return p.Errors }), err
	}
	return result{p.Incident, p.Event, p.Replayed, p.Errors}, err
}

func ofT(p *incident.TaskPayload, err error) (result, error) {
	if p == nil || p.Task == nil {
		return asRefused(p != nil, func() []incident.MutationError { return p.Errors }), err
	}
	// The trail records places, not keys, and no client sees these.
	p.Task.OrderKey = ""
	return result{p.Task, p.Event, p.Replayed, p.Errors}, err
}

func asRefused(answered bool, errs func() []incident.MutationError) result {
	if !answered {
		return result{}
	}
	return result{errs: errs()}
}

// call is one mutation with arguments that change a thing made ready for it.
type call struct {
	name  string
	on    string   // what the id names: "incident", "task", "" for none
	ready []string // calls that make a new thing ready for it
	do    func(ctx context.Context, s *incident.Service, v incident.Viewer, id string, c incident.Common) (result, error)
}

type (
	in  = incident.Common
	svc = incident.Service
	who = incident.Viewer
)

func text(s string) *string { return &s }

func set(s string) incident.Optional[*string] {
	return incident.Optional[*string]{Set: true, Value: &s}
}

// calls are all mutations.
var calls = []call{
	{"createIncident", "", nil, func(ctx context.Context, s *svc, v who, _ string, c in) (result, error) {
		return ofI(s.CreateIncident(ctx, v, incident.CreateIncidentInput{Common: c, Title: " I ", Severity: incident.SeverityLow, Labels: []string{"a"}}))
	}},
	{"updateIncident", "incident", nil, func(ctx context.Context, s *svc, v who, id string, c in) (result, error) {
		return ofI(s.UpdateIncident(ctx, v, incident.UpdateIncidentInput{Common: c, ID: id, Title: set(" new "), Description: set("")}))
	}},
	{"closeIncident", "incident", nil, func(ctx context.Context, s *svc, v who, id string, c in) (result, error) {
		return ofI(s.CloseIncident(ctx, v, incident.CloseIncidentInput{
			Common: c, ID: id, Classification: incident.FalsePositive, ClassificationComment: text("c"), OverrideReason: text("why"),
		}))
	}},
	{"reopenIncident", "incident", []string{"closeIncident"}, func(ctx context.Context, s *svc, v who, id string, c in) (result, error) {
		return ofI(s.ReopenIncident(ctx, v, incident.ReopenIncidentInput{Common: c, ID: id}))
	}},
	{"addTask", "incident", nil, func(ctx context.Context, s *svc, v who, id string, c in) (result, error) {
		rank := 2
		return ofT(s.AddTask(ctx, v, incident.AddTaskInput{Common: c, IncidentID: id, Title: " T ", Rank: &rank}))
	}},
	{"updateTask", "task", nil, func(ctx context.Context, s *svc, v who, id string, c in) (result, error) {
		return ofT(s.UpdateTask(ctx, v, incident.UpdateTaskInput{Common: c, ID: id, Title: set(" new "), Description: set("d")}))
	}},
	{"startTask", "task", nil, func(ctx context.Context, s *svc, v who, id string, c in) (result, error) {
		return ofT(s.StartTask(ctx, v, incident.StartTaskInput{Common: c, ID: id}))
	}},
	{"completeTask", "task", nil, func(ctx context.Context, s *svc, v who, id string, c in) (result, error) {
		return ofT(s.CompleteTask(ctx, v, incident.CompleteTaskInput{Common: c, ID: id}))
	}},
	{"skipTask", "task", []string{"startTask"}, func(ctx context.Context, s *svc, v who, id string, c in) (result, error) {
		if c.Reason == nil {
			c.Reason = text("no need")
		}
		return ofT(s.SkipTask(ctx, v, incident.SkipTaskInput{Common: c, ID: id}))
	}},
	{"reopenTask", "task", []string{"completeTask"}, func(ctx context.Context, s *svc, v who, id string, c in) (result, error) {
		return ofT(s.ReopenTask(ctx, v, incident.ReopenTaskInput{Common: c, ID: id}))
	}},
	{"moveTask", "task", nil, func(ctx context.Context, s *svc, v who, id string, c in) (result, error) {
		return ofT(s.MoveTask(ctx, v, incident.MoveTaskInput{Common: c, ID: id, Rank: 1}))
	}},
	{"deleteTask", "task", nil, func(ctx context.Context, s *svc, v who, id string, c in) (result, error) {
		return ofT(s.DeleteTask(ctx, v, incident.DeleteTaskInput{Common: c, ID: id}))
	}},
	{"restoreTask", "task", []string{"deleteTask"}, func(ctx context.Context, s *svc, v who, id string, c in) (result, error) {
		return ofT(s.RestoreTask(ctx, v, incident.RestoreTaskInput{Common: c, ID: id}))
	}},
}

// creates reports whether it makes something new each time.
func (c call) creates() bool { return c.name == "createIncident" || c.name == "addTask" }

// doNamed tries the named mutation.
func doNamed(ctx context.Context, s *svc, v who, name, id string) (result, error) {
	for _, c := range calls {
		if c.name == name {
			return c.do(ctx, s, v, id, in{})
		}
	}
	return result{}, fmt.Errorf("there is no %s", name)
}

// mustDo carries the named mutation out.
func mustDo(t testing.TB, s *svc, v who, name, id string) result {
	t.Helper()
	r, err := doNamed(context.Background(), s, v, name, id)
	if err != nil || len(r.errs) > 0 || r.thing == nil {
		t.Fatalf("%s: %v, %v", name, r.errs, err)
	}
	return r
}

// must carries it out.
func (c call) must(t testing.TB, s *svc, v who, id string, common in) result {
	t.Helper()
	r, err := c.do(context.Background(), s, v, id, common)
	if err != nil || len(r.errs) > 0 || r.thing == nil {
		t.Fatalf("%s: %v, %v", c.name, r.errs, err)
	}
	return r
}

// mustFresh makes an incident with three tasks and gives the id of what c is about,
// ready for it: the incident, or its second task, which is mandatory.
func (c call) mustFresh(t testing.TB, s *svc, v who) string {
	t.Helper()
	i := mustDo(t, s, v, "createIncident", "").thing.(*incident.Incident)
	id := i.ID
	for n := range 3 {
		mandatory := n == 1
		p, err := s.AddTask(context.Background(), v, incident.AddTaskInput{IncidentID: i.ID, Title: "t", Mandatory: &mandatory})
		if err != nil || p.Task == nil {
			t.Fatal(p, err)
		}
		if mandatory && c.on == "task" {
			id = p.Task.ID
		}
	}
	for _, name := range c.ready {
		mustDo(t, s, v, name, id)
	}
	return id
}

// mustHead gives the position of the newest event.
func mustHead(t testing.TB, s *svc, v who) int64 {
	t.Helper()
	h, err := s.Head(context.Background(), v)
	if err != nil {
		t.Fatal(err)
	}
	return h.Position
}

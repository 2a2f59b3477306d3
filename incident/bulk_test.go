package incident_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tasktrail/incident"
)

// results tells what became of each item: what was done, or where and why not.
func bulkResults(p *incident.BulkPayload) []string {
	var out []string
	for _, r := range p.Results {
		switch {
		case len(r.Errors) > 0:
			out = append(out, string(r.Errors[0].Code())+" "+pathOf(r.Errors[0]))
		case r.Replayed:
			out = append(out, "again "+string(r.Event.Action))
		case r.Event == nil:
			out = append(out, "as it is")
		default:
			out = append(out, string(r.Event.Action))
		}
	}
	return out
}

func (b *bench) expectResults(what string, p *incident.BulkPayload, err error, want ...string) {
	b.Helper()
	if got := bulkResults(p); err != nil || len(p.Errors) > 0 || !slices.Equal(got, want) {
		b.Errorf("%s: got %q, %v, %v, want %q", what, got, p.Errors, err, want)
	}
}

// Each item of a bulk mutation has an outcome of its own, in the order of the
// input; the same call again does what was left.
func TestBulk(t *testing.T) {
	eachBench(t, func(b *bench) {
		i := b.create().Incident.ID
		added, err := b.service.AddTasks(b.ctx, b.alice, incident.AddTasksInput{IncidentID: i, Tasks: []incident.NewTaskInput{
			{Title: "0", Group: text(" g ")}, {Title: " "}, {Title: "2", Mandatory: ptr(true)}, {Title: "3", AssigneeID: ptr("act_none")}, {Title: "4"}, {Title: "5"},
		}})
		b.expectResults("adding", added, err, "TASK_ADDED", "VALIDATION input.tasks.1.title", "TASK_ADDED", "NOT_FOUND input.tasks.3.assigneeId", "TASK_ADDED", "TASK_ADDED")
		if got := b.titles(i); !slices.Equal(got, []string{"0", "2", "4", "5"}) || *added.Results[0].Task.Group != "g" || !added.Results[2].Task.Mandatory {
			t.Errorf("the tasks are %q", got)
		}
		var ids []string
		for _, task := range b.tasks(i) {
			ids = append(ids, task.ID)
		}
		mustDo(t, b.service, b.alice, "skipTask", ids[1])
		mustDo(t, b.service, b.alice, "completeTask", ids[3])
		key := incident.BulkCommon{ClientMutationID: text("k"), Reason: text("r")}
		tick := incident.CompleteTasksInput{BulkCommon: key, IDs: []string{ids[0], ids[1], "tsk_none", ids[2], ids[3]}}
		ticked, err := b.service.CompleteTasks(b.ctx, b.alice, tick)
		b.expectResults("ticking", ticked, err, "TASK_COMPLETED", "VALIDATION input.ids.1", "NOT_FOUND input.ids.2", "TASK_COMPLETED", "as it is")
		if e := ticked.Results[3].Event; e.MutationID != "k/4" || e.Payload.Reason != "r" || *ticked.ClientMutationID != "k" {
			t.Errorf("got %+v", e)
		}
		mustDo(t, b.service, b.alice, "reopenTask", ids[1])
		again, err := b.service.CompleteTasks(b.ctx, b.alice, tick)
		b.expectResults("the rest", again, err, "again TASK_COMPLETED", "TASK_COMPLETED", "NOT_FOUND input.ids.2", "again TASK_COMPLETED", "as it is")
		other, err := b.service.AssignTasks(b.ctx, b.alice, incident.AssignTasksInput{BulkCommon: key, IDs: ids[:1], AssigneeID: &b.boss.Actor.ID})
		b.expectResults("another input", other, err, "IDEMPOTENCY_KEY_REUSED input.clientMutationId")
		assigned, err := b.service.AssignTasks(b.ctx, b.alice, incident.AssignTasksInput{IDs: ids, AssigneeID: &b.boss.Actor.ID})
		b.expectResults("assigning", assigned, err, slices.Repeat([]string{"TASK_UPDATED"}, 4)...)
		nobody, err := b.service.AssignTasks(b.ctx, b.alice, incident.AssignTasksInput{IDs: ids[:2]})
		b.expectResults("to nobody", nobody, err, "TASK_UPDATED", "TASK_UPDATED")
		unknown, err := b.service.AssignTasks(b.ctx, b.alice, incident.AssignTasksInput{IDs: ids[:1], AssigneeID: ptr("act_none")})
		b.expectResults("to a stranger", unknown, err, "NOT_FOUND input.assigneeId")
		none, err := b.service.AddTasks(b.ctx, b.alice, incident.AddTasksInput{IncidentID: "inc_none", Tasks: []incident.NewTaskInput{{Title: "t"}}})
		b.expectResults("of nothing", none, err, "NOT_FOUND input.incidentId")
	})
}

// A hundred tasks are added in their order, and once, however often the call is
// repeated.
func TestBulkAddsInOrder(t *testing.T) {
	eachBench(t, func(b *bench) {
		i := b.create().Incident.ID
		in := incident.AddTasksInput{BulkCommon: incident.BulkCommon{ClientMutationID: text(strings.Repeat("k", 196))}, IncidentID: i}
		var want []string
		for n := range incident.MaxBulk {
			want = append(want, fmt.Sprint(n))
			in.Tasks = append(in.Tasks, incident.NewTaskInput{Title: want[n]})
		}
		half := in
		half.Tasks = in.Tasks[:40]
		for _, in := range []incident.AddTasksInput{half, in, in} {
			p, err := b.service.AddTasks(b.ctx, b.alice, in)
			if err != nil || len(p.Errors) > 0 || len(p.Results) != len(in.Tasks) {
				t.Fatal(p, err)
			}
		}
		if got := b.titles(i); !slices.Equal(got, want) {
			t.Errorf("the tasks are %q", got)
		}
	})
}

// What is wrong with the call as a whole is told before anything is tried.
func TestBulkRefused(t *testing.T) {
	eachBench(t, func(b *bench) {
		i := b.create().Incident.ID
		task := mustDo(t, b.service, b.alice, "addTask", i).thing.(*incident.Task).ID
		before := mustHead(t, b.service, b.alice)
		for what, test := range map[string]struct {
			common incident.BulkCommon
			ids    []string
			path   string
			words  string
		}{
			"none":            {incident.BulkCommon{}, nil, "input.ids", "from 1 to 100, these are 0"},
			"101":             {incident.BulkCommon{}, nil, "input.ids", "from 1 to 100"},
			"twice":           {incident.BulkCommon{}, []string{task, "x", task}, "input.ids.2", "there twice"},
			"a long key":      {incident.BulkCommon{ClientMutationID: text(strings.Repeat("k", 197))}, []string{task}, "input.clientMutationId", "at most 196"},
			"a longer key":    {incident.BulkCommon{ClientMutationID: text(strings.Repeat("k", 201))}, []string{task}, "input.clientMutationId", "at most 196"},
			"a broken key":    {incident.BulkCommon{ClientMutationID: text("\x00")}, []string{task}, "input.clientMutationId", "NUL"},
			"an empty key":    {incident.BulkCommon{ClientMutationID: text("")}, []string{task}, "input.clientMutationId", "leave it out"},
			"a long reason":   {incident.BulkCommon{Reason: text(strings.Repeat("r", 2_001))}, []string{task}, "input.reason", "at most 2000"},
			"a broken reason": {incident.BulkCommon{Reason: text("\xff")}, []string{task}, "input.reason", "UTF-8"},
		} {
			if what == "101" {
				for n := range 101 {
					test.ids = append(test.ids, fmt.Sprint(n))
				}
			}
			p, err := b.service.CompleteTasks(b.ctx, b.alice, incident.CompleteTasksInput{BulkCommon: test.common, IDs: test.ids})
			b.refusedAt(what, err, p.Errors, incident.CodeValidation, test.path, test.words)
			if len(p.Results) > 0 {
				t.Errorf("%s: got %+v", what, p.Results)
			}
		}
		p, err := b.service.AddTasks(b.ctx, b.alice, incident.AddTasksInput{IncidentID: i, Tasks: make([]incident.NewTaskInput, 101)})
		b.refusedAt("101 tasks", err, p.Errors, incident.CodeValidation, "input.tasks", "these are 101")
		if got := mustHead(t, b.service, b.alice); got != before {
			t.Errorf("the trail grew from %d to %d", before, got)
		}
	})
}

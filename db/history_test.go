package db_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

const steps = 50 // of one history

// histories is how many random histories are tried. SQLite is Go code here, and
// several times slower under the race detector.
func histories(url string) int {
	switch {
	case os.Getenv("TASKTRAIL_SOAK") != "":
		return 5000
	case strings.HasPrefix(url, "sqlite:"):
		return 60
	}
	return 200
}

// Random changes, valid and not, must be answered as the model says; in the end
// the tables hold what the model holds, and the trail played back gives the
// same.
func TestRandomHistories(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		service := incident.New(s, nil)
		if err := flag.Set("rapid.checks", fmt.Sprint(histories(url))); err != nil {
			t.Fatal(err)
		}
		n, changes, refused := 0, 0, 0
		rapid.Check(t, func(t *rapid.T) {
			n++
			p := &play{t: t, service: service, viewer: person(fmt.Sprint("player ", n)), model: &model{
				title: "I", status: incident.IncidentNew, version: 1, keys: map[string]wish{},
			}}
			p.begin()
			for range steps {
				p.step()
			}
			p.compare(s)
			changes, refused = changes+p.changes, refused+p.refused
		})
		v := verify(t, s)
		t.Logf("%d histories of %d steps: %d changes, %d refusals, %d events", n, steps, changes, refused, v.Head.Position)
		if changes == 0 || refused == 0 {
			t.Error("the histories were all alike")
		}
	})
}

// play is one history.
type play struct {
	t       *rapid.T
	service *incident.Service
	viewer  incident.Viewer
	model   *model

	id               string
	ids              []string // of the tasks, in the order of adding
	changes, refused int
}

func (p *play) begin() {
	created, err := p.service.CreateIncident(context.Background(), p.viewer, incident.CreateIncidentInput{Title: "I", Severity: incident.SeverityLow})
	if err != nil || created.Incident == nil {
		p.t.Fatal(err, created)
	}
	p.id = created.Incident.ID
}

var operations = []string{
	"addTask", "addTask", "addTask", "updateIncident", "closeIncident", "reopenIncident", "reopenIncident", "reopenIncident", "updateTask", "startTask",
	"completeTask", "skipTask", "reopenTask", "moveTask", "moveTask", "deleteTask", "restoreTask",
}

// step makes a wish, has it carried out by both, and compares the answers.
func (p *play) step() {
	w := wish{
		op:    rapid.SampledFrom(operations).Draw(p.t, "op"),
		task:  rapid.IntRange(0, len(p.ids)).Draw(p.t, "task"), // one too many: unknown
		title: rapid.SampledFrom([]string{"a", "b", "c", "d", "ü", "é", "x", ""}).Draw(p.t, "title"),
		flag:  rapid.Bool().Draw(p.t, "flag"),
		rank:  rapid.SampledFrom([]int{1, 2, 3, 4, 5, 9, 0, -1}).Draw(p.t, "rank"),
	}
	if rapid.IntRange(0, 3).Draw(p.t, "with version") == 0 {
		v := p.model.version
		if t := p.model.task(w.task); t != nil && w.ofTask() {
			v = t.version
		}
		v += rapid.SampledFrom([]int{0, 0, 0, 1, -1}).Draw(p.t, "off by")
		v = max(v, 0)
		w.expected = &v
	}
	if rapid.IntRange(0, 3).Draw(p.t, "with key") == 0 {
		k := rapid.SampledFrom([]string{"k1", "k2", "k3", "k4", "k5", "k6"}).Draw(p.t, "key")
		if first, ok := p.model.keys[k]; ok && rapid.Bool().Draw(p.t, "again") {
			w = first
		}
		w.key = &k
	}
	w = w.cut()
	want := p.model.do(w)
	got, err := p.carryOut(w)
	if err != nil {
		p.t.Fatal(err)
	}
	if got != want {
		p.t.Fatalf("%+v: got %+v, want %+v", w, got, want)
	}
	if want.changed && !want.replay {
		p.changes++
	}
	if want.code != "" {
		p.refused++
	}
}

func (p *play) carryOut(w wish) (answer, error) {
	ctx, s, v := context.Background(), p.service, p.viewer
	common := incident.Common{ExpectedVersion: w.expected, ClientMutationID: w.key}
	id := "tsk_none"
	if w.task < len(p.ids) {
		id = p.ids[w.task]
	}
	title := incident.Optional[*string]{Set: true, Value: &w.title}
	ofTask := func(r *incident.TaskPayload, err error) (answer, error) {
		if err != nil {
			return answer{}, err
		}
		if w.op == "addTask" && r.Task != nil && !r.Replayed {
			p.ids = append(p.ids, r.Task.ID)
		}
		return answered(r.Errors, r.Event != nil, r.Replayed), nil
	}
	ofIncident := func(r *incident.IncidentPayload, err error) (answer, error) {
		if err != nil {
			return answer{}, err
		}
		return answered(r.Errors, r.Event != nil, r.Replayed), nil
	}
	switch w.op {
	case "updateIncident":
		return ofIncident(s.UpdateIncident(ctx, v, incident.UpdateIncidentInput{Common: common, ID: p.id, Title: title}))
	case "closeIncident":
		in := incident.CloseIncidentInput{Common: common, ID: p.id, Classification: incident.Undetermined}
		if w.flag {
			why := "why not"
			in.OverrideReason = &why
		}
		return ofIncident(s.CloseIncident(ctx, v, in))
	case "reopenIncident":
		return ofIncident(s.ReopenIncident(ctx, v, incident.ReopenIncidentInput{Common: common, ID: p.id}))
	case "addTask":
		in := incident.AddTaskInput{Common: common, IncidentID: p.id, Title: w.title, Mandatory: &w.flag}
		if w.rank != 0 {
			in.Rank = &w.rank
		}
		return ofTask(s.AddTask(ctx, v, in))
	case "updateTask":
		return ofTask(s.UpdateTask(ctx, v, incident.UpdateTaskInput{Common: common, ID: id, Title: title, Mandatory: incident.Optional[*bool]{Set: true, Value: &w.flag}}))
	case "startTask":
		return ofTask(s.StartTask(ctx, v, incident.StartTaskInput{Common: common, ID: id}))
	case "completeTask":
		return ofTask(s.CompleteTask(ctx, v, incident.CompleteTaskInput{Common: common, ID: id}))
	case "skipTask":
		common.Reason = &w.title
		return ofTask(s.SkipTask(ctx, v, incident.SkipTaskInput{Common: common, ID: id}))
	case "reopenTask":
		return ofTask(s.ReopenTask(ctx, v, incident.ReopenTaskInput{Common: common, ID: id}))
	case "moveTask":
		return ofTask(s.MoveTask(ctx, v, incident.MoveTaskInput{Common: common, ID: id, Rank: w.rank}))
	case "deleteTask":
		return ofTask(s.DeleteTask(ctx, v, incident.DeleteTaskInput{Common: common, ID: id}))
	case "restoreTask":
		return ofTask(s.RestoreTask(ctx, v, incident.RestoreTaskInput{Common: common, ID: id}))
	}
	return answer{}, errors.New("unknown operation")
}

func answered(errs []incident.MutationError, changed, replayed bool) answer {
	a := answer{changed: changed, replay: replayed}
	if len(errs) > 0 {
		a.code = errs[0].Code()
	}
	return a
}

// compare reads everything back.
func (p *play) compare(s *db.Store) {
	ctx := context.Background()
	i, err := s.IncidentsByID(ctx, []string{p.id})
	if err != nil {
		p.t.Fatal(err)
	}
	if got := i[p.id]; got.Title != p.model.title || got.Status != p.model.status || got.Version != p.model.version {
		p.t.Errorf("the incident is %+v, want %+v", got, p.model)
	}
	lists, err := s.TaskLists(ctx, incident.TaskListQuery{IncidentIDs: []string{p.id}, IncludeDeleted: true, Page: incident.PageQuery{Limit: 200}})
	if err != nil {
		p.t.Fatal(err)
	}
	list := lists[p.id].Items
	if len(list) != len(p.model.list) {
		p.t.Fatalf("there are %d tasks, want %d", len(list), len(p.model.list))
	}
	var want incident.TaskProgress
	events, rank := p.model.version, 1
	ranks, err := s.Ranks(ctx, append([]string{"tsk_none"}, p.ids...))
	if err != nil {
		p.t.Fatal(err)
	}
	for n, w := range p.model.list {
		got := list[n]
		if got.Title != w.title || got.Status != w.status || got.Mandatory != w.mandatory || (got.DeletedAt != nil) != w.deleted || got.ReopenCount != w.reopened ||
			got.Version != w.version || (got.CompletedAt != nil) != (w.status == incident.TaskCompleted) || ranks[got.ID] != rank {
			p.t.Errorf("place %d holds %+v with rank %d, want %+v with rank %d", n, got, ranks[got.ID], w, rank)
		}
		events += w.version
		if w.deleted {
			continue
		}
		rank++
		want.Total++
		switch {
		case w.open():
			want.Open++
			if w.mandatory {
				want.MandatoryOpen++
			}
		case w.status == incident.TaskCompleted:
			want.Completed++
		default:
			want.Skipped++
		}
	}
	progress, err := s.Progress(ctx, []string{p.id}, time.Now())
	if err != nil || progress[p.id] != want {
		p.t.Errorf("progress is %+v, %v, want %+v", progress[p.id], err, want)
	}
	n, err := s.CountHistories(ctx, incident.HistoryQuery{IncidentIDs: []string{p.id}})
	if err != nil || n[p.id] != events {
		p.t.Errorf("there are %d events, %v, want %d", n[p.id], err, events)
	}
}

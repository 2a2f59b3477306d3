package incident_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tasktrail/audit"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// was is an incident as the API showed it behind a change.
type was struct {
	position int64
	incident *thing
	tasks    []*thing // in the order of the list, tombstones included
	ranks    map[string]int
}

// pastPlay is a play that remembers what was.
type pastPlay struct {
	play
	was map[string][]was // by incident
}

// Whatever happened to incidents, what is shown of each moment is what the API
// showed then, and the difference between two moments leads from one to the
// other.
func TestThePastIsWhatWasShown(t *testing.T) {
	histories, checks := 3, flag.Lookup("rapid.checks").Value
	if os.Getenv("TASKTRAIL_SOAK") != "" {
		histories = 2000
	}
	usual := checks.String()
	t.Cleanup(func() { _ = checks.Set(usual) })
	dbtest.Each(t, func(t *testing.T, url string) {
		if err := checks.Set(fmt.Sprint(histories)); err != nil {
			t.Fatal(err)
		}
		store, service := open(t, url)
		n, moments, diffs := int64(0), 0, 0
		rapid.Check(t, func(t *rapid.T) {
			n++
			p := &pastPlay{play: play{t: t, store: store, service: service}, was: map[string][]was{}}
			p.begin(n)
			for range steps {
				p.step()
				p.remember()
			}
			for id, list := range p.was {
				moments += p.comparePast(id, list)
				diffs += p.compareDiffs(id, list)
			}
		})
		t.Logf("%d histories, %d moments, %d differences", n, moments, diffs)
		if moments == 0 || diffs == 0 {
			t.Error("nothing was compared")
		}
	})
}

// remember reads every incident that has changed since.
func (p *pastPlay) remember() {
	ctx := context.Background()
	for _, x := range p.model.incidents {
		position := int64(0)
		for _, y := range append([]*thing{x}, x.tasks...) {
			position = max(position, slices.Max(append(y.events, 0)))
		}
		if known := p.was[x.id]; len(known) > 0 && known[len(known)-1].position == position {
			continue
		}
		read, err := p.store.IncidentsByID(ctx, []string{x.id})
		p.must(err)
		lists, err := p.store.TaskLists(ctx, incident.TaskListQuery{IncidentIDs: []string{x.id}, IncludeDeleted: true, Page: incident.PageQuery{Limit: incident.MaxPage}})
		p.must(err)
		ranks, err := p.store.Ranks(ctx, append(ids(x.tasks), "tsk_none"))
		p.must(err)
		i, tasks := read[x.id], lists[x.id].Items
		now := was{position: position, incident: seen(&i), ranks: ranks}
		for n := range tasks {
			now.tasks = append(now.tasks, seen(&tasks[n]))
		}
		p.was[x.id] = append(p.was[x.id], now)
	}
}

// past gives somebody the past, for one request.
func (p *play) past() *incident.Past {
	past, err := p.service.Past(p.viewers[0])
	p.must(err)
	return past
}

// comparePast asks for every moment: at and just before each of the incident's
// positions, and at and just before each time.
func (p *pastPlay) comparePast(id string, list []was) (compared int) {
	ctx := context.Background()
	events, err := p.store.IncidentEvents(ctx, id, 1<<62)
	p.must(err)
	ask := func(at incident.TrailPoint, want *was, wantEvent *audit.Event) {
		compared++
		got, err := p.past().IncidentAt(ctx, id, at)
		p.must(err)
		if want == nil {
			if got != nil {
				p.t.Errorf("%v: there was none yet, got %+v", at, got)
			}
			return
		}
		if got == nil || got.AsOf.Position != wantEvent.Position || !got.AsOf.RecordedAt.Equal(wantEvent.RecordedAt) {
			p.t.Fatalf("%v: got %+v, want it as of position %d", at, got, wantEvent.Position)
		}
		p.comparePresented(got, want)
	}
	// behind returns what was behind the n-th event, counted from 1.
	behind := func(n int) (*was, *audit.Event) {
		if n == 0 {
			return nil, nil
		}
		return &list[slices.IndexFunc(list, func(w was) bool { return w.position == events[n-1].Position })], events[n-1]
	}
	for n, e := range events {
		before, last := behind(n)
		earlier := e.Position - 1
		ask(incident.TrailPoint{Position: &earlier}, before, last)
		now, this := behind(n + 1)
		ask(incident.TrailPoint{Position: &e.Position}, now, this)
		for _, at := range []time.Time{e.RecordedAt.Add(-time.Microsecond), e.RecordedAt} {
			known := 0
			for m, o := range events {
				if !o.RecordedAt.After(at) {
					known = m + 1
				}
			}
			then, last := behind(known)
			ask(incident.TrailPoint{At: &at}, then, last)
		}
	}
	now := time.Now()
	then, last := behind(len(events))
	ask(incident.TrailPoint{At: &now}, then, last)
	return compared
}

// comparePresented compares what the past shows with what was shown.
func (p *pastPlay) comparePresented(got *incident.IncidentAt, want *was) {
	i, tasks := presented(got)
	if seen(&i).String() != want.incident.String() || len(tasks) != len(want.tasks) {
		p.t.Fatalf("position %d shows\n%v with %d tasks, want\n%v with %d", want.position, seen(&i), len(tasks), want.incident, len(want.tasks))
	}
	var live []*thing
	for n, w := range want.tasks {
		if seen(&tasks[n]).String() != w.String() || *got.TaskList[n].Rank != want.ranks[w.id] {
			p.t.Fatalf("position %d, place %d shows rank %d,\n%v, want rank %d,\n%v", want.position, n, *got.TaskList[n].Rank, seen(&tasks[n]), want.ranks[w.id], w)
		}
		if w.live() {
			live = append(live, w)
		}
		one := progressOf([]*thing{w}, *got.AsOf.At)
		if overdue := w.live() && one.Overdue == 1; *got.TaskList[n].Overdue != overdue {
			p.t.Errorf("position %d: %v is overdue: %t", want.position, w, !overdue)
		}
	}
	if want := progressOf(live, *got.AsOf.At); *got.Progress != want {
		p.t.Errorf("the progress was %+v, want %+v", *got.Progress, want)
	}
}

// presented brings what was into the form of the present; nothing of it may be
// unknown.
func presented(i *incident.IncidentAt) (incident.Incident, []incident.Task) {
	tasks := make([]incident.Task, len(i.TaskList))
	for n, t := range i.TaskList {
		tasks[n] = incident.Task{
			ID: t.TaskID, IncidentID: t.IncidentID, Title: *t.Title, Description: t.Description, Group: t.Group, Status: *t.Status, Mandatory: *t.Mandatory,
			AssigneeID: t.AssigneeID, DueAt: t.DueAt, OverdueSince: t.OverdueSince, Origin: *t.Origin, CreatedAt: t.CreatedAt, CreatedByID: t.CreatedByID,
			UpdatedAt: t.UpdatedAt, UpdatedByID: t.UpdatedByID, CompletedAt: t.CompletedAt, CompletedByID: t.CompletedByID, ReopenCount: *t.ReopenCount,
			DeletedAt: t.DeletedAt, Version: t.Version,
		}
	}
	return incident.Incident{
		ID: i.IncidentID, Number: *i.Number, Title: *i.Title, Description: i.Description, Severity: *i.Severity, Status: *i.Status, Classification: i.Classification,
		ClassificationReason: i.ClassificationReason, ClassificationComment: i.ClassificationComment, OwnerID: i.OwnerID, Labels: i.Labels, CreatedAt: i.CreatedAt,
		CreatedByID: i.CreatedByID, UpdatedAt: i.UpdatedAt, UpdatedByID: i.UpdatedByID, ClosedAt: i.ClosedAt, Version: i.Version,
	}, tasks
}

package incident_test

import (
	"context"
	"slices"
	"time"

	"tasktrail/incident"
)

// compare reads everything back.
func (p *play) compare() {
	ctx, now := context.Background(), time.Now()
	incidents, tasks := ids(p.model.incidents), ids(p.model.tasks)
	page := incident.PageQuery{Limit: incident.MaxPage}
	read, err := p.store.IncidentsByID(ctx, incidents)
	p.must(err)
	whole, err := p.store.TaskLists(ctx, incident.TaskListQuery{IncidentIDs: incidents, IncludeDeleted: true, Page: page})
	p.must(err)
	live, err := p.store.TaskLists(ctx, incident.TaskListQuery{IncidentIDs: incidents, Page: page})
	p.must(err)
	counted, err := p.store.CountTaskLists(ctx, incident.TaskListQuery{IncidentIDs: incidents})
	p.must(err)
	progress, err := p.store.Progress(ctx, incidents, now)
	p.must(err)
	ranks, err := p.store.Ranks(ctx, append([]string{"tsk_none"}, tasks...))
	p.must(err)
	if len(ranks) != len(tasks) {
		p.t.Errorf("there are %d ranks, want %d", len(ranks), len(tasks))
	}
	for _, want := range p.model.incidents {
		if got := read[want.id]; seen(&got).String() != want.String() {
			p.t.Errorf("the incident is\n%v, want\n%v", seen(&got), want)
		}
		for _, t := range want.tasks {
			if ranks[t.id] != t.rank() {
				p.t.Errorf("%v has rank %d, want %d", t, ranks[t.id], t.rank())
			}
		}
		alive := slices.DeleteFunc(slices.Clone(want.tasks), func(t *thing) bool { return !t.live() })
		p.compareLists(whole[want.id].Items, want.tasks)
		p.compareLists(live[want.id].Items, alive)
		if counted[want.id] != len(alive) {
			p.t.Errorf("%d tasks are counted, want %d", counted[want.id], len(alive))
		}
		if got, want := progress[want.id], progressOf(alive, now); got != want {
			p.t.Errorf("the progress is %+v, want %+v", got, want)
		}
	}
	p.compareHistories(incidents, tasks)
}

func (p *play) must(err error) {
	if err != nil {
		p.t.Fatal(err)
	}
}

func ids(things []*thing) []string {
	out := make([]string, len(things))
	for n, x := range things {
		out[n] = x.id
	}
	return out
}

func (p *play) compareLists(got []incident.Task, want []*thing) {
	if len(got) != len(want) {
		p.t.Fatalf("the list has %d tasks, want %d", len(got), len(want))
	}
	for n, w := range want {
		if seen(&got[n]).String() != w.String() {
			p.t.Errorf("place %d holds\n%v, want\n%v", n, seen(&got[n]), w)
		}
	}
}

func progressOf(live []*thing, now time.Time) incident.TaskProgress {
	var out incident.TaskProgress
	for _, t := range live {
		out.Total++
		switch {
		case t.open():
			out.Open++
			if t.is("mandatory", true) {
				out.MandatoryOpen++
			}
			if due, err := time.Parse(`"`+time.RFC3339Nano+`"`, t.fields["dueAt"]); err == nil && due.Before(now) {
				out.Overdue++
			}
		case t.is("status", incident.TaskCompleted):
			out.Completed++
		default:
			out.Skipped++
		}
	}
	return out
}

// compareHistories reads the events of each incident, those of its tasks among
// them, and of each task.
func (p *play) compareHistories(incidents, tasks []string) {
	page := incident.PageQuery{Limit: incident.MaxPage}
	for _, part := range []struct {
		query  incident.HistoryQuery
		things []*thing
	}{
		{incident.HistoryQuery{IncidentIDs: incidents, Page: page}, p.model.incidents},
		{incident.HistoryQuery{TaskIDs: tasks, Page: page}, p.model.tasks},
	} {
		got, err := p.store.Histories(context.Background(), part.query)
		p.must(err)
		for _, x := range part.things {
			want := slices.Clone(x.events)
			for _, t := range x.tasks {
				want = append(want, t.events...)
			}
			slices.Sort(want)
			positions := []int64{}
			for _, e := range got[x.id].Items {
				positions = append(positions, e.Position)
			}
			if !slices.Equal(positions, want) {
				p.t.Errorf("the history of %s has the positions %v, want %v", x.id, positions, want)
			}
		}
	}
}

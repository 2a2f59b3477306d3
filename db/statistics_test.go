package db_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

var allGroups = []incident.TaskStatisticsGroup{
	incident.GroupByNone, incident.GroupByTitle, incident.GroupByPlaybookStep, incident.GroupByCreator,
	incident.GroupByOwner, incident.GroupByAssignee, incident.GroupBySeverity, incident.GroupByOriginKind,
}

// Whatever is asked, the answer is what a walk over everything finds.
func TestStatisticsAreRight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		// The engines do not agree on what is a letter's other case, nor, unless
		// told, on which title comes first.
		c := newCrowd(t, s, []string{
			"Check VPN", "check vpn", "CHECK VPN", "Check VPN.", "Straße", "STRASSE", "straße", "Жук", "жук", "İd", "id", "i̇d", "Ωm", "ωm",
			"a", "B", "_", "-x", "x", "two\nlines", "TWO\nLINES", "😀", "a\u2028b", "%", "é", "É",
		})
		for range 4 {
			c.write(t, 20, c.list(14))
		}
		w := walk{t: t, s: s}
		w.read()
		check := func(t rapid.TB, q incident.TaskStatisticsQuery) (groups int) {
			got, err := s.TaskStatistics(context.Background(), q)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := text(t, got), text(t, w.statistics(q)); got != want {
				t.Fatalf("%s:\ngot  %s\nwant %s", text(t, q), got, want)
			}
			return len(got.Groups)
		}
		for _, by := range allGroups {
			if n := check(t, incident.TaskStatisticsQuery{GroupBy: by, Now: c.from.Add(50 * time.Hour)}); (n > 1) != (by != incident.GroupByNone) {
				t.Errorf("%d groups by %s", n, by)
			}
		}
		t.Run("at random", rapid.MakeCheck(func(r *rapid.T) { check(r, c.query(r)) }))
	})
}

// query draws what to ask.
func (c *crowd) query(r *rapid.T) incident.TaskStatisticsQuery {
	moment := rapid.Custom(func(r *rapid.T) time.Time {
		return c.from.Add(time.Duration(rapid.IntRange(0, c.number+1).Draw(r, "minute")) * time.Minute)
	})
	somebody := rapid.SampledFrom(append(slices.Clone(c.people), "act_none", ""))
	f := incident.TaskStatisticsFilter{
		CreatedSince: maybe(r, "since", moment),
		CreatedUntil: maybe(r, "until", moment),
		OwnerID:      maybe(r, "owner", somebody),
		AssigneeID:   maybe(r, "assignee", somebody),
		Label:        maybe(r, "label", rapid.SampledFrom([]string{"vpn", `"`, "VPN", ""})),
		OriginID:     maybe(r, "origin", rapid.SampledFrom([]string{"pbk_1", "rul_2", c.people[0], "/", ""})),
	}
	if list := maybe(r, "severity", rapid.SliceOfNDistinct(rapid.SampledFrom(incident.Severities), 0, 3, rapid.ID)); list != nil {
		f.Severity = *list
	}
	if list := maybe(r, "status", rapid.SliceOfNDistinct(rapid.SampledFrom([]incident.IncidentStatus{incident.IncidentNew, incident.IncidentActive, incident.IncidentClosed}), 0, 2, rapid.ID)); list != nil {
		f.Status = *list
	}
	if list := maybe(r, "kind", rapid.SliceOfNDistinct(rapid.SampledFrom([]incident.ActorKind{incident.KindUser, incident.KindPlaybook, incident.KindSystem}), 0, 2, rapid.ID)); list != nil {
		f.OriginKind = *list
	}
	return incident.TaskStatisticsQuery{
		Filter: f, GroupBy: rapid.SampledFrom(allGroups).Draw(r, "group by"),
		// Often the very moment when something is due.
		Now: moment.Draw(r, "now").Add(time.Duration(rapid.IntRange(0, 100).Draw(r, "hour"))*time.Hour + time.Duration(rapid.IntRange(0, 2).Draw(r, "second"))*time.Second),
	}
}

func maybe[T any](r *rapid.T, name string, g *rapid.Generator[T]) *T {
	if rapid.IntRange(0, 5).Draw(r, "use "+name) > 0 {
		return nil
	}
	v := g.Draw(r, name)
	return &v
}

func text(t rapid.TB, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// walk knows all incidents, the newest first, and all tasks, deleted ones too.
type walk struct {
	t         *testing.T
	s         *db.Store
	incidents []incident.Incident
	tasks     []incident.Task
}

func (w *walk) read() {
	w.t.Helper()
	page := incident.PageQuery{Limit: 7}
	for {
		p, err := w.s.Incidents(w.t.Context(), incident.IncidentQuery{Order: incident.IncidentOrder{Field: incident.IncidentByNumber, Direction: incident.Descending}, Page: page})
		if err != nil {
			w.t.Fatal(err)
		}
		w.incidents = append(w.incidents, p.Items...)
		if !p.HasNext {
			break
		}
		page.After = p.Cursors[len(p.Cursors)-1]
	}
	for _, i := range w.incidents {
		lists, err := w.s.TaskLists(w.t.Context(), incident.TaskListQuery{IncidentIDs: []string{i.ID}, IncludeDeleted: true, Page: incident.PageQuery{Limit: incident.MaxPage}})
		if err != nil {
			w.t.Fatal(err)
		}
		w.tasks = append(w.tasks, lists[i.ID].Items...)
	}
}

// chosen is a task with its incident.
type chosen struct {
	incident.Task
	of incident.Incident
}

func (w *walk) statistics(q incident.TaskStatisticsQuery) *incident.TaskStatistics {
	out := &incident.TaskStatistics{AsOf: q.Now}
	var all []chosen
	for _, i := range w.incidents {
		if !choosesIncident(q.Filter, i) {
			continue
		}
		n, open := 0, 0
		for _, t := range w.tasks {
			if t.IncidentID != i.ID || !choosesTask(q.Filter, t) {
				continue
			}
			all = append(all, chosen{t, i})
			n++
			if t.Status.Open() {
				open++
			}
		}
		out.Incidents++
		if n == 0 {
			out.IncidentsWithoutTasks++
		}
		if i.Status == incident.IncidentClosed && open > 0 {
			out.ClosedIncidentsWithOpenTasks++
			out.ClosedWithOpenTasksIDs = append(out.ClosedWithOpenTasksIDs, i.ID)
		}
	}
	out.Overall = figuresOf(all, q.Now)
	for _, g := range groupsOf(all, func(c chosen) (string, bool) { return keyOf(c, q.GroupBy) }) {
		out.Groups = append(out.Groups, groupOf(g, q))
	}
	byTitle := func(c chosen) (string, bool) {
		return strings.ToLower(strings.TrimSpace(c.Title)), c.Origin.Kind == incident.KindUser
	}
	for _, g := range groupsOf(all, byTitle) {
		incidents := map[string]bool{}
		for _, c := range g.tasks {
			incidents[c.IncidentID] = true
		}
		out.AdHocTitles = append(out.AdHocTitles, incident.AdHocTitle{Title: g.newest().Title, Tasks: len(g.tasks), Incidents: len(incidents)})
	}
	return out
}

func choosesIncident(f incident.TaskStatisticsFilter, i incident.Incident) bool {
	return (f.CreatedSince == nil || !i.CreatedAt.Before(*f.CreatedSince)) &&
		(f.CreatedUntil == nil || i.CreatedAt.Before(*f.CreatedUntil)) &&
		(f.Severity == nil || slices.Contains(f.Severity, i.Severity)) &&
		(f.Status == nil || slices.Contains(f.Status, i.Status)) &&
		(f.OwnerID == nil || equal(f.OwnerID, i.OwnerID)) &&
		(f.Label == nil || slices.Contains(i.Labels, *f.Label))
}

func choosesTask(f incident.TaskStatisticsFilter, t incident.Task) bool {
	return t.DeletedAt == nil &&
		(f.AssigneeID == nil || equal(f.AssigneeID, t.AssigneeID)) &&
		(f.OriginKind == nil || slices.Contains(f.OriginKind, t.Origin.Kind)) &&
		(f.OriginID == nil || equal(f.OriginID, t.Origin.ID))
}

func equal(a, b *string) bool { return a != nil && b != nil && *a == *b }

func figuresOf(tasks []chosen, now time.Time) incident.TaskFigures {
	f := incident.TaskFigures{Total: len(tasks)}
	var took []int
	for _, t := range tasks {
		switch t.Status {
		case incident.TaskCompleted:
			f.Completed++
			took = append(took, max(0, int(t.CompletedAt.Sub(t.CreatedAt)/time.Second)))
		case incident.TaskSkipped:
			f.Skipped++
		default:
			f.Open++
		}
		if t.OverdueAt(now) {
			f.Overdue++
		}
		if t.ReopenCount > 0 {
			f.Reopened++
		}
		f.Reopenings += t.ReopenCount
	}
	if len(took) > 0 {
		f.CompletionTime = &incident.CompletionTime{MedianSeconds: percentile(took, 50), P90Seconds: percentile(took, 90)}
	}
	return f
}

// percentile is the smallest value that so many percent do not exceed.
func percentile(values []int, percent int) int {
	slices.Sort(values)
	for n, v := range values {
		if (n+1)*100 >= percent*len(values) {
			return v
		}
	}
	return -1
}

type grouped struct {
	key   string
	tasks []chosen
}

func (g grouped) newest() chosen {
	return slices.MaxFunc(g.tasks, func(a, b chosen) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID)) })
}

func groupsOf(tasks []chosen, key func(chosen) (string, bool)) []grouped {
	of := map[string]*grouped{}
	for _, t := range tasks {
		k, ok := key(t)
		if !ok {
			continue
		}
		if of[k] == nil {
			of[k] = &grouped{key: k}
		}
		of[k].tasks = append(of[k].tasks, t)
	}
	var out []grouped
	for _, g := range of {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b grouped) int {
		return cmp.Or(cmp.Compare(len(b.tasks), len(a.tasks)), cmp.Compare(a.key, b.key))
	})
	return out
}

func keyOf(c chosen, by incident.TaskStatisticsGroup) (string, bool) {
	or := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	switch by {
	case incident.GroupByTitle:
		return c.Title, true
	case incident.GroupByPlaybookStep:
		return or(c.Origin.ID) + "/" + or(c.Origin.Key), c.Origin.Kind == incident.KindPlaybook
	case incident.GroupByCreator:
		return c.CreatedByID, true
	case incident.GroupByOwner:
		return or(c.of.OwnerID), true
	case incident.GroupByAssignee:
		return or(c.AssigneeID), true
	case incident.GroupBySeverity:
		return string(c.of.Severity), true
	case incident.GroupByOriginKind:
		return string(c.Origin.Kind), true
	}
	return "", false
}

func groupOf(g grouped, q incident.TaskStatisticsQuery) incident.TaskFiguresGroup {
	out := incident.TaskFiguresGroup{Key: &g.key, Figures: figuresOf(g.tasks, q.Now)}
	if g.key == "" {
		out.Key = nil
	}
	switch q.GroupBy {
	case incident.GroupByCreator, incident.GroupByOwner, incident.GroupByAssignee:
		out.ActorID = out.Key
	case incident.GroupByPlaybookStep:
		newest := g.newest()
		out.PlaybookStep = &incident.PlaybookStepReference{
			PlaybookID: newest.Origin.ID, PlaybookName: newest.Origin.Name, StepKey: newest.Origin.Key, Title: newest.Title,
		}
	}
	return out
}

// Each list ends at its limit, and says so or is counted.
func TestStatisticsLimits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		c, n := newCrowd(t, s, []string{"."}), 0
		closedWithFive := func(i incident.Incident) []incident.Task {
			tasks := make([]incident.Task, 5)
			for m := range tasks {
				n++
				tasks[m] = c.task(i)
				tasks[m].Title, tasks[m].Origin.Kind, tasks[m].DeletedAt = fmt.Sprintf("title %04d", n), incident.KindUser, nil
				tasks[m].Status, tasks[m].CompletedAt, tasks[m].CompletedByID = incident.TaskNew, nil, nil
			}
			return tasks
		}
		c.closed = true
		c.write(t, 201, closedWithFive)
		for _, test := range []struct {
			incidents int
			truncated bool
		}{{200, false}, {201, true}} {
			since := c.from.Add(time.Duration(c.number-test.incidents+1) * time.Minute)
			got, err := s.TaskStatistics(t.Context(), incident.TaskStatisticsQuery{
				Filter: incident.TaskStatisticsFilter{CreatedSince: &since}, GroupBy: incident.GroupByTitle, Now: c.from,
			})
			if err != nil {
				t.Fatal(err)
			}
			first := fmt.Sprintf("title %04d", 5*(201-test.incidents)+1)
			if got.Incidents != test.incidents || got.ClosedIncidentsWithOpenTasks != test.incidents || got.Overall.Total != 5*test.incidents ||
				len(got.ClosedWithOpenTasksIDs) != 200 || got.ClosedWithOpenTasksIDs[0] != "inc_000201" ||
				len(got.Groups) != 1000 || *got.Groups[0].Key != first || got.Truncated != test.truncated ||
				len(got.AdHocTitles) != 200 || got.AdHocTitles[0].Title != first {
				t.Errorf("of %d incidents: got %d, %d closed, %d named, %d groups, truncated: %t, %d titles, %+v", test.incidents, got.Incidents,
					got.ClosedIncidentsWithOpenTasks, len(got.ClosedWithOpenTasksIDs), len(got.Groups), got.Truncated, len(got.AdHocTitles), got.Overall)
			}
		}
	})
}

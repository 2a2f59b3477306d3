package db_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"tasktrail/db"
	"tasktrail/incident"
)

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

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

// What changes while it is read is in none of the statements.
func TestStatisticsAreOfOneMoment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		type meddle struct{}
		s := open(t, url, db.Options{Observe: func(ctx context.Context, operation string, _ time.Duration, _ bool) {
			if change, ok := ctx.Value(meddle{}).(func()); ok && operation == "SELECT" {
				change()
			}
		}})
		c := newCrowd(t, s, []string{"a", "b"})
		c.write(t, 10, c.list(10))
		q := incident.TaskStatisticsQuery{GroupBy: incident.GroupBySeverity, Now: c.from.Add(time.Hour)}
		before, err := s.TaskStatistics(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		statements := 0
		got, err := s.TaskStatistics(context.WithValue(t.Context(), meddle{}, func() {
			statements++
			c.write(t, 10, c.list(10))
		}), q)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := text(t, got), text(t, before); got != want {
			t.Errorf("while it changed:\ngot  %s\nwant %s", got, want)
		}
		if statements != 3 {
			t.Errorf("got %d statements, want 3", statements)
		}
		if after, err := s.TaskStatistics(t.Context(), q); err != nil || after.Incidents != 40 {
			t.Errorf("afterwards: got %+v, %v", after, err)
		}
	})
}

// Each list ends at its limit, and says so or is counted. Which groups are left
// out does not depend on the language of the database.
func TestStatisticsLimits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		if !strings.HasPrefix(url, "sqlite:") {
			if _, err := dbtest.Raw(t, url).ExecContext(t.Context(), `ALTER TABLE tasks ALTER COLUMN title TYPE TEXT COLLATE "und-x-icu"`); err != nil {
				t.Fatal(err)
			}
		}
		c := newCrowd(t, s, []string{"."})
		c.closed = true
		titles := map[int][]string{} // of each incident's tasks
		c.write(t, 201, func(i incident.Incident) []incident.Task {
			for m := range 5 {
				titles[i.Number] = append(titles[i.Number], fmt.Sprintf("%s %04d", []string{"title", "Title"}[m%2], 5*i.Number+m))
			}
			if i.Number == 201 {
				titles[i.Number] = append(titles[i.Number][:4], "~", "~") // the largest group, and the last by title
			}
			var tasks []incident.Task
			for _, title := range titles[i.Number] {
				task := c.task(i)
				task.Title, task.Origin.Kind, task.DeletedAt = title, incident.KindUser, nil
				task.Status, task.CompletedAt, task.CompletedByID = incident.TaskNew, nil, nil
				tasks = append(tasks, task)
			}
			return tasks
		})
		for _, test := range []struct {
			incidents int
			truncated bool
		}{{200, false}, {201, true}} {
			oldest := 202 - test.incidents
			since := c.from.Add(time.Duration(oldest) * time.Minute)
			got, err := s.TaskStatistics(t.Context(), incident.TaskStatisticsQuery{
				Filter: incident.TaskStatisticsFilter{CreatedSince: &since}, GroupBy: incident.GroupByTitle, Now: c.from,
			})
			if err != nil {
				t.Fatal(err)
			}
			if got.Incidents != test.incidents || got.ClosedIncidentsWithOpenTasks != test.incidents || got.Overall.Total != 5*test.incidents+1 ||
				len(got.ClosedWithOpenTasksIDs) != 200 || got.ClosedWithOpenTasksIDs[0] != "inc_000201" || got.Truncated != test.truncated {
				t.Errorf("of %d incidents: got %d, %d closed, %d named, truncated: %t, %+v", test.incidents, got.Incidents,
					got.ClosedIncidentsWithOpenTasks, len(got.ClosedWithOpenTasksIDs), got.Truncated, got.Overall)
			}
			var single, keys, adHoc []string
			for n := oldest; n <= 201; n++ {
				single = append(single, slices.DeleteFunc(slices.Clone(titles[n]), func(title string) bool { return title == "~" })...)
			}
			slices.Sort(single)
			for _, g := range got.Groups {
				keys = append(keys, *g.Key)
			}
			if want := append([]string{"~"}, single[:999]...); !slices.Equal(keys, want) {
				t.Errorf("of %d incidents: got %d groups: %q, want %d: %q", test.incidents, len(keys), keys, len(want), want)
			}
			slices.SortFunc(single, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
			for _, title := range got.AdHocTitles {
				adHoc = append(adHoc, title.Title)
			}
			if want := append([]string{"~"}, single[:199]...); !slices.Equal(adHoc, want) {
				t.Errorf("of %d incidents: got %d titles: %q, want %d: %q", test.incidents, len(adHoc), adHoc, len(want), want)
			}
		}
	})
}

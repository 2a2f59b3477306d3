package graph_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

const statistics = `query($filter: TaskStatisticsFilter, $by: TaskStatisticsGroup) { taskStatistics(filter: $filter, groupBy: $by) {
	incidents incidentsWithoutTasks closedIncidentsWithOpenTasks closedWithOpenTasks { number owner { name } }
	overall { ...figures }
	truncated groups { key label actor { name kind } playbookStep { playbookId playbookName stepKey title } figures { ...figures } }
	adHocTitles { title tasks incidents }
} }
fragment figures on TaskFigures { total open completed skipped overdue reopened reopenings completionTime { medianSeconds p90Seconds } }`

func TestTaskStatistics(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		x := setScene(t, url)
		ask := func(t *testing.T, c client, filter object, by any, path ...any) string {
			t.Helper()
			return asText(t, at(c.must(t, statistics, object{"filter": filter, "by": by}), append([]any{"taskStatistics"}, path...)...))
		}
		for _, test := range []struct {
			name string
			c    client
			want string
		}{
			{"now", x.alice, x.figures(9, 7, 1, 1, 1, 2, 3)},
			{"in a year", x.later, x.figures(9, 7, 1, 1, 2, 2, 3)},
		} {
			want := `{"adHocTitles":[{"incidents":2,"tasks":3,"title":"CHECK THE VPN"},{"incidents":1,"tasks":2,"title":"Read the log"}],` +
				`"closedIncidentsWithOpenTasks":1,"closedWithOpenTasks":[{"number":2,"owner":null}],"groups":[],` +
				`"incidents":4,"incidentsWithoutTasks":2,"overall":` + test.want + `,"truncated":false}`
			if got := ask(t, test.c, nil, nil); got != want {
				t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, want)
			}
		}

		group := func(key, label, actor, step, figures string) string {
			text := func(s string) string {
				if s == "" {
					return "null"
				}
				return asText(t, s)
			}
			if actor == "" {
				actor = "null"
			}
			if step == "" {
				step = "null"
			}
			return fmt.Sprintf(`{"actor":%s,"figures":%s,"key":%s,"label":%s,"playbookStep":%s}`, actor, figures, text(key), text(label), step)
		}
		step := func(key, title string) string {
			return fmt.Sprintf(`{"playbookId":%q,"playbookName":"Phishing mail","stepKey":%q,"title":%q}`, x.playbook, key, title)
		}
		alice, robot := `{"kind":"USER","name":"alice"}`, `{"kind":"PLAYBOOK","name":"Phishing mail"}`
		automation := incident.ActorID("tasktrail:automation", x.playbook)
		for by, want := range map[string][]string{
			"NONE": {},
			"TITLE": {
				group("Block the sender", "Block the sender", "", "", x.figures(2, 2, 0, 0, 0, 0, 0)),
				group("Read the log", "Read the log", "", "", x.figures(2, 1, 0, 1, 0, 0, 0)),
				group("Ask the user", "Ask the user", "", "", x.figures(1, 1, 0, 0, 0, 0, 0)),
				group("CHECK THE VPN", "CHECK THE VPN", "", "", x.figures(1, 0, 1, 0, 0, 1, 1)),
				group("Call the user", "Call the user", "", "", x.figures(1, 1, 0, 0, 0, 0, 0)),
				group("Check the VPN", "Check the VPN", "", "", x.figures(1, 1, 0, 0, 0, 1, 2)),
				group("check the vpn", "check the vpn", "", "", x.figures(1, 1, 0, 0, 1, 0, 0)),
			},
			"PLAYBOOK_STEP": {
				group(x.playbook+"/Block the sender", "Block the sender", "", step("Block the sender", "Block the sender"), x.figures(2, 2, 0, 0, 0, 0, 0)),
				group(x.playbook+"/ask", "Call the user", "", step("ask", "Call the user"), x.figures(2, 2, 0, 0, 0, 0, 0)),
			},
			"CREATOR": {
				group(x.aliceID, "alice", alice, "", x.figures(5, 3, 1, 1, 1, 2, 3)),
				group(automation, "Phishing mail", robot, "", x.figures(4, 4, 0, 0, 0, 0, 0)),
			},
			"OWNER": {
				group("", "", "", "", x.figures(5, 3, 1, 1, 0, 1, 1)),
				group(x.aliceID, "alice", alice, "", x.figures(4, 4, 0, 0, 1, 1, 2)),
			},
			"ASSIGNEE": {
				group("", "", "", "", x.figures(8, 7, 0, 1, 1, 1, 2)),
				group(x.aliceID, "alice", alice, "", x.figures(1, 0, 1, 0, 0, 1, 1)),
			},
			"SEVERITY": {group("HIGH", "HIGH", "", "", x.figures(9, 7, 1, 1, 1, 2, 3))},
			"ORIGIN_KIND": {
				group("USER", "USER", "", "", x.figures(5, 3, 1, 1, 1, 2, 3)),
				group("PLAYBOOK", "PLAYBOOK", "", "", x.figures(4, 4, 0, 0, 0, 0, 0)),
			},
		} {
			if got, want := ask(t, x.alice, nil, by, "groups"), "["+strings.Join(want, ",")+"]"; got != want {
				t.Errorf("by %s:\ngot  %s\nwant %s", by, got, want)
			}
		}

		now := time.Now().Add(time.Hour).Format(time.RFC3339)
		for _, test := range []struct {
			filter  object
			numbers string // incidents, without tasks, closed with open ones, tasks
		}{
			{object{}, "[4,2,1,9]"},
			{object{"createdSince": now}, "[0,0,0,0]"},
			{object{"createdUntil": now}, "[4,2,1,9]"},
			{object{"severity": []string{"LOW"}}, "[2,2,0,0]"},
			{object{"severity": []string{}}, "[0,0,0,0]"},
			{object{"status": []string{"CLOSED"}}, "[2,1,1,5]"},
			{object{"ownerId": x.aliceID}, "[2,1,0,4]"},
			{object{"label": "n2"}, "[1,0,1,5]"},
			{object{"assigneeId": x.aliceID}, "[4,3,0,1]"},
			{object{"originKind": []string{"PLAYBOOK"}}, "[4,2,1,4]"},
			{object{"originId": x.playbook}, "[4,2,1,4]"},
			{object{"originId": x.playbook, "status": []string{"NEW"}, "label": "n1"}, "[1,0,0,2]"},
		} {
			data := at(x.alice.must(t, statistics, object{"filter": test.filter}), "taskStatistics")
			got := asText(t, []any{at(data, "incidents"), at(data, "incidentsWithoutTasks"), at(data, "closedIncidentsWithOpenTasks"), at(data, "overall", "total")})
			if got != test.numbers {
				t.Errorf("%v: got %s, want %s", test.filter, got, test.numbers)
			}
		}
	})
}

// Three statements, and one for each kind of thing that groups point to.
func TestTaskStatisticsStatements(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		x := setScene(t, url)
		for _, test := range []struct {
			document string
			want     int64
		}{
			{`{ taskStatistics { incidents overall { total completionTime { p90Seconds } } adHocTitles { title } } }`, 3},
			{`{ taskStatistics(groupBy: PLAYBOOK_STEP) { groups { label figures { total } } } }`, 3},
			{`{ taskStatistics(groupBy: CREATOR) { groups { label actor { name } } } }`, 4},
			{`{ taskStatistics(groupBy: OWNER) { groups { label actor { name } } closedWithOpenTasks { number } } }`, 5},
		} {
			if got := x.made(func() { x.alice.must(t, test.document, nil) }); got != test.want {
				t.Errorf("%s: got %d statements, want %d", test.document, got, test.want)
			}
		}
	})
}

func TestTaskStatisticsRefused(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	const document = `query($f: TaskStatisticsFilter, $by: TaskStatisticsGroup) { taskStatistics(filter: $f, groupBy: $by) { asOf incidents } }`
	for _, role := range incident.Roles {
		before := time.Now().UTC().Truncate(time.Microsecond)
		data := s.as("somebody", role).must(t, document, object{"f": object{}})
		asOf, err := time.Parse(time.RFC3339Nano, at(data, "taskStatistics", "asOf").(string))
		if err != nil || asOf.Before(before) || asOf.After(time.Now()) {
			t.Errorf("%s: as of %v, %v", role, asOf, err)
		}
	}
	for _, test := range []struct {
		c         client
		variables object
		code      string
		argument  string
	}{
		{client{url: s.URL}, nil, "UNAUTHENTICATED", "[]"},
		{s.as("eve", "NONE"), nil, "FORBIDDEN", "[]"},
		{s.as("alice"), object{"f": object{"label": "a\x00"}}, "BAD_USER_INPUT", "[filter label]"},
		{s.as("alice"), object{"f": object{"originId": "a\x00"}}, "BAD_USER_INPUT", "[filter originId]"},
		{s.as("alice"), object{"by": "title"}, "BAD_USER_INPUT", "[by]"},
	} {
		_, errs := test.c.do(t, document, test.variables)
		if len(errs) != 1 || errs[0].Extensions.Code != test.code || fmt.Sprint(errs[0].Extensions.Argument) != test.argument {
			t.Errorf("%v: got %+v, want %s at %s", test.variables, errs, test.code, test.argument)
		}
	}
}

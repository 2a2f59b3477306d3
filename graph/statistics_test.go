package graph_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tasktrail/auth"
	"tasktrail/db/dbtest"
	"tasktrail/graph"
	"tasktrail/incident"
)

const statistics = `query($filter: TaskStatisticsFilter, $by: TaskStatisticsGroup) { taskStatistics(filter: $filter, groupBy: $by) {
	incidents incidentsWithoutTasks closedIncidentsWithOpenTasks closedWithOpenTasks { number owner { name } }
	overall { ...figures }
	truncated groups { key label actor { name kind } playbookStep { playbookId playbookName stepKey title } figures { ...figures } }
	adHocTitles { title tasks incidents }
} }
fragment figures on TaskFigures { total open completed skipped overdue reopened reopenings completionTime { medianSeconds p90Seconds } }`

// scene is a server with a few incidents: alice owns 1 and 3, nobody 2 and 4.
type scene struct {
	*server
	alice, carol client // carol manages playbooks
	aliceID      string
	incidents    [5]string // ids by number
	playbook     string
	took         int    // seconds: the one task that is completed
	later        client // asks a server whose clock is a year ahead
}

func setScene(t *testing.T, url string) *scene {
	t.Helper()
	s := start(t, url)
	x := &scene{server: s, alice: s.as("alice"), carol: s.as("carol", incident.RoleContributor)}
	x.aliceID = mustID(t, x.alice.must(t, `{ viewer { actor { id } } }`, nil), "viewer", "actor", "id")
	for n := 1; n <= 4; n++ {
		input := object{"title": fmt.Sprint("incident ", n), "severity": []string{"HIGH", "LOW"}[n/3], "labels": []string{"all", fmt.Sprint("n", n)}}
		if n%2 == 1 {
			input["ownerId"] = x.aliceID
		}
		x.incidents[n] = mustID(t, x.alice.must(t, `mutation($in: CreateIncidentInput!) { createIncident(input: $in) { incident { id } errors { message } } }`,
			object{"in": input}), "createIncident", "incident", "id")
	}

	// Two versions of a playbook, whose second step keeps its key.
	ctx := t.Context()
	viewer, _ := verifyTest(x.carol.token)
	key := "ask"
	created, err := s.service.CreatePlaybook(ctx, viewer, incident.CreatePlaybookInput{Playbook: incident.PlaybookInput{
		Name: "Phishing", Steps: []incident.PlaybookStepInput{{Title: "Block the sender"}, {Key: &key, Title: "Ask the user"}},
	}})
	if err != nil || len(created.Errors) > 0 {
		t.Fatal(err, created)
	}
	x.playbook = created.Definition.ID
	apply := func(n int) {
		p, err := s.service.ApplyPlaybook(ctx, viewer, incident.ApplyPlaybookInput{IncidentID: x.incidents[n], PlaybookID: x.playbook})
		if err != nil || len(p.Tasks) != 2 {
			t.Fatal(err, p)
		}
	}
	apply(1)
	name := "Phishing mail"
	updated, err := s.service.UpdatePlaybook(ctx, viewer, incident.UpdatePlaybookInput{
		ID: x.playbook, Name: incident.Optional[*string]{Set: true, Value: &name},
		Steps: incident.Optional[[]incident.PlaybookStepInput]{Set: true, Value: []incident.PlaybookStepInput{{Title: "Block the sender"}, {Key: &key, Title: "Call the user"}}},
	})
	if err != nil || len(updated.Errors) > 0 {
		t.Fatal(err, updated)
	}
	apply(2)

	tasks := []struct {
		incident int
		title    string
		extra    string
		then     []string
	}{
		{1, "Check the VPN", "", []string{"completeTask", "reopenTask", "completeTask", "reopenTask", "startTask"}},
		{1, " check the vpn\t", `, dueAt: "2020-01-01T00:00:00Z"`, nil},
		{2, "CHECK THE VPN", fmt.Sprintf(`, assigneeId: %q`, x.aliceID), []string{"completeTask", "reopenTask", "completeTask"}},
		{2, "Read the log", `, mandatory: true, dueAt: "` + time.Now().AddDate(0, 6, 0).Format(time.RFC3339) + `"`, nil},
		{2, "Read the log", "", []string{"skipTask"}},
		{3, "Read the log", "", []string{"deleteTask"}},
	}
	for _, task := range tasks {
		document := fmt.Sprintf(`mutation($i: ID!, $t: String!) { addTask(input: {incidentId: $i, title: $t%s}) { task { id } errors { message } } }`, task.extra)
		id := mustID(t, x.alice.must(t, document, object{"i": x.incidents[task.incident], "t": task.title}), "addTask", "task", "id")
		for _, name := range task.then {
			x.alice.taskMutation(t, name, id, `, reason: "r"`)
		}
	}
	data := x.alice.must(t, `{ tasks(filter: {status: [COMPLETED]}) { nodes { createdAt completedAt } } }`, nil)
	var times [2]time.Time
	for n, field := range []string{"createdAt", "completedAt"} {
		if times[n], err = time.Parse(time.RFC3339, at(data, "tasks", "nodes", 0, field).(string)); err != nil {
			t.Fatal(err)
		}
	}
	x.took = int(times[1].Sub(times[0]) / time.Second)
	// 2 is closed with open tasks, for a reason; 4 without any.
	for _, n := range []int{2, 4} {
		data := x.alice.must(t, `mutation($id: ID!) { closeIncident(input: {id: $id, classification: UNDETERMINED, overrideReason: "r"}) { incident { status } errors { message } } }`, object{"id": x.incidents[n]})
		if at(data, "closeIncident", "incident", "status") != "CLOSED" {
			t.Fatal(data)
		}
	}

	ahead := incident.New(s.store, func() time.Time { return time.Now().AddDate(1, 0, 0) })
	api := httptest.NewServer(auth.RequestIDs(auth.Middleware(verifyTest)(graph.New(ahead, graph.Options{Verify: verifyTest}))))
	t.Cleanup(api.Close)
	x.later = client{url: api.URL, token: x.alice.token}
	return x
}

// figures writes those of a set of tasks as they are answered.
func (x *scene) figures(total, open, completed, skipped, overdue, reopened, reopenings int) string {
	took := "null"
	if completed > 0 {
		took = fmt.Sprintf(`{"medianSeconds":%d,"p90Seconds":%[1]d}`, x.took)
	}
	return fmt.Sprintf(`{"completed":%d,"completionTime":%s,"open":%d,"overdue":%d,"reopened":%d,"reopenings":%d,"skipped":%d,"total":%d}`,
		completed, took, open, overdue, reopened, reopenings, skipped, total)
}

func asText(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

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

package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// Refused input of mutations is data: a code, the path and the limit, and
// nothing is written.
func TestRefusedInput(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		alice := start(t, url).as("alice")
		i := alice.newIncident(t, "I")
		task := alice.newTask(t, i, "T")
		long := func(n int) string { return strings.Repeat("é", n) }
		labels := make([]string, 51)
		for n := range labels {
			labels[n] = fmt.Sprint("l", n)
		}
		head := func() any { return at(alice.must(t, `{ auditHead { hash } }`, nil), "auditHead", "hash") }
		before := head()
		for _, test := range []struct {
			mutation string
			input    object
			path     string
			says     string
		}{
			{"createIncident", object{"title": " \n ", "severity": "LOW"}, "title", "1 to 500"},
			{"createIncident", object{"title": long(501), "severity": "LOW"}, "title", "at most 500 characters, this one has 501"},
			{"createIncident", object{"title": "a\x00b", "severity": "LOW"}, "title", "NUL"},
			{"createIncident", object{"title": "x", "severity": "LOW", "description": long(10001)}, "description", "at most 10000"},
			{"createIncident", object{"title": "x", "severity": "LOW", "labels": labels}, "labels", "at most 50"},
			{"createIncident", object{"title": "x", "severity": "LOW", "labels": []string{"a", long(101)}}, "labels.1", "at most 100"},
			{"createIncident", object{"title": "x", "severity": "LOW", "labels": []string{" "}}, "labels.0", "1 to 100"},
			{"createIncident", object{"title": "x", "severity": "LOW", "status": "CLOSED"}, "status", "NEW or ACTIVE"},
			{"createIncident", object{"title": "x", "severity": "LOW", "ownerId": "act_none"}, "ownerId", "no such actor"},
			{"createIncident", object{"title": "x", "severity": "LOW", "reason": long(2001)}, "reason", "at most 2000"},
			{"createIncident", object{"title": "x", "severity": "LOW", "clientMutationId": ""}, "clientMutationId", "1 to 200"},
			{"createIncident", object{"title": "x", "severity": "LOW", "clientMutationId": long(201)}, "clientMutationId", "at most 200"},
			{"createIncident", object{"title": "x", "severity": "LOW", "expectedVersion": 1}, "expectedVersion", "only be 0"},
			{"updateIncident", object{"id": i, "title": nil}, "title", "cannot be null"},
			{"updateIncident", object{"id": i, "severity": nil}, "severity", "cannot be null"},
			{"updateIncident", object{"id": i, "status": "CLOSED"}, "status", "closeIncident"},
			{"updateIncident", object{"id": task, "title": "x"}, "id", "no such incident"},
			{"closeIncident", object{"id": i, "classification": "UNDETERMINED", "classificationReason": "INACCURATE_DATA"}, "classificationReason", "FALSE_POSITIVE"},
			{"closeIncident", object{"id": i, "classification": "UNDETERMINED", "overrideReason": "  "}, "overrideReason", "1 to 2000"},
			{"addTask", object{"incidentId": "inc_none", "title": "x"}, "incidentId", "no such incident"},
			{"addTask", object{"incidentId": i, "title": "x", "rank": 0}, "rank", "at least 1"},
			{"addTask", object{"incidentId": i, "title": "x", "assigneeId": i}, "assigneeId", "no such actor"},
			{"updateTask", object{"id": task, "mandatory": nil}, "mandatory", "cannot be null"},
			{"skipTask", object{"id": task, "reason": " "}, "reason", "1 to 2000"},
			{"startTask", object{"id": "tsk_none"}, "id", "no such task"},
			{"startTask", object{"id": task, "expectedVersion": -1}, "expectedVersion", "negative"},
			{"moveTask", object{"id": task, "rank": -2147483648}, "rank", "at least 1"},
		} {
			kind := strings.ToUpper(test.mutation[:1]) + test.mutation[1:]
			data := alice.must(t, fmt.Sprintf(`mutation($in: %sInput!) { %s(input: $in) { event { id } errors { code path message } } }`, kind, test.mutation), object{"in": test.input})
			payload := at(data, test.mutation)
			var path []string
			for n := range at(payload, "errors", 0, "path").([]any) {
				path = append(path, at(payload, "errors", 0, "path", n).(string))
			}
			message, _ := at(payload, "errors", 0, "message").(string)
			if strings.Join(path, ".") != "input."+test.path || !strings.Contains(message, test.says) || at(payload, "event") != nil {
				t.Errorf("%s %v: got %v", test.mutation, test.input, payload)
			}
		}
		if after := head(); after != before {
			t.Error("a refused change was written")
		}
	})
}

// Requests that are wrong before anything runs.
func TestRefusedRequests(t *testing.T) {
	alice := start(t, dbtest.SQLite(t)).as("alice")
	alice.newIncident(t, "I")
	head := func() any { return alice.must(t, `{ auditHead { position hash } }`, nil)["auditHead"] }
	before := head()
	query := func(document string) string {
		text, _ := json.Marshal(object{"query": document})
		return string(text)
	}
	for _, test := range []struct {
		name, body string
		status     int
		says       string
	}{
		{"not JSON", `{"query":`, 400, "not valid JSON"},
		{"rubbish behind", query("{ viewer { roles } }") + "x", 400, "not valid JSON"},
		{"a batch", "[" + query("{ viewer { roles } }") + "]", 400, "batches are not supported"},
		{"no query", `{}`, 400, "query is missing"},
		{"too large", query("{ viewer { roles } } #" + strings.Repeat("x", 128<<10)), 413, "limit of 131072 bytes"},
		{"broken UTF-8", `{"query":"{ actors(search: \"` + "\xff" + `\") { totalCount } }"}`, 400, "not valid UTF-8"},
		{"unknown field", query("{ viewer { secrets } }"), 200, "Cannot query field"},
		{"unknown operation", `{"query":"query A { viewer { roles } }","operationName":"B"}`, 200, ""},
		{"two operations and no name", `{"query":"query A { viewer { roles } } query B { viewer { roles } }"}`, 200, ""},
		{"NUL in a variable", `{"query":"query($s: String) { actors(search: $s) { totalCount } }","variables":{"s":"a\u0000"}}`, 200, "NUL"},
		{"NUL in a filter", `{"query":"query($f: AuditEventFilter) { auditEvents(filter: $f) { totalCount } }","variables":{"f":{"fields":["title","\u0000"]}}}`, 200, "filter.fields.1"},
		{"half a character", `{"query":"query($s: String) { actors(search: $s) { totalCount } }","variables":{"s":"\ud800"}}`, 400, ""},
		{"variables that are a list", `{"query":"{ viewer { roles } }","variables":[]}`, 400, ""},
		{"a whole number with a fraction", `{"query":"query($n: Int) { incidents(first: $n) { totalCount } }","variables":{"n":1.5}}`, 200, "$n: "},
		{"an unknown field in a variable", `{"query":"query($f: TaskFilter) { tasks(filter: $f) { totalCount } }","variables":{"f":{"shoeSize":44}}}`, 200, "$f.shoeSize: unknown field"},
		{"syntax", query("{ viewer { roles }"), 200, ""},
		{"NUL in a search", query(`{ actors(search: "a\u0000") { totalCount } }`), 200, "NUL"},
		{"a search without end", query(`{ actors(search: "` + strings.Repeat("a", 501) + `") { totalCount } }`), 200, "at most 500 characters, this one has 501"},
		{"NUL in an id", query(`{ node(id: "a\u0000") { id } }`), 200, "NUL"},
		{"a time without a zone", query(`{ incidents(filter: {createdSince: "2026-01-01T00:00:00"}) { totalCount } }`), 200, "RFC 3339"},
		{"a number for a text", query(`{ actors(search: 5) { totalCount } }`), 200, "String"},
		{"a huge number", query(`{ incidents(first: 99999999999999999999) { totalCount } }`), 200, ""},
		{"id and number", query(`{ incident(id: "inc_1", number: 1) { id } }`), 200, "exactly one"},
		{"neither", query(`{ incident { id } }`), 200, "exactly one"},
		{"too many ids", query(`{ nodes(ids: [` + strings.Repeat(`"x",`, 201) + `]) { id } }`), 200, "at most 200 ids, these are 201"},
		{"a subscription", query("subscription { auditEvents { id } }"), 200, "text/event-stream"},
	} {
		status, _, text := alice.send(t, test.body)
		var answer struct {
			Data   *object
			Errors []gqlError
		}
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			t.Errorf("%s: %v in %s", test.name, err, text)
			continue
		}
		if status != test.status || len(answer.Errors) == 0 || answer.Errors[0].Extensions.Code != "BAD_USER_INPUT" || !strings.Contains(answer.Errors[0].Message, test.says) {
			t.Errorf("%s: got %d, %.300s", test.name, status, text)
		}
	}
	if status, _, _ := alice.request(t, http.MethodPost, "", query("{ viewer { roles } }"), "Content-Type", "text/plain"); status != http.StatusUnsupportedMediaType {
		t.Errorf("text/plain: got %d", status)
	}
	get := "?query=" + strings.ReplaceAll("{ viewer { roles } }", " ", "%20")
	if status, _, text := alice.request(t, http.MethodGet, get, "", "graphql-require-preflight", "1"); status != http.StatusOK {
		t.Errorf("GET: got %d, %s", status, text)
	}
	for _, document := range []string{
		"{ playbooks { totalCount } rules { totalCount } webhooks { totalCount } }",
		`query($rule: RuleInput!) { previewRule(rule: $rule) { errors { message } incidents { incident { title } } } }`,
	} {
		variables := `{"rule": {"name": "x", "trigger": "INCIDENT_CREATED", "actions": [{"addLabels": ["l"]}]}}`
		query := "?query=" + url.QueryEscape(document) + "&variables=" + url.QueryEscape(variables)
		if status, _, text := alice.request(t, http.MethodGet, query, "", "graphql-require-preflight", "1"); status != http.StatusOK || strings.Contains(text, "rrors\":[{") {
			t.Errorf("GET %s: got %d, %s", document, status, text)
		}
	}
	if status, _, _ := alice.request(t, http.MethodGet, get, ""); status != http.StatusBadRequest {
		t.Errorf("GET without a header that shows it is not forged: got %d", status)
	}
	mutation := "?query=" + strings.ReplaceAll(`mutation { startTask(input: {id: "x"}) { replayed } }`, " ", "%20")
	if status, _, _ := alice.request(t, http.MethodGet, mutation, "", "graphql-require-preflight", "1"); status != http.StatusMethodNotAllowed {
		t.Errorf("a mutation by GET: got %d", status)
	}
	if after := head(); !maps.Equal(after.(object), before.(object)) {
		t.Errorf("the trail ends at %v, before it was %v", after, before)
	}
}

// Only what a role allows, on every operation; nobody without a token.
func TestRoles(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	i := s.as("alice").newIncident(t, "I")
	task := s.as("alice").newTask(t, i, "T")
	reads := []string{
		"viewer { roles }", "auditHead { position }", "incidents { totalCount }", "tasks { totalCount }", "auditEvents { totalCount }",
		"actors { totalCount }", `node(id: "x") { id }`, `nodes(ids: ["x"]) { id }`, `incident(number: 1) { id }`, `task(id: "x") { id }`,
		"playbooks { totalCount }", `playbook(id: "x") { id }`, "rules { totalCount }", `rule(id: "x") { id }`, "webhooks { totalCount }",
		`previewRule(rule: {name: "x", trigger: TASK_SKIPPED, actions: [{addLabels: ["x"]}]}) { errors { code } }`, `rulesFor(incidentId: "` + i + `") { ran }`,
		"taskStatistics { incidents }", `incidentAt(id: "x", position: 1) { title }`, `taskAt(id: "x", position: 1) { title }`,
		"serviceAccounts { totalCount }", `serviceAccount(id: "x") { id }`,
		`incidentDiff(id: "x", from: {position: 1}) { eventCount }`, `taskDiff(id: "x", from: {position: 1}) { taskId }`,
	}
	proofs := []string{"auditCheckpoint { size }", "auditProof(position: 1) { leafHash }", "auditConsistency(from: 1, to: 1) { hashes }", "accessLog { totalCount }"}
	ofTask, ofTasks, ofIncident, unknown := `id: "`+task+`"`, `ids: ["`+task+`"]`, `id: "`+i+`"`, `id: "x"`
	inputs := map[string]string{
		"createIncident": `title: "x", severity: LOW`, "updateIncident": ofIncident, "closeIncident": `classification: UNDETERMINED, ` + ofIncident, "reopenIncident": ofIncident,
		"addTask": `title: "x", incidentId: "` + i + `"`, "updateTask": ofTask, "startTask": ofTask, "completeTask": ofTask, "skipTask": `reason: "x", ` + ofTask,
		"reopenTask": ofTask, "moveTask": `rank: 1, ` + ofTask, "deleteTask": ofTask, "restoreTask": ofTask,
		"completeTasks": ofTasks, "assignTasks": ofTasks, "addTasks": `tasks: [{title: "x"}], incidentId: "` + i + `"`, "applyPlaybook": `playbookId: "x", incidentId: "` + i + `"`,
		"createPlaybook": `playbook: {name: "x", steps: [{title: "x"}]}`, "updatePlaybook": unknown, "deletePlaybook": unknown,
		"createRule": `rule: {name: "x", trigger: TASK_SKIPPED, actions: [{addLabels: ["x"]}]}`, "updateRule": unknown, "deleteRule": unknown,
		"redactEvent":          `position: 9999, reason: "x"`,
		"createServiceAccount": `serviceAccount: {name: "x", roles: READER}`, "updateServiceAccount": unknown, "deleteServiceAccount": unknown,
		"issueApiKey": unknown, "revokeApiKey": unknown,
		"createWebhook": `webhook: {name: "x", url: "https://example.com"}`, "updateWebhook": unknown, "rotateWebhookSecret": unknown, "deleteWebhook": unknown,
	}
	forContributors := regexp.MustCompile("^(create|update|delete|rotate)(Playbook|Rule|Webhook)")
	forAdmins := regexp.MustCompile("^redactEvent|ServiceAccount$|ApiKey$")
	schema := mustSchema(t, "../schema.graphqls")
	if got := len(schema.Query.Fields) - 2; got != len(reads)+len(proofs) { // without those of introspection
		t.Errorf("%d of %d queries are tried", len(reads)+len(proofs), got)
	}
	code := func(c client, kind, field string) string {
		_, errs := c.do(t, kind+" { "+field+" }", nil)
		if len(errs) == 0 {
			return ""
		}
		return errs[0].Extensions.Code
	}
	for _, role := range append([]incident.Role{""}, incident.Roles...) {
		c, mayRead, mayChange, mayDefine := s.as("bob", role), "", "", ""
		switch role {
		case "":
			c.token, mayRead, mayChange, mayDefine = "", "UNAUTHENTICATED", "UNAUTHENTICATED", "UNAUTHENTICATED"
		case incident.RoleReader, incident.RoleAuditor:
			mayChange, mayDefine = "FORBIDDEN", "FORBIDDEN"
		case incident.RoleResponder:
			mayDefine = "FORBIDDEN"
		}
		for _, field := range reads {
			if got := code(c, "query", field); got != mayRead {
				t.Errorf("%s: %s answers %q, want %q", role, field, got, mayRead)
			}
		}
		mayProve := role == incident.RoleAuditor || role == incident.RoleAdmin
		for _, field := range proofs {
			if got := code(c, "query", field); (got == "FORBIDDEN" || got == "UNAUTHENTICATED") == mayProve {
				t.Errorf("%s: %s answers %q", role, field, got)
			}
		}
		for _, def := range schema.Mutation.Fields {
			want := mayChange
			if forContributors.MatchString(def.Name) {
				want = mayDefine
			}
			if forAdmins.MatchString(def.Name) && want == "" && role != incident.RoleAdmin {
				want = "FORBIDDEN"
			}
			if inputs[def.Name] == "" {
				t.Fatalf("%s: say here who may", def.Name)
			}
			if got := code(c, "mutation", def.Name+"(input: {"+inputs[def.Name]+"}) { clientMutationId }"); got != want {
				t.Errorf("%s: %s answers %q, want %q", role, def.Name, got, want)
			}
		}
	}
	for accept, want := range map[string]int{"application/json": 401, "application/graphql-response+json": 401} {
		if status, _, text := (client{url: s.URL}).send(t, `{"query":"{ viewer { roles } }"}`, "Accept", accept); status != want || !strings.Contains(text, "UNAUTHENTICATED") {
			t.Errorf("no token, %s: got %d, %s", accept, status, text)
		}
	}
}

// A fault of ours is answered with the request's id alone; the log line with
// the same id holds nothing that a user wrote.
func TestInnerErrorsStayInside(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice := s.as("alice")
		i := alice.newIncident(t, "tell-tale title")
		alice.taskMutation(t, "startTask", alice.newTask(t, i, "tell-tale task"), `, clientMutationId: "k"`)
		dbtest.Tamper(t, url, "audit_events", "UPDATE audit_events SET payload = 'tell-tale payload'")
		for _, document := range []string{
			`query($id: ID!) { incident(id: $id) { history { nodes { reason } } } }`,
			`mutation($id: ID!) { startTask(input: {id: $id, clientMutationId: "k"}) { event { id } } }`,
		} {
			_, errs := alice.do(t, document, object{"id": i})
			if len(errs) != 1 || errs[0].Message != "internal error" || errs[0].Extensions.Code != "INTERNAL" {
				t.Fatalf("got %+v", errs)
			}
			line := regexp.MustCompile(`.*"requestId":"` + errs[0].Extensions.RequestID + `".*`).FindString(logged.String())
			if errs[0].Extensions.RequestID == "" || !strings.Contains(line, `"level":"error"`) {
				t.Errorf("no log line for %+v", errs[0])
			}
		}
		if strings.Contains(logged.String(), "tell-tale") {
			t.Error("the log holds what a user wrote")
		}
	})
}

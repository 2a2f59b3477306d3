package graph_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// The past is shown as the present was, field by field, and the present stays
// what it is.
func TestThePastOverTheWire(t *testing.T) {
	const fieldsOfTask = ` title description group status rank mandatory assignee { id name } dueAt overdue overdueSince origin { kind name id step }
		createdAt createdBy { id } updatedAt updatedBy { id } completedAt completedBy { id } reopenCount deletedAt version `
	const fields = ` number title description severity status classification classificationReason classificationComment owner { id name } labels
		createdAt createdBy { id } updatedAt updatedBy { id } closedAt version progress { total open completed skipped mandatoryOpen overdue }
		tasks(first: 2, includeDeleted: true) { totalCount nodes {` + fieldsOfTask + `} pageInfo { hasNextPage hasPreviousPage } } `
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice := s.as("alice")
		owner := mustID(t, alice.must(t, `{ viewer { actor { id } } }`, nil), "viewer", "actor", "id")
		i := alice.newIncident(t, "I")
		var tasks []string
		for _, title := range []string{"a", "b", "c"} {
			tasks = append(tasks, alice.newTask(t, i, title))
		}
		alice.must(t, `mutation($i: ID!, $o: ID) { updateIncident(input: {id: $i, ownerId: $o, labels: ["l"], description: "D"}) { errors { message } } }`, object{"i": i, "o": owner})
		for n, change := range []string{
			`completeTask(input: {id: $t}) { event { position recordedAt } }`,
			`moveTask(input: {id: $t, rank: 3}) { event { position recordedAt } }`,
			`deleteTask(input: {id: $t}) { event { position recordedAt } }`,
		} {
			data := alice.must(t, `mutation($t: ID!) { x: `+change+` }`, object{"t": tasks[n%2]})
			position, recordedAt := at(data, "x", "event", "position"), at(data, "x", "event", "recordedAt")
			was := alice.must(t, `query($i: ID!, $t: ID!) { x: incident(id: $i) {`+fields+`} y: task(id: $t) {`+fieldsOfTask+`} }`, object{"i": i, "t": tasks[1]})
			alice.must(t, `mutation($i: ID!, $t: String!) { updateIncident(input: {id: $i, title: $t}) { errors { message } } }`, object{"i": i, "t": fmt.Sprint("later ", n)})
			for _, by := range []string{"position: Position", "at: DateTime"} {
				name, _, _ := strings.Cut(by, ":")
				value := map[string]any{"position": position, "at": recordedAt}[name]
				past := alice.must(t, `query($i: ID!, $t: ID!, $`+by+`) {
					x: incidentAt(id: $i, `+name+`: $`+name+`) {`+fields+`} y: taskAt(id: $t, `+name+`: $`+name+`) {`+fieldsOfTask+`}
					more: incidentAt(id: $i, `+name+`: $`+name+`) { incidentId asOf { position recordedAt at } unknownFields } }`, object{"i": i, "t": tasks[1], name: value})
				for _, part := range []string{"x", "y"} {
					if got, want := asText(t, past[part]), asText(t, was[part]); got != want {
						t.Errorf("by %s, behind change %d: got\n%s, want\n%s", name, n, got, want)
					}
				}
				want := asText(t, object{"incidentId": i, "asOf": object{"position": position, "recordedAt": recordedAt, "at": recordedAt}, "unknownFields": []any{}})
				if got := asText(t, past["more"]); got != want {
					t.Errorf("by %s: got %s, want %s", name, got, want)
				}
			}
		}
		data := alice.must(t, `query($i: ID!, $t: ID!) { none: incidentAt(id: $i, position: 0) { version } incidentDiff(id: $i, from: {position: 1}) { created eventCount orderKnown unknownFields
			changes { field from to } tasks(first: 2) { totalCount pageInfo { hasNextPage endCursor } nodes { added deleted restored moved rankBefore rankAfter eventCount } } }
			taskDiff(id: $t, from: {position: 6}) { added deleted restored moved rankBefore rankAfter eventCount changes { field from to } } }`, object{"i": i, "t": tasks[1]})
		want := `{"changes":[{"field":"title","from":"I","to":"later 2"},{"field":"description","from":null,"to":"D"},{"field":"ownerId","from":null,"to":"` + owner + `"},{"field":"labels","from":[],"to":["l"]}],` +
			`"created":false,"eventCount":10,"orderKnown":true,"tasks":{"nodes":[` +
			`{"added":true,"deleted":true,"eventCount":3,"moved":false,"rankAfter":1,"rankBefore":null,"restored":false},{"added":true,"deleted":false,"eventCount":1,"moved":false,"rankAfter":1,"rankBefore":null,"restored":false}],` +
			`"pageInfo":{"endCursor":"X","hasNextPage":true},"totalCount":3},"unknownFields":[]}`
		cursor := at(data, "incidentDiff", "tasks", "pageInfo", "endCursor").(string)
		if got := strings.ReplaceAll(asText(t, data["incidentDiff"]), cursor, "X"); got != want || data["none"] != nil {
			t.Errorf("the difference: got\n%s, want\n%s", got, want)
		}
		if got, want := asText(t, data["taskDiff"]), `{"added":false,"changes":[],"deleted":false,"eventCount":1,"moved":true,"rankAfter":2,"rankBefore":2,"restored":false}`; got != want {
			t.Errorf("the task: got %s, want %s", got, want)
		}
	})
}

// Refusals name their argument, and a page of the past fits no other list.
func TestThePastRefused(t *testing.T) {
	s := startWith(t, dbtest.SQLite(t), nil, unlimited)
	alice := s.as("alice")
	i := alice.newIncident(t, "I")
	task := alice.newTask(t, i, "T")
	alice.newTask(t, i, "U")
	far := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	page := alice.must(t, `query($i: ID!) { incidentAt(id: $i, position: 2) { tasks { pageInfo { endCursor } } } }`, object{"i": i})
	cursor := at(page, "incidentAt", "tasks", "pageInfo", "endCursor").(string)
	for _, test := range []struct {
		c        client
		document string
		code     string
		argument string
		path     string
	}{
		{alice, `{ x: incidentAt(id: $i) { version } }`, "BAD_USER_INPUT", "[at]", "[x]"},
		{alice, `{ incidentAt(id: $i, at: "2026-01-01T00:00:00Z", position: 1) { version } }`, "BAD_USER_INPUT", "[at]", "[incidentAt]"},
		{alice, `{ incidentAt(id: $i, position: 4) { version } }`, "BAD_USER_INPUT", "[position]", "[incidentAt]"},
		{alice, `{ incidentAt(id: $i, position: -1) { version } }`, "BAD_USER_INPUT", "[position]", "[incidentAt]"},
		{alice, `{ incidentAt(id: $i, at: "` + far + `") { version } }`, "BAD_USER_INPUT", "[at]", "[incidentAt]"},
		{alice, `{ taskAt(id: $t, at: "yesterday") { version } }`, "BAD_USER_INPUT", "[at]", "[taskAt]"},
		{alice, `{ taskAt(id: $t, position: 9) { version } }`, "BAD_USER_INPUT", "[position]", "[taskAt]"},
		{alice, `{ incidentDiff(id: $i, from: {}) { created } }`, "BAD_USER_INPUT", "[]", "[]"},
		{alice, `{ incidentDiff(id: $i, from: {position: 1, at: "` + far + `"}) { created } }`, "BAD_USER_INPUT", "[]", "[]"},
		{alice, `{ incidentDiff(id: $i, from: {position: 1}, to: {at: "` + far + `"}) { created } }`, "BAD_USER_INPUT", "[to at]", "[incidentDiff]"},
		{alice, `{ incidentDiff(id: $i, from: {position: 2}, to: {position: 1}) { created } }`, "BAD_USER_INPUT", "[from]", "[incidentDiff]"},
		{alice, `{ taskDiff(id: $t, from: {position: 9}) { added } }`, "BAD_USER_INPUT", "[from position]", "[taskDiff]"},
		{alice, `{ incidentAt(id: $i, position: 2) { tasks(first: 201) { totalCount } } }`, "BAD_USER_INPUT", "[first]", "[incidentAt tasks]"},
		{alice, `{ incidentAt(id: $i, position: 3) { tasks(after: "` + cursor + `") { totalCount } } }`, "BAD_USER_INPUT", "[after]", "[incidentAt tasks]"},
		{alice, `{ incidentDiff(id: $i, from: {position: 1}) { tasks(after: "` + cursor + `") { totalCount } } }`, "BAD_USER_INPUT", "[after]", "[incidentDiff tasks]"},
		{alice, `{ ` + moments(21) + ` }`, "TOO_COMPLEX", "[]", "[m21]"},
		{client{url: s.URL}, `{ incidentAt(id: $i, position: 1) { version } }`, "UNAUTHENTICATED", "[]", "[]"},
		{s.as("eve", "NONE"), `{ taskDiff(id: $t, from: {position: 1}) { added } }`, "FORBIDDEN", "[]", "[]"},
	} {
		document := test.document
		for name, value := range map[string]string{"i": i, "t": task} {
			if strings.Contains(document, "$"+name) {
				document = strings.ReplaceAll(document, "$"+name, fmt.Sprintf("%q", value))
			}
		}
		_, errs := test.c.do(t, document, nil)
		if len(errs) != 1 || errs[0].Extensions.Code != test.code || fmt.Sprint(errs[0].Extensions.Argument) != test.argument || !strings.HasPrefix(fmt.Sprint(errs[0].Path), test.path[:2]) {
			t.Errorf("%s: got %+v, want %s at %s of %s", test.document, errs, test.code, test.argument, test.path)
		}
	}
	for _, role := range incident.Roles {
		data := s.as("somebody", role).must(t, `query($i: ID!, $t: ID!) { incidentAt(id: $i, position: 3) { version } taskAt(id: $t, position: 3) { version } incidentDiff(id: $i, from: {position: 1}) { eventCount } taskDiff(id: $t, from: {position: 1}) { eventCount } }`, object{"i": i, "t": task})
		if got, want := asText(t, data), `{"incidentAt":{"version":1},"incidentDiff":{"eventCount":2},"taskAt":{"version":1},"taskDiff":{"eventCount":1}}`; got != want {
			t.Errorf("%s: got %s, want %s", role, got, want)
		}
	}
}

// moments asks for so many different ones.
func moments(n int) string {
	var b strings.Builder
	for m := range n {
		fmt.Fprintf(&b, `m%d: incidentAt(id: $i, at: "2026-01-01T00:00:%02dZ") { version } `, m+1, m)
	}
	return b.String()
}

// Statements do not grow with the tasks, nor with how often one moment is asked
// for.
func TestThePastStatements(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice := s.as("alice")
		i := alice.newIncident(t, "I")
		var tasks []string
		for n := range 10 {
			tasks = append(tasks, s.as(fmt.Sprint("author ", n)).newTask(t, i, fmt.Sprint(n)))
		}
		var many strings.Builder
		for n, id := range tasks {
			fmt.Fprintf(&many, `t%d: taskAt(id: %q, position: 11) { title } `, n, id)
		}
		for _, test := range []struct {
			document string
			want     int64
		}{
			{`{ incidentAt(id: "` + i + `", position: 11) { createdBy { name } owner { name } tasks { totalCount nodes { title assignee { name } createdBy { name } } } } }`, 4},
			{`{ incidentAt(id: "` + i + `", at: "` + time.Now().UTC().Format(time.RFC3339Nano) + `") { title tasks { nodes { rank } } } }`, 3},
			{`{ ` + many.String() + `}`, 13},
			{`{ incidentDiff(id: "` + i + `", from: {position: 1}) { eventCount tasks { nodes { rankAfter } } } }`, 4},
		} {
			if got := s.made(func() { alice.must(t, test.document, nil) }); got != test.want {
				t.Errorf("%s: got %d statements, want %d", test.document, got, test.want)
			}
		}
	})
}

package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// lists are all lists of the API, with the variables $first, $after, $last,
// $before. $i is an incident with tasks, $t one of them, $r a rule and $w the
// webhook that it calls.
var lists = []struct{ name, document, path string }{
	{"incidents", `incidents(%s) { %s }`, "incidents"},
	{"incidents by number", `incidents(orderBy: {field: NUMBER, direction: ASC}, %s) { %s }`, "incidents"},
	{"incidents by severity", `incidents(orderBy: {field: SEVERITY, direction: DESC}, %s) { %s }`, "incidents"},
	{"incidents by update", `incidents(orderBy: {field: UPDATED_AT, direction: ASC}, %s) { %s }`, "incidents"},
	{"tasks", `tasks(%s) { %s }`, "tasks"},
	{"tasks by due time", `tasks(orderBy: {field: DUE_AT, direction: ASC}, %s) { %s }`, "tasks"},
	{"tasks by due time, latest first", `tasks(orderBy: {field: DUE_AT, direction: DESC}, %s) { %s }`, "tasks"},
	{"tasks by update", `tasks(orderBy: {field: UPDATED_AT, direction: DESC}, %s) { %s }`, "tasks"},
	{"task list", `incident(id: $i) { tasks(%s) { %s } }`, "incident.tasks"},
	{"task list with tombstones", `incident(id: $i) { tasks(includeDeleted: true, %s) { %s } }`, "incident.tasks"},
	{"history of an incident", `incident(id: $i) { history(%s) { %s } }`, "incident.history"},
	{"history of a task", `task(id: $t) { history(%s) { %s } }`, "task.history"},
	{"trail", `auditEvents(%s) { %s }`, "auditEvents"},
	{"actors", `actors(%s) { %s }`, "actors"},
	{"playbooks", `playbooks(%s) { %s }`, "playbooks"},
	{"playbooks found", `playbooks(search: "P", %s) { %s }`, "playbooks"},
	{"rules", `rules(%s) { %s }`, "rules"},
	{"rules that are enabled", `rules(filter: {enabled: true}, %s) { %s }`, "rules"},
	{"webhooks", `webhooks(%s) { %s }`, "webhooks"},
	{"service accounts", `serviceAccounts(%s) { %s }`, "serviceAccounts"},
	{"deliveries", `rule: node(id: $w) { ... on Webhook { deliveries(%s) { %s } } }`, "rule.deliveries"},
	{"history of a rule", `rule(id: $r) { history(%s) { %s } }`, "rule.history"},
	{"what automation did", `auditEvents(filter: {actorKind: [AUTOMATION_RULE, PLAYBOOK]}, %s) { %s }`, "auditEvents"},
}

// usesAll uses the variables that not every list needs.
const usesAll = " x: incident(id: $i) { id } y: task(id: $t) { id } z: nodes(ids: [$r, $w]) { id } "

const pageFields = `edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount`

// page asks for one page of a list.
func (c client) page(t testing.TB, list int, variables object) object {
	t.Helper()
	l := lists[list]
	document := "query($i: ID!, $t: ID!, $r: ID!, $w: ID!, $first: Int, $after: String, $last: Int, $before: String) { noop: viewer { roles } " + usesAll +
		fmt.Sprintf(l.document, "first: $first, after: $after, last: $last, before: $before", pageFields) + " }"
	var v any = c.must(t, document, variables)
	for name := range strings.SplitSeq(l.path, ".") {
		v = at(v, name)
	}
	return v.(object)
}

func ids(page object) []string {
	var list []string
	for n := range page["nodes"].([]any) {
		id := at(page, "nodes", n, "id").(string)
		if at(page, "edges", n, "node", "id") != id {
			return nil // edges and nodes must agree
		}
		list = append(list, id)
	}
	return list
}

// filled is a server with a little of everything: ties in every order, tasks
// with and without due times, tombstones.
func filled(t *testing.T, url string) (client, object) {
	t.Helper()
	s := start(t, url)
	var last, task string
	for n := range 7 {
		c := s.as(fmt.Sprint("person ", n%3))
		id := c.newIncident(t, fmt.Sprint("incident ", n))
		c.must(t, `mutation($i: ID!, $s: IncidentSeverity) { updateIncident(input: {id: $i, severity: $s}) { errors { message } } }`,
			object{"i": id, "s": []string{"LOW", "HIGH"}[n%2]})
		for m := range n {
			task = c.newTask(t, id, fmt.Sprint("task ", m))
			c.taskMutation(t, "updateTask", task, []string{"", `, dueAt: "2026-01-01T00:00:00Z"`, `, dueAt: "2026-01-02T00:00:00Z"`}[m%3])
			if m == 2 {
				c.taskMutation(t, "deleteTask", task, "")
			}
		}
		last = id
	}
	c := s.as("person 0", incident.RoleAdmin)
	w := c.mustDefine(t, "Webhook", object{"name": "P0", "url": "https://example.com"})
	var rule string
	for n := range 5 {
		c.mustDefine(t, "Playbook", kinds[0].input(fmt.Sprint("P", n)))
		rule = c.mustDefine(t, "Rule", object{
			"name": fmt.Sprint("R", n), "trigger": "TASK_REOPENED", "order": n/2 + 2, "actions": []object{{"callWebhook": object{"webhookId": w}}, {"addTask": object{"title": "A"}}},
		})
		c.mustDefine(t, "Webhook", kinds[2].input(fmt.Sprint("W", n)))
		c.mustDefine(t, "ServiceAccount", kinds[3].input(fmt.Sprint("S", n)))
	}
	for _, name := range []string{"x", "y", "z"} {
		c.define(t, "update*", "Rule", object{"id": rule, "name": name})
	}
	for _, name := range []string{"startTask", "completeTask", "reopenTask", "startTask", "completeTask"} {
		c.taskMutation(t, name, task, "")
	}
	return c, object{"i": last, "t": task, "r": rule, "w": w}
}

// Walking a list in pages of any size, in either direction, gives the list.
func TestPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		c, vars := filled(t, url)
		asking := func(name string, value any, cursor string, at any) object {
			return with(vars, object{name: value, cursor: at})
		}
		for n, list := range lists {
			t.Run(list.name, func(t *testing.T) {
				whole := c.page(t, n, asking("first", 200, "after", nil))
				want := ids(whole)
				if len(want) < 3 || whole["totalCount"] != float64(len(want)) || at(whole, "pageInfo", "hasNextPage") != false {
					t.Fatalf("the whole list: %v", whole)
				}
				for _, size := range []int{1, 2, 3, len(want), 200} {
					var forward, backward []string
					for cursor := any(nil); ; {
						p := c.page(t, n, asking("first", size, "after", cursor))
						forward = append(forward, ids(p)...)
						if at(p, "pageInfo", "hasPreviousPage") != (cursor != nil) || p["totalCount"] != float64(len(want)) || at(p, "pageInfo", "startCursor") != at(p, "edges", 0, "cursor") {
							t.Fatalf("forward by %d: %v", size, p)
						}
						if cursor = at(p, "pageInfo", "endCursor"); at(p, "pageInfo", "hasNextPage") == false {
							break
						}
					}
					for cursor := any(nil); ; {
						p := c.page(t, n, asking("last", size, "before", cursor))
						backward = append(ids(p), backward...)
						if at(p, "pageInfo", "hasNextPage") != (cursor != nil) {
							t.Fatalf("backward by %d: %v", size, p)
						}
						if cursor = at(p, "pageInfo", "startCursor"); at(p, "pageInfo", "hasPreviousPage") == false {
							break
						}
					}
					if !slices.Equal(forward, want) || !slices.Equal(backward, want) {
						t.Errorf("pages of %d: forward %v, backward %v, want %v", size, forward, backward, want)
					}
				}
				first, last := at(whole, "edges", 0, "cursor"), at(whole, "edges", len(want)-1, "cursor")
				between := ids(c.page(t, n, with(vars, object{"first": 200, "after": first, "before": last})))
				if !slices.Equal(between, want[1:len(want)-1]) {
					t.Errorf("between the first and the last: %v", between)
				}
				empty := c.page(t, n, asking("first", 5, "after", last))
				if len(empty["edges"].([]any)) != 0 || at(empty, "pageInfo", "endCursor") != nil || at(empty, "pageInfo", "hasNextPage") != false {
					t.Errorf("behind the last: %v", empty)
				}
			})
		}
	})
}

// Rows that are added while a list is walked neither hide nor repeat any.
func TestPagesWhileWriting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		c, vars := filled(t, url)
		for n, list := range lists {
			for size, cursor := range map[string]string{"first": "after", "last": "before"} {
				page := func(limit int, from any) object {
					return c.page(t, n, with(vars, object{size: limit, cursor: from}))
				}
				end, more := "endCursor", "hasNextPage"
				if size == "last" {
					end, more = "startCursor", "hasPreviousPage"
				}
				want, seen := ids(page(200, nil)), map[string]int{}
				for from, left := any(nil), 4; ; left-- {
					p := page(min(2+len(want)/10, 20), from) // many pages, however long the list
					for _, id := range ids(p) {
						seen[id]++
					}
					if from = at(p, "pageInfo", end); at(p, "pageInfo", more) == false {
						break
					}
					if left > 0 { // at the top, at the bottom and elsewhere
						c.addMeanwhile(t, list.path, fmt.Sprint(list.name, size, left), vars["i"].(string))
					}
				}
				for _, id := range want {
					if seen[id] != 1 {
						t.Errorf("%s by %s: %s was seen %d times", list.name, size, id, seen[id])
					}
				}
			}
		}
	})
}

// addMeanwhile adds to the beginning, the end and the middle of a list.
func (c client) addMeanwhile(t *testing.T, path, name, incidentID string) {
	t.Helper()
	for _, kind := range kinds {
		if path != kind.field+"s" {
			continue
		}
		for end, order := range []int{1, 1000} {
			input := kind.input(fmt.Sprint([]string{"A", "Z"}[end], " P meanwhile ", name))
			if kind.name == "Rule" {
				input["order"] = order
			}
			c.mustDefine(t, kind.name, input)
		}
		return
	}
	c.taskMutation(t, "moveTask", c.newTask(t, incidentID, "meanwhile"), ", rank: 1")
	c.newTask(t, incidentID, "meanwhile")
	c.newIncident(t, "meanwhile")
}

// Lists with nothing in them are lists.
func TestEmptyLists(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		c := start(t, url).as("alice")
		data := c.must(t, "{ incidents { "+pageFields+" } tasks(last: 1) { "+pageFields+" } auditEvents { "+pageFields+" } actors(search: \"nobody\") { "+pageFields+" } auditHead { position recordedAt } }", nil)
		want := fmt.Sprint(object{"edges": []any{}, "nodes": []any{}, "totalCount": 0, "pageInfo": object{"hasNextPage": false, "hasPreviousPage": false, "startCursor": nil, "endCursor": nil}})
		for _, list := range []string{"incidents", "tasks", "auditEvents", "actors"} {
			if got := fmt.Sprint(data[list]); got != want {
				t.Errorf("%s: got %s, want %s", list, got, want)
			}
		}
		if at(data, "auditHead", "position") != 0.0 || at(data, "auditHead", "recordedAt") != nil {
			t.Errorf("the head of an empty trail: %v", data["auditHead"])
		}
	})
}

// A cursor goes on from where it was, whatever has become of what stood there.
func TestCursorsOutliveTheirRow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		c := start(t, url).as("alice", incident.RoleAdmin)
		for _, kind := range kinds {
			ids := map[string]string{}
			for _, name := range []string{"a", "b", "c", "d", "e"} {
				ids[name] = c.mustDefine(t, kind.name, kind.input(name))
			}
			names := func(arguments string) (list []string, page any) {
				t.Helper()
				data := c.must(t, "{ list: "+kind.field+"s("+arguments+") { nodes { name } pageInfo { endCursor startCursor } totalCount } }", nil)
				for n := range at(data, "list", "nodes").([]any) {
					list = append(list, at(data, "list", "nodes", n, "name").(string))
				}
				return list, data["list"]
			}
			_, page := names("first: 2")
			behindB := fmt.Sprintf("%q", at(page, "pageInfo", "endCursor"))
			_, page = names("last: 2")
			beforeD := fmt.Sprintf("%q", at(page, "pageInfo", "startCursor"))
			c.define(t, "delete*", kind.name, object{"id": ids["b"]})
			c.define(t, "update*", kind.name, object{"id": ids["d"], "name": "dd"})
			for arguments, want := range map[string][]string{
				"first: 1, after: " + behindB: {"c"}, "after: " + behindB: {"c", "dd", "e"}, "before: " + behindB: {"a"},
				"last: 2, before: " + beforeD: {"a", "c"}, "after: " + behindB + ", before: " + beforeD: {"c"},
			} {
				if got, _ := names(arguments); !slices.Equal(got, want) {
					t.Errorf("%ss(%s): got %v, want %v", kind.field, arguments, got, want)
				}
			}
			if kind.name == "Rule" { // which are not sorted by name
				c.define(t, "update*", kind.name, object{"id": ids["a"], "order": 500})
				if got, _ := names("after: " + behindB); !slices.Equal(got, []string{"c", "dd", "e", "a"}) {
					t.Errorf("a rule that was moved behind: %v", got)
				}
			}
			for _, other := range []string{"playbooks", "rules", "webhooks", "serviceAccounts", "incidents"} {
				if _, errs := c.do(t, "{ "+other+"(after: "+behindB+") { totalCount } }", nil); (len(errs) == 0) != (other == kind.field+"s") {
					t.Errorf("a cursor of %ss for %s: %v", kind.field, other, errs)
				}
			}
		}
	})
}

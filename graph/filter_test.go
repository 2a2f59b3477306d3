package graph_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tasktrail/db/dbtest"
)

// words are what titles, descriptions and labels are made of: whatever SQL,
// LIKE, JSON or the database driver could take for something of their own, and
// letters whose case the two engines do not agree on.
var words = []string{
	"%", "_", "!", "!%", `\`, `"`, "'", ",", `","`, "[", "?", "?0", "--", `\u0061`, "<b>", "\u2028",
	"a", "A", "ab", "Ä", "ä", "ß", "Ж", "ж", "é", "😀",
}

// a condition is one field of a filter: what it may be, and which nodes it
// chooses, told from what the API says of them.
type condition struct {
	name  string
	draw  *rapid.Generator[any]
	match func(node any, value any) bool
}

func oneOf[T any](values ...T) *rapid.Generator[any] {
	return rapid.SampledFrom(values).AsAny()
}

func someOf(values ...string) *rapid.Generator[any] {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(values), 0, 3, rapid.ID).AsAny()
}

func is(path ...any) func(any, any) bool {
	return func(node, value any) bool { return at(node, path...) == value }
}

func isIn(path ...any) func(any, any) bool {
	return func(node, value any) bool {
		text, _ := at(node, path...).(string)
		return slices.Contains(value.([]string), text)
	}
}

// notBefore and before compare times, which all have the same form.
func notBefore(path ...any) func(any, any) bool {
	return func(node, value any) bool { return at(node, path...).(string) >= value.(string) }
}

func before(path ...any) func(any, any) bool {
	return func(node, value any) bool { return at(node, path...).(string) < value.(string) }
}

func holds(fields ...string) func(any, any) bool {
	return func(node, value any) bool {
		return slices.ContainsFunc(fields, func(field string) bool {
			text, _ := at(node, field).(string)
			return strings.Contains(strings.ToLower(text), strings.ToLower(value.(string)))
		})
	}
}

func open(task any) bool {
	return at(task, "status") == "NEW" || at(task, "status") == "IN_PROGRESS"
}

// mixed makes a server's worth of random things and returns who made them.
func mixed(t *testing.T, url string) client {
	t.Helper()
	s, rng := start(t, url), rand.New(rand.NewPCG(1, 2))
	pick := func(from []string) string { return from[rng.IntN(len(from))] }
	text := func() string { return pick(words) + pick(words) + pick(words) }
	clients := []client{s.as("Änne"), s.as("änne"), s.as("100%"), s.as("a_b")}
	owners := []any{nil}
	for _, c := range clients {
		owners = append(owners, at(c.must(t, `{ viewer { actor { id } } }`, nil), "viewer", "actor", "id"))
	}
	for range 24 {
		c := clients[rng.IntN(len(clients))]
		data := c.must(t, `mutation($in: CreateIncidentInput!) { createIncident(input: $in) { incident { id } errors { message } } }`, object{"in": object{
			"title": "." + text(), "description": text(), "severity": pick([]string{"LOW", "MEDIUM", "HIGH"}), "status": pick([]string{"NEW", "ACTIVE"}),
			"ownerId": owners[rng.IntN(len(owners))], "labels": []string{pick(words) + pick(words), pick(words), pick(words)}[:rng.IntN(4)],
		}})
		id := mustID(t, data, "createIncident", "incident", "id")
		for range rng.IntN(4) {
			data := c.must(t, `mutation($in: AddTaskInput!) { addTask(input: $in) { task { id } errors { message } } }`, object{"in": object{
				"incidentId": id, "title": "." + text(), "description": text(), "mandatory": rng.IntN(2) == 0, "assigneeId": owners[rng.IntN(len(owners))],
				"dueAt": []any{nil, "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"}[rng.IntN(3)],
			}})
			if name := pick([]string{"startTask", "completeTask", "skipTask", "deleteTask", ""}); name != "" {
				c.taskMutation(t, name, mustID(t, data, "addTask", "task", "id"), `, reason: "r"`)
			}
		}
		if rng.IntN(4) == 0 {
			c.must(t, `mutation($id: ID!) { closeIncident(input: {id: $id, classification: UNDETERMINED, overrideReason: "r"}) { errors { message } } }`, object{"id": id})
		}
	}
	return clients[0]
}

// Every filter chooses what its conditions, applied to the whole list one node
// after the other, choose; null stands for any and an empty list for none.
func TestFilters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		c := mixed(t, url)
		data := c.must(t, `{
			incidents(first: 200, orderBy: {field: NUMBER, direction: ASC}) { nodes { id title description severity status labels owner { id } createdAt progress { open } } }
			tasks(first: 200) { nodes { id title description status mandatory dueAt assignee { id } incident { id } origin { kind } } }
			auditEvents(first: 200) { pageInfo { hasNextPage } nodes { id recordedAt action subjectId incident { id } actor { id kind } changes { field } } }
			actors(first: 200) { nodes { id name kind } } }`, nil)
		if at(data, "auditEvents", "pageInfo", "hasNextPage") != false {
			t.Fatal("more events than fit on a page")
		}
		each := func(list, field string) (values []string) {
			for n := range at(data, list, "nodes").([]any) {
				values = append(values, at(data, list, "nodes", n, field).(string))
			}
			return values
		}
		actor, times := oneOf(append(each("actors", "id"), "act_none")...), each("auditEvents", "recordedAt")
		inc, task := oneOf(append(each("incidents", "id"), "inc_none")...), oneOf(append(each("tasks", "id"), "tsk_none")...)
		kinds, word := someOf("USER", "SERVICE", "PLAYBOOK"), oneOf(words...)
		statuses := someOf("NEW", "IN_PROGRESS", "COMPLETED", "SKIPPED")
		lists := []struct {
			field, kind string
			conditions  []condition
		}{
			{"incidents", "IncidentFilter", []condition{
				{"status", someOf("NEW", "ACTIVE", "CLOSED"), isIn("status")},
				{"severity", someOf("INFORMATIONAL", "LOW", "MEDIUM", "HIGH"), isIn("severity")},
				{"ownerId", actor, is("owner", "id")},
				{"label", word, func(n, v any) bool { return slices.Contains(at(n, "labels").([]any), v) }},
				{"search", word, holds("title", "description")},
				{"hasOpenTasks", oneOf(true, false), func(n, v any) bool { return (at(n, "progress", "open") != 0.0) == v }},
				{"createdSince", oneOf(times...), notBefore("createdAt")},
				{"createdUntil", oneOf(times...), before("createdAt")},
			}},
			{"tasks", "TaskFilter", []condition{
				{"incidentId", inc, is("incident", "id")},
				{"status", statuses, isIn("status")},
				{"assigneeId", actor, is("assignee", "id")},
				{"originKind", kinds, isIn("origin", "kind")},
				{"mandatory", oneOf(true, false), is("mandatory")},
				{"overdue", oneOf(true, false), func(n, v any) bool { return (at(n, "dueAt") == "2020-01-01T00:00:00.000000Z" && open(n)) == v }},
				{"search", word, holds("title", "description")},
			}},
			{"auditEvents", "AuditEventFilter", []condition{
				{"incidentId", inc, is("incident", "id")},
				{"taskId", task, is("subjectId")},
				{"actorId", actor, is("actor", "id")},
				{"actorKind", kinds, isIn("actor", "kind")},
				{"actions", someOf("INCIDENT_CREATED", "TASK_ADDED", "TASK_DELETED", "TASK_RESTORED"), isIn("action")},
				{"fields", someOf("title", "status", "TITLE", "deletedAt", "title,description", "%", ""), func(n, v any) bool {
					return slices.ContainsFunc(at(n, "changes").([]any), func(change any) bool { return isIn("field")(change, v) })
				}},
				{"since", oneOf(times...), notBefore("recordedAt")},
				{"until", oneOf(times...), before("recordedAt")},
			}},
			{"actors", "", []condition{
				{"search", oneOf("%", "_", "ÄN", "änn", "A", "100", "1_0"), holds("name")},
				{"kind", kinds, isIn("kind")},
			}},
		}
		for _, list := range lists {
			t.Run(list.field, func(t *testing.T) {
				all := at(data, list.field, "nodes").([]any)
				// check asks with a filter and compares with a walk over everything.
				check := func(fail func(string, ...any), filter object) {
					var want []string
					for _, node := range all {
						chosen := !slices.ContainsFunc(list.conditions, func(c condition) bool {
							return filter[c.name] != nil && !c.match(node, filter[c.name])
						})
						if chosen {
							want = append(want, at(node, "id").(string))
						}
					}
					got := c.filtered(t, list.field, list.kind, filter)
					slices.Sort(want)
					if !slices.Equal(got, want) {
						fail("%s with %v: got %d: %v, want %d: %v", list.field, filter, len(got), got, len(want), want)
					}
				}
				for _, c := range list.conditions {
					alone := words
					switch strings.ToLower(strings.TrimPrefix(c.name, "created")) {
					case "label", "search":
					case "since", "until":
						alone = times // each the very moment of something
					default:
						continue
					}
					for _, value := range alone[:min(len(alone), len(words))] {
						check(t.Errorf, object{c.name: value})
					}
				}
				t.Run("at random", rapid.MakeCheck(func(r *rapid.T) {
					filter := object{}
					for _, c := range list.conditions {
						switch rapid.IntRange(0, 5).Draw(r, "use "+c.name) {
						case 0, 1:
							filter[c.name] = c.draw.Draw(r, c.name)
						case 2:
							filter[c.name] = nil
						}
					}
					check(r.Errorf, filter)
				}))
			})
		}
	})
}

// filtered asks for what a filter chooses and returns the ids in their order.
func (c client) filtered(t testing.TB, field, kind string, filter object) []string {
	t.Helper()
	variables := object{"filter": filter}
	document := fmt.Sprintf(`query($filter: %s) { %s(filter: $filter, first: 200) { totalCount nodes { id } } }`, kind, field)
	if kind == "" { // arguments instead of a filter
		variables = maps.Clone(filter)
		document = fmt.Sprintf(`query($search: String, $kind: [ActorKind!]) { %s(search: $search, kind: $kind, first: 200) { totalCount nodes { id } } }`, field)
	}
	data, errs := c.do(t, document, variables)
	if len(errs) > 0 {
		t.Fatalf("%s with %v: %+v", field, filter, errs)
	}
	var got []string
	for n := range at(data, field, "nodes").([]any) {
		got = append(got, at(data, field, "nodes", n, "id").(string))
	}
	if at(data, field, "totalCount") != float64(len(got)) {
		t.Errorf("%s with %v: totalCount is %v, there are %d", field, filter, at(data, field, "totalCount"), len(got))
	}
	slices.Sort(got)
	return got
}

package graph_test

import (
	"fmt"
	"testing"

	"tasktrail/db/dbtest"
)

// The lists in a payload, and what is around the changed thing, are read in as
// few statements as those of a query.
func TestStatementsDoNotGrowWithThePayload(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice := s.as("alice")
		// made is an incident with n open mandatory tasks, each assigned to
		// somebody else, the first with n events that the client has not seen.
		made := func(n int) object {
			i := alice.newIncident(t, fmt.Sprint(n))
			var first string
			for m := range n {
				owner := mustID(t, s.as(fmt.Sprint("owner ", m)).must(t, `{ viewer { actor { id } } }`, nil), "viewer", "actor", "id")
				id := alice.newTask(t, i, fmt.Sprint(m))
				alice.taskMutation(t, "updateTask", id, `, mandatory: true, assigneeId: "`+owner+`"`)
				if m == 0 {
					first = id
				}
				s.as(fmt.Sprint("owner ", m)).taskMutation(t, "updateTask", first, fmt.Sprintf(", title: %q", fmt.Sprint("title ", m)))
			}
			return object{"i": i, "t": first}
		}
		few, many := made(5), made(50)
		for _, test := range []struct {
			name, document string
			list           []any
			want           int64
		}{
			{
				"open tasks", `mutation($i: ID!) { r: closeIncident(input: {id: $i, classification: UNDETERMINED}) {
					errors { ... on OpenTasksError { list: openTasks { title rank assignee { name } incident { number } history(last: 2) { nodes { position } } } } } } }`,
				[]any{"errors", 0, "list"},
				7,
			},
			{
				"missed events", `mutation($t: ID!) { r: startTask(input: {id: $t, expectedVersion: 1}) {
					errors { ... on ConflictError { current { id ... on Task { rank assignee { name } } } list: missed { action actor { name } task { title rank } incident { number } } } } } }`,
				[]any{"errors", 0, "list"},
				7,
			},
			{
				"around a task", `mutation($t: ID!) { r: updateTask(input: {id: $t, mandatory: true}) {
					task { rank incident { progress { open } tasks(first: 200) { list: edges { node { rank assignee { name } } } } } } } }`,
				[]any{"task", "incident", "tasks", "list"},
				8,
			},
		} {
			t.Run(test.name, func(t *testing.T) {
				count := func(variables object, rows int) int64 {
					return s.made(func() {
						data := alice.must(t, test.document, variables)
						if list, _ := at(data["r"], test.list...).([]any); len(list) < rows {
							t.Errorf("got %d rows, want %d: %v", len(list), rows, data)
						}
					})
				}
				small, large := count(few, 5), count(many, 50)
				t.Logf("%d statements for 5 rows, %d for 50", small, large)
				if small > test.want || large > test.want {
					t.Errorf("got %d statements for 5 rows and %d for 50, want at most %d", small, large, test.want)
				}
			})
		}
	})
}

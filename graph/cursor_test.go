package graph_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
)

func TestPageArguments(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	alice := s.as("alice")
	alice.newIncident(t, "a")
	alice.newTask(t, alice.newIncident(t, "b"), "t")
	cursor := at(alice.must(t, `{ incidents { pageInfo { endCursor } } }`, nil), "incidents", "pageInfo", "endCursor").(string)
	event := at(alice.must(t, `{ auditEvents { pageInfo { endCursor } } }`, nil), "auditEvents", "pageInfo", "endCursor").(string)
	forked := event[:len(event)-2] + "A" + event[len(event)-1:] // another hash
	if forked == event {
		forked = event[:len(event)-2] + "B" + event[len(event)-1:]
	}
	for _, test := range []struct{ field, code, says string }{
		{`incidents(first: 0)`, "BAD_USER_INPUT", "first: must be from 1 to 200"},
		{`incidents(first: -1)`, "BAD_USER_INPUT", "first: must be from 1 to 200"},
		{`incidents(first: 201)`, "BAD_USER_INPUT", "first: must be from 1 to 200"},
		{`tasks(last: 100000)`, "BAD_USER_INPUT", "last: must be from 1 to 200"},
		{`actors(first: 1, last: 1)`, "BAD_USER_INPUT", "last: give first or last, not both"},
		{`incidents(after: "x")`, "BAD_USER_INPUT", "after: is not a cursor of this list"},
		{`tasks(before: "` + cursor + `")`, "BAD_USER_INPUT", "before: is not a cursor of this list"},
		{`incidents(orderBy: {field: NUMBER, direction: ASC}, after: "` + cursor + `")`, "BAD_USER_INPUT", "after: is not a cursor of this list in this order"},
		{`auditEvents(after: "` + cursor + `")`, "BAD_USER_INPUT", "the cursor is not one that this API gave out"},
		{`auditEvents(after: "` + forked + `")`, "TRAIL_FORKED", "another trail or to a history that no longer exists"},
	} {
		_, errs := alice.do(t, "{ "+test.field+" { totalCount } }", nil)
		if len(errs) != 1 || errs[0].Extensions.Code != test.code || !strings.Contains(errs[0].Message, test.says) || len(errs[0].Path) != 1 {
			t.Errorf("%s: got %+v", test.field, errs)
		}
	}
}

// A cursor that a client made up is its mistake, whatever is inside: the
// database is not asked to compare a number with a word.
func TestMadeUpCursors(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		c, vars := filled(t, url)
		for n, list := range lists {
			cursor := at(c.page(t, n, with(vars, object{"first": 1})), "pageInfo", "endCursor").(string)
			text, err := base64.RawURLEncoding.DecodeString(cursor)
			if err != nil {
				t.Fatal(err)
			}
			made := []string{"null", cursor + "=", cursor[:len(cursor)-2]}
			var key []string
			if json.Unmarshal(text, &key) == nil {
				keys := [][]string{{"", key[1], key[2]}, key[:2]}
				if !slices.Contains([]string{"playbooks", "rules", "webhooks", "serviceAccounts"}, list.path) { // those are in memory, where NUL is as good as any
					keys = append(keys, []string{key[0], "a\x00b", key[2]}, []string{key[0], key[1], "\x00"})
				}
				if _, err := strconv.Atoi(key[1]); err == nil && list.path != "incident.tasks" { // sorted by a number
					keys = append(keys, []string{key[0], "9223372036854775808", key[2]}, []string{key[0], "x'", key[2]})
				}
				for _, k := range keys {
					inside, _ := json.Marshal(k)
					made = append(made, base64.RawURLEncoding.EncodeToString(inside))
				}
			}
			for _, cursor := range made {
				document := "query($i: ID!, $t: ID!, $r: ID!, $w: ID!, $c: String) { " + usesAll + fmt.Sprintf(list.document, "before: $c", "totalCount") + " }"
				_, errs := c.do(t, document, with(vars, object{"c": cursor}))
				if len(errs) != 1 || errs[0].Extensions.Code != "BAD_USER_INPUT" {
					t.Errorf("%s before %q: got %+v", list.name, cursor, errs)
				}
			}
		}
	})
}

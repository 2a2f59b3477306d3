package graph_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
)

var updateList = flag.Bool("update", false, "write docs/conformance.md anew from the tables of statements")

// statement is one sentence of a standard, in words of our own, and the check
// that we keep it.
type statement struct {
	id      string // in lists of ours
	level   string // MUST, SHOULD or MAY; OURS where the standard leaves it open and we do not
	section string // of the standard
	says    string
	instead string // what is done otherwise and why, "" if the statement is followed
	check   check
}

// check fails the test if the server does not keep a statement.
type check func(t *testing.T, e *edge)

// standard is a table of statements.
type standard struct {
	title, source string
	statements    []statement
}

// standards are all tables, in the order of the list.
var standards = []*standard{&overHTTP, &overWebSocket, &overSSE, &relay}

// edge is the server that is checked: the real handler over a real database, in
// which there is one incident.
type edge struct {
	*server
	alice client
}

func newEdge(t *testing.T) *edge {
	t.Helper()
	s := start(t, dbtest.SQLite(t))
	e := &edge{server: s, alice: s.as("alice")}
	e.alice.newIncident(t, "the first")
	return e
}

// run checks each statement in a test of its own.
func (std *standard) run(t *testing.T) {
	e := newEdge(t)
	count := map[string]int{}
	for _, st := range std.statements {
		level := st.level
		if st.instead != "" {
			level += " (not followed)"
		}
		count[level]++
		t.Run(st.id, func(t *testing.T) {
			t.Logf("%s: %s", level, st.says)
			st.check(t, e)
		})
	}
	t.Logf("%s: %d statements: %v", std.title, len(std.statements), count)
}

// all makes one check of several.
func all(checks ...check) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		for _, c := range checks {
			c(t, e)
		}
	}
}

// anonymous makes a check without any token.
func anonymous(c check) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		nobody := *e
		nobody.alice.token = ""
		c(t, &nobody)
	}
}

// The list for readers is made from the tables, so it cannot promise more.
func TestConformanceList(t *testing.T) {
	var b strings.Builder
	b.WriteString(listIntro)
	for _, std := range standards {
		followed, seen := 0, map[string]bool{}
		for _, st := range std.statements {
			if st.instead == "" {
				followed++
			} else if st.level == "MUST" {
				t.Errorf("%s: a MUST has no exception", st.id)
			}
			if seen[st.id] || st.check == nil || st.section == "" || !strings.HasSuffix(st.says, ".") ||
				!slices.Contains([]string{"MUST", "SHOULD", "MAY", "OURS"}, st.level) {
				t.Errorf("%s is given twice or lacks something", st.id)
			}
			seen[st.id] = true
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s %d statements, %d of them followed.\n\n", std.title, std.source, len(std.statements), followed)
		b.WriteString("| id | level | section | statement | here |\n|---|---|---|---|---|\n")
		for _, st := range std.statements {
			here := "followed"
			if st.instead != "" {
				here = "**not followed:** " + st.instead
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", st.id, st.level, st.section, strings.ReplaceAll(st.says, "|", `\|`), here)
		}
		t.Logf("%s: %d statements, %d followed", std.title, len(std.statements), followed)
	}
	const file = "../docs/conformance.md"
	if *updateList {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != b.String() {
		t.Error("docs/conformance.md differs from the tables: run go test ./graph -run TestConformanceList -update")
	}
}

const listIntro = `# Conformance

Which statements of the standards tasktrail keeps, and where it does otherwise.
Each row is checked over the wire, against the handler that the program serves:

    go test ./graph -run 'TestGraphQLOverHTTP|TestGraphQLOverWebSocket|TestGraphQLOverSSE|TestRelayStatements' -v

MUST, SHOULD and MAY are the standard's own words, or what they come to. OURS is
what a standard leaves open and we do not. An id in capitals and digits, such as
22EB, is that of the public audits of GraphQL over HTTP. There is no exception to
a MUST; every SHOULD that is not followed says why.

This file is written by ` + "`go test ./graph -run TestConformanceList -update`" + `.
`

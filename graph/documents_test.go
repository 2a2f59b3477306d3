package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tasktrail/graph"
	"tasktrail/graph/limit"
	"tasktrail/graph/transport"
)

func TestManifests(t *testing.T) {
	apolloManifest := func(operations string) string {
		return `{"format":"apollo-persisted-query-manifest","version":1,"operations":[` + operations + `]}`
	}
	hash := transport.HashDocument(askRoles)
	operation := func(id, name, kind, body string) string {
		return fmt.Sprintf(`{"id":%q,"name":%q,"type":%q,"body":%q}`, id, name, kind, body)
	}
	for _, c := range []struct {
		name, manifest string
		documents      int
		faults         []string // each in its line
	}{
		{"Apollo's", apolloManifest(operation(hash, "Roles", "query", askRoles) + "," + operation("2", "W", "subscription", "subscription W { auditEvents { position } }")), 2, nil},
		{"a hash for each", `{"` + hash + `": "` + askRoles + `"}`, 1, nil},
		{"with a prefix", `{"sha256:` + hash + `": "` + askRoles + `", "x-app:1:2": "` + askRoles + `"}`, 1, nil},
		{"several operations in one document", `{"a": "query A { viewer { roles } } query B { viewer { roles } }"}`, 1, nil},

		{"no JSON", `query`, 0, []string{"the manifest is not valid JSON"}},
		{"an array", `[]`, 0, []string{"must be an object"}},
		{"cut short", `{"a": "` + askHead + `"`, 0, []string{"not valid JSON"}},
		{"two in one", `{"a": "` + askHead + `"} {}`, 0, []string{"something stands behind its end"}},
		{"not UTF-8", "{\"a\": \"\xff\"}", 0, []string{"UTF-8"}},
		{"empty", `{}`, 0, []string{"no documents"}},
		{"empty Apollo's", apolloManifest(""), 0, []string{"operations: the manifest has no documents"}},
		{"another version", `{"format":"apollo-persisted-query-manifest","version":2,"operations":[]}`, 0, []string{"version: must be 1, not 2"}},
		{"another format", `{"format":"other","version":1}`, 0, []string{`"version": must be the text of a document`, `"format": `}},
		{"empty document", `{"a": ""}`, 0, []string{`"a": must be the text of a document`}},
		{"not for this schema", `{"a": "{ missing }", "b": "` + askHead + `", "c": "{ viewer { wrong } }"}`, 0, []string{`"a": `, `"c": `}},
		{"syntax", `{"a": "{"}`, 0, []string{`"a": `}},
		{"no operation", `{"a": "fragment F on Viewer { roles }"}`, 0, []string{`"a": input: the document has no operation`}},
		{"deferred", `{"a": "{ ... @defer { viewer { roles } } }"}`, 0, []string{`"a": `}},
		{"too many tokens", `{"a": "{` + strings.Repeat(" __typename", 2001) + `}"}`, 0, []string{`"a": `}},
		{"same id twice", `{"a": "` + askHead + `", "a": "` + askRoles + `"}`, 0, []string{`"a": two documents have this id`}},
		{"wrong hash", `{"sha256:` + hash + `": "` + askHead + `"}`, 0, []string{"is not the SHA-256 of the document"}},
		{"no hash", `{"sha256:ABC": "` + askHead + `"}`, 0, []string{"an id has at most 200"}},
		{"no id", `{"": "` + askHead + `"}`, 0, []string{"an id has at most 200"}},
		{"id with a blank", `{"a b": "` + askHead + `"}`, 0, []string{"an id has at most 200"}},
		{"long id", `{"` + strings.Repeat("a", 201) + `": "` + askHead + `"}`, 0, []string{"an id has at most 200"}},
		{"another name", apolloManifest(operation("1", "Other", "query", askRoles)), 0, []string{`"1": has no query of the name "Other"`}},
		{"another kind", apolloManifest(operation("1", "Roles", "mutation", askRoles)), 0, []string{`"1": has no mutation of the name "Roles"`}},
	} {
		documents, err := graph.LoadDocuments([]byte(c.manifest), limit.Limits{})
		switch {
		case len(c.faults) == 0 && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case len(c.faults) == 0 && documents.Len() != c.documents:
			t.Errorf("%s: %d documents, want %d", c.name, documents.Len(), c.documents)
		case len(c.faults) > 0:
			var lines []string
			if err != nil {
				lines = strings.Split(err.Error(), "\n")
			}
			if len(lines) != len(c.faults) {
				t.Errorf("%s: %q, want %d faults", c.name, lines, len(c.faults))
				continue
			}
			for n, fault := range c.faults {
				if !strings.Contains(lines[n], fault) {
					t.Errorf("%s: %q, want %q", c.name, lines[n], fault)
				}
			}
		}
	}
	many := map[string]string{}
	for n := range 60 {
		many[fmt.Sprint(n)] = "{ missing }"
	}
	text, _ := json.Marshal(many)
	if _, err := graph.LoadDocuments(text, limit.Limits{}); err == nil || !strings.HasSuffix(err.Error(), "\nand 10 more") {
		t.Errorf("60 faults: %v", err)
	}
}

package graph_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
)

// media are the two types an answer can have. The older one has status 200
// whenever the request could be understood; the newer one tells by the status
// whether there is data.
var media = map[string]bool{"application/json": false, "application/graphql-response+json": true}

// An error of a request has no data and says where in the document it is; an
// error of a field has data and the path to the field.
func TestErrorsAreConformant(t *testing.T) {
	alice := start(t, dbtest.SQLite(t)).as("alice")
	for _, test := range []struct {
		name, document string
		variables      string
		path           string // of a field's error; "" for a request's
		partial        bool   // data is not null
	}{
		{"syntax", "{ viewer {", "{}", "", false},
		{"unknown field", "{ viewer { secrets } }", "{}", "", false},
		{"unknown argument", "{ actors(shoeSize: 44) { totalCount } }", "{}", "", false},
		{"unknown enum value", "{ actors(kind: [ROBOT]) { totalCount } }", "{}", "", false},
		{"no selection", "{ viewer }", "{}", "", false},
		{"a fragment in a circle", "{ viewer { ...f } } fragment f on Viewer { ...f }", "{}", "", false},
		{"a variable of another type", "query($n: String) { incidents(first: $n) { totalCount } }", "{}", "", false},
		{"a variable without value", "query($id: ID!) { task(id: $id) { id } }", "{}", "", false},
		{"a variable with a bad value", "query($n: Int) { incidents(first: $n) { totalCount } }", `{"n": "x"}`, "", false},
		{"a variable with an unknown field", "query($f: TaskFilter) { tasks(filter: $f) { totalCount } }", `{"f": {"shoeSize": 44}}`, "", false},
		{"a list that may not be null", "{ incidents(first: 0) { totalCount } }", "{}", "incidents", false},
		{"a field that may be null", "{ a: incident { id } viewer { roles } }", "{}", "a", true},
		{"deep in the answer", `mutation { createIncident(input: {title: "x", severity: LOW}) { incident { tasks(first: 201) { totalCount } } } }`, "{}", "createIncident.incident", true},
		{"a page of one of several", "{ incidents { nodes { number history(last: 0) { totalCount } } } }", "{}", "incidents.nodes.", false},
	} {
		for accept, strict := range media {
			query, _ := json.Marshal(test.document)
			status, header, text := alice.send(t, `{"query": `+string(query)+`, "variables": `+test.variables+`}`, "Accept", accept)
			var answer map[string]json.RawMessage
			var errs []gqlError
			if err := json.Unmarshal([]byte(text), &answer); err != nil {
				t.Fatalf("%s: %v in %s", test.name, err, text)
			}
			if err := json.Unmarshal(answer["errors"], &errs); err != nil || len(errs) == 0 {
				t.Fatalf("%s: %v in %s", test.name, err, text)
			}
			want := 200
			if test.path == "" && strict {
				want = 400
			}
			contentType, _, _ := strings.Cut(header.Get("Content-Type"), ";")
			if status != want || contentType != accept {
				t.Errorf("%s as %s: got %d, %s, want %d", test.name, accept, status, contentType, want)
			}
			if unknown := slices.DeleteFunc(keys(answer), func(k string) bool { return slices.Contains([]string{"data", "errors", "extensions"}, k) }); len(unknown) > 0 {
				t.Errorf("%s: the answer has %v", test.name, unknown)
			}
			data, hasData := answer["data"]
			if hasData != (test.path != "") || (test.partial && string(data) == "null") {
				t.Errorf("%s: data is %q", test.name, data)
			}
			e := errs[0]
			if e.Message == "" || e.Extensions.Code != "BAD_USER_INPUT" {
				t.Errorf("%s: got %+v", test.name, e)
			}
			if test.path == "" && e.Path != nil {
				t.Errorf("%s: the path is %v, which is no field of an answer", test.name, e.Path)
			}
			if test.path != "" {
				if got := pathOf(e); !strings.HasPrefix(got, test.path) || !reaches(data, e.Path) {
					t.Errorf("%s: the path is %s in %s, want %s", test.name, got, data, test.path)
				}
			}
			if len(e.Locations) == 0 || !positive(at(e.Locations, 0, "line")) || !positive(at(e.Locations, 0, "column")) {
				t.Errorf("%s as %s: the locations are %v: %s", test.name, accept, e.Locations, text)
			}
		}
	}
}

func keys(answer map[string]json.RawMessage) (names []string) {
	for name := range answer {
		names = append(names, name)
	}
	return names
}

// pathOf writes a path with points.
func pathOf(e gqlError) string {
	parts := make([]string, len(e.Path))
	for n, p := range e.Path {
		text, _ := json.Marshal(p)
		parts[n] = strings.Trim(string(text), `"`)
	}
	return strings.Join(parts, ".")
}

// reaches reports whether the path leads through data to null or ends in one.
func reaches(data json.RawMessage, path []any) bool {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return false
	}
	for _, p := range path {
		if n, ok := p.(float64); ok {
			p = int(n)
		}
		if v = at(v, p); v == nil {
			return true
		}
	}
	return false
}

func positive(v any) bool {
	n, ok := v.(float64)
	return ok && n >= 1
}

package graph

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"tasktrail/incident"
)

// Two subscriptions share their bytes when nothing that they show can differ,
// and only then.
func TestShape(t *testing.T) {
	const filtered = `subscription S($f: AuditEventFilter, $after: String, $x: Boolean = true) { auditEvents(filter: $f, after: $after) { position task @include(if: $x) { title } } }`
	reader := []incident.Role{incident.RoleReader}
	type from struct {
		document, operation, variables string
		roles                          []incident.Role
	}
	base := from{filtered, "S", `{"f":{"taskId":"1"},"after":"a","x":true}`, reader}
	for name, test := range map[string]struct {
		change func(f *from)
		same   bool
	}{
		"nothing":               {func(*from) {}, true},
		"another cursor":        {func(f *from) { f.variables = `{"f":{"taskId":"1"},"after":"b","x":true}` }, true},
		"another filter":        {func(f *from) { f.variables = `{"f":{"incidentId":"2"},"after":"a","x":true}` }, true},
		"no filter":             {func(f *from) { f.variables = `{"x":true}` }, true},
		"unknown variables":     {func(f *from) { f.variables = `{"x":true,"y":1}` }, true},
		"a variable that shows": {func(f *from) { f.variables = `{"x":false}` }, false},
		"other roles":           {func(f *from) { f.roles = []incident.Role{incident.RoleAuditor} }, false},
		"more roles":            {func(f *from) { f.roles = append(reader, incident.RoleAdmin) }, false},
		"no roles":              {func(f *from) { f.roles = nil }, false},
		"another selection":     {func(f *from) { f.document = strings.Replace(filtered, "position", "hash", 1) }, false},
		"an alias":              {func(f *from) { f.document = strings.Replace(filtered, "position", "p: position", 1) }, false},
		"another order": {func(f *from) {
			f.document = strings.Replace(filtered, "position task @include(if: $x) { title }", "task @include(if: $x) { title } position", 1)
		}, false},
		"another operation": {func(f *from) { f.document += strings.Replace(filtered, "S(", "T(", 1); f.operation = "T" }, false},
	} {
		other := base
		test.change(&other)
		shape := func(f from) shape {
			doc, errs := gqlparser.LoadQueryWithRules(servedSchema(), f.document, rules.NewDefaultRules())
			if errs != nil {
				t.Fatal(errs)
			}
			var variables map[string]any
			if err := json.Unmarshal([]byte(f.variables), &variables); err != nil {
				t.Fatal(err)
			}
			return shapeOf(&graphql.OperationContext{
				RawQuery: f.document, OperationName: f.operation, Doc: doc, Operation: doc.Operations.ForName(f.operation), Variables: variables,
			}, f.roles)
		}
		if same := shape(base) == shape(other); same != test.same {
			t.Errorf("%s: got same %v", name, same)
		}
	}
}

// Wherever a variable stands below the root field, or in a directive on it, it
// counts.
func TestShapeSeesVariables(t *testing.T) {
	for _, document := range []string{
		`subscription($v: Boolean!) { auditEvents @include(if: $v) { position } }`,
		`subscription($v: Boolean!) { auditEvents { position @skip(if: $v) } }`,
		`subscription($v: Boolean!) { auditEvents { incident { tasks(includeDeleted: $v) { totalCount } } } }`,
		`subscription($v: Boolean!) { auditEvents { ... on AuditEvent @include(if: $v) { position } } }`,
		`subscription($v: Boolean!) { auditEvents { ...F @include(if: $v) } } fragment F on AuditEvent { position }`,
		`subscription($v: Boolean!) { auditEvents { ...F } } fragment F on AuditEvent { position @include(if: $v) }`,
		`subscription($v: Boolean!) { ...R } fragment R on Subscription { auditEvents { position @include(if: $v) } }`,
		`subscription($v: Boolean!) { ... on Subscription { auditEvents { position @include(if: $v) } } }`,
		`subscription($v: ID!) { auditEvents { incident { history(filter: {taskId: $v}) { totalCount } } } }`,
		`subscription($v: AuditAction!) { auditEvents { incident { history(filter: {actions: [$v]}) { totalCount } } } }`,
	} {
		doc, errs := gqlparser.LoadQueryWithRules(servedSchema(), document, rules.NewDefaultRules())
		if errs != nil {
			t.Fatal(document, errs)
		}
		shape := func(value any) shape {
			return shapeOf(&graphql.OperationContext{RawQuery: document, Doc: doc, Operation: doc.Operations[0], Variables: map[string]any{"v": value}}, nil)
		}
		if shape(true) == shape(false) {
			t.Errorf("%s: the variable makes no difference", document)
		}
	}
}

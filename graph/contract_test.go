package graph_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"tasktrail/audit"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

func mustSchema(t *testing.T, path string) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	schema, gqlErr := gqlparser.LoadSchema(&ast.Source{Name: path, Input: string(text)})
	if gqlErr != nil {
		t.Fatal(gqlErr)
	}
	return schema
}

// ours lists the types that the file defines, without those of the standard.
func ours(schema *ast.Schema) []*ast.Definition {
	var list []*ast.Definition
	for _, def := range schema.Types {
		if !def.BuiltIn && !strings.HasPrefix(def.Name, "__") {
			list = append(list, def)
		}
	}
	return list
}

func TestSchemaKeepsTheContract(t *testing.T) {
	contract, schema := mustSchema(t, "testdata/contract.graphqls"), mustSchema(t, "../schema.graphqls")
	for _, want := range ours(contract) {
		got := schema.Types[want.Name]
		if got == nil || got.Kind != want.Kind {
			t.Errorf("%s %s is missing", want.Kind, want.Name)
			continue
		}
		if (got.Directives.ForName("oneOf") == nil) != (want.Directives.ForName("oneOf") == nil) {
			t.Errorf("%s differs in @oneOf", want.Name)
		}
		for _, name := range want.Interfaces {
			if !slices.Contains(got.Interfaces, name) {
				t.Errorf("%s does not implement %s", want.Name, name)
			}
		}
		for _, value := range want.EnumValues {
			if got.EnumValues.ForName(value.Name) == nil {
				t.Errorf("%s.%s is missing", want.Name, value.Name)
			}
		}
		for _, field := range want.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			has := got.Fields.ForName(field.Name)
			if has == nil || has.Type.String() != field.Type.String() {
				t.Errorf("%s.%s: %s is missing or has another type", want.Name, field.Name, field.Type)
				continue
			}
			for _, argument := range field.Arguments {
				a := has.Arguments.ForName(argument.Name)
				if a == nil || a.Type.String() != argument.Type.String() || (argument.DefaultValue != nil && (a.DefaultValue == nil || a.DefaultValue.Raw != argument.DefaultValue.Raw)) {
					t.Errorf("%s.%s(%s: %s) is missing or different", want.Name, field.Name, argument.Name, argument.Type)
				}
			}
		}
	}
}

// Every element says what it is: the schema is all the documentation that a
// client's tools show.
func TestSchemaIsDescribed(t *testing.T) {
	for _, def := range ours(mustSchema(t, "../schema.graphqls")) {
		describe := func(description string, path ...string) {
			if len(strings.TrimSpace(description)) < 3 {
				t.Errorf("%s has no description", strings.Join(path, "."))
			}
		}
		describe(def.Description, def.Name)
		for _, value := range def.EnumValues {
			describe(value.Description, def.Name, value.Name)
		}
		for _, field := range def.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			describe(field.Description, def.Name, field.Name)
			for _, argument := range field.Arguments {
				describe(argument.Description, def.Name, field.Name, argument.Name)
			}
		}
	}
}

// Nothing is deprecated before there is a first release.
func TestNothingIsDeprecated(t *testing.T) {
	for _, def := range ours(mustSchema(t, "../schema.graphqls")) {
		for _, value := range def.EnumValues {
			if value.Directives.ForName("deprecated") != nil {
				t.Errorf("%s.%s is deprecated", def.Name, value.Name)
			}
		}
		for _, field := range def.Fields {
			if field.Directives.ForName("deprecated") != nil {
				t.Errorf("%s.%s is deprecated", def.Name, field.Name)
			}
		}
	}
}

// What is served is what the file says, and tools can ask for it.
func TestIntrospection(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	data := s.as("alice").must(t, `{ __schema { types { name fields(includeDeprecated: true) { name } } directives { name } } }`, nil)
	served := map[string]int{}
	for n := range at(data, "__schema", "types").([]any) {
		fields, _ := at(data, "__schema", "types", n, "fields").([]any)
		served[at(data, "__schema", "types", n, "name").(string)] = len(fields)
	}
	for _, def := range ours(mustSchema(t, "../schema.graphqls")) {
		want := 0
		if def.Kind == ast.Object || def.Kind == ast.Interface {
			for _, f := range def.Fields {
				if !strings.HasPrefix(f.Name, "__") {
					want++
				}
			}
		}
		if got, ok := served[def.Name]; !ok || got != want {
			t.Errorf("%s is served with %d fields, want %d", def.Name, got, want)
		}
	}
	for n := range at(data, "__schema", "directives").([]any) {
		if at(data, "__schema", "directives", n, "name") == "defer" {
			t.Error("@defer is offered, but not carried out")
		}
	}
}

// Every action that can be recorded has its name in the API, and no other.
func TestActionsAreThoseOfTheDomain(t *testing.T) {
	var named []audit.Action
	for _, value := range mustSchema(t, "../schema.graphqls").Types["AuditAction"].EnumValues {
		named = append(named, audit.Action(value.Name))
	}
	if got, want := slices.Sorted(slices.Values(named)), slices.Sorted(slices.Values(incident.Actions)); !slices.Equal(got, want) {
		t.Errorf("the API names %v, recorded are %v", got, want)
	}
}

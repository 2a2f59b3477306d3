package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"tasktrail/db/dbtest"
)

// neverSet are the fields that nothing of today gives a value to.
var neverSet = []string{
	"Actor.email", // the tokens of these tests have none
}

// selection asks for every field of a type that has no required argument. What
// belongs to it alone, such as an edge, is asked for in full; of other things,
// and of a type within itself, only the plain fields, or it would have no end.
func selection(schema *ast.Schema, name string, full bool, within ...string) string {
	return aliased(schema, name, full, "", within)
}

// aliased puts an alias before every field: the types behind an interface have
// fields of the same name but of different types.
func aliased(schema *ast.Schema, name string, full bool, alias string, within []string) string {
	def := schema.Types[name]
	if def.IsAbstractType() {
		out := "__typename"
		for _, possible := range schema.GetPossibleTypes(def) {
			out += " ... on " + possible.Name + " { " + aliased(schema, possible.Name, full, possible.Name+"_", within) + " }"
		}
		return out
	}
	full = full && !slices.Contains(within, name)
	within = append(slices.Clone(within), name)
	fields := []string{"__typename"}
	for _, field := range def.Fields {
		of := schema.Types[field.Type.Name()]
		required := slices.ContainsFunc(field.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull })
		switch {
		case required || strings.HasPrefix(field.Name, "__"):
		case of.IsLeafType():
			fields = append(fields, prefixed(alias, field.Name))
		case full:
			node := of.Name == "Node" || slices.Contains(of.Interfaces, "Node")
			fields = append(fields, prefixed(alias, field.Name)+" { "+selection(schema, of.Name, !node, within...)+" }")
		}
	}
	return strings.Join(fields, " ")
}

func prefixed(alias, field string) string {
	if alias == "" {
		return field
	}
	return alias + field + ": " + field
}

// seen notes every field of an answer that has a value.
func seen(v any, into map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			seen(element, into)
		}
	case object:
		for name, value := range v {
			if kind, ok := v["__typename"].(string); ok && value != nil {
				into[kind+"."+strings.TrimPrefix(name, kind+"_")] = true
			}
			seen(value, into)
		}
	}
}

// Node is what Relay needs: null for what is not there, in the place where it
// was asked for; connections and edges of one shape.
func TestRelay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		alice := start(t, url).as("alice")
		i := alice.newIncident(t, "I")
		data := alice.must(t, `query($ids: [ID!]!) { none: nodes(ids: []) { id } nodes(ids: $ids) { id } node(id: "inc_none") { id } incident(number: 2) { id } task(id: "evt_1") { id } odd: node(id: 7) { id } }`,
			object{"ids": []string{"tsk_none", i, "evt_1", "evt_9", i, "evt_x", "evt_-1", "evt_01", "", "who_knows"}})
		got := fmt.Sprint(data["nodes"])
		want := fmt.Sprintf("[<nil> map[id:%s] map[id:evt_1] <nil> map[id:%s] <nil> <nil> <nil> <nil> <nil>]", i, i)
		if got != want || data["node"] != nil || data["incident"] != nil || data["task"] != nil || data["odd"] != nil || len(data["none"].([]any)) != 0 {
			t.Errorf("got %v, want %s", data, want)
		}
	})
	schema := mustSchema(t, "../schema.graphqls")
	for _, def := range ours(schema) {
		for _, field := range def.Fields {
			name, isList := strings.CutSuffix(field.Type.Name(), "Connection")
			if !isList {
				continue
			}
			for argument, kind := range map[string]string{"first": "Int", "after": "String", "last": "Int", "before": "String"} {
				if a := field.Arguments.ForName(argument); a == nil || a.Type.String() != kind {
					t.Errorf("%s.%s(%s: %s) is missing", def.Name, field.Name, argument, kind)
				}
			}
			for path, kind := range map[string]string{"Connection.edges": "[" + name + "Edge!]!", "Connection.pageInfo": "PageInfo!", "Edge.cursor": "String!", "Edge.node": name + "!"} {
				suffix, fieldName, _ := strings.Cut(path, ".")
				if f := schema.Types[name+suffix].Fields.ForName(fieldName); f == nil || f.Type.String() != kind {
					t.Errorf("%s%s is not %s", name, path, kind)
				}
			}
		}
	}
}

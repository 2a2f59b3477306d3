package graph

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"tasktrail/audit"
	"tasktrail/incident"
)

// shape names what a subscription shows of an event: two subscriptions of the
// same shape get the same bytes for it.
type shape string

// shapeOf hashes everything that can make a difference: the document, which
// operation of it, the variables, and the rights. Variables that are used only
// to choose events (filter, after, fromStart) make none; every subscriber that
// resumed has another cursor.
func shapeOf(operation *graphql.OperationContext, roles []incident.Role) shape {
	uses := variableUses{}
	uses.operation(operation.Operation)
	for _, fragment := range operation.Doc.Fragments {
		uses.directives(fragment.Directives)
		uses.selections(fragment.SelectionSet)
	}
	variables := map[string]any{}
	for name := range uses {
		if value, ok := operation.Variables[name]; ok {
			variables[name] = value
		}
	}
	roles = slices.Clone(roles)
	slices.Sort(roles)
	text, err := json.Marshal([]any{operation.RawQuery, operation.OperationName, variables, roles})
	if err != nil {
		panic("graph: variables have no JSON form: " + err.Error()) // they came as JSON
	}
	sum := sha256.Sum256(text)
	return shape(hex.EncodeToString(sum[:]))
}

// at names the rendering of an event, which is another one once it is redacted.
func (s shape) at(e *audit.Event) string {
	return string(s) + strconv.FormatInt(e.Position, 10) + strconv.FormatBool(e.Redacted)
}

// variableUses is the set of variables used below the root field.
type variableUses map[string]bool

func (u variableUses) operation(o *ast.OperationDefinition) {
	u.directives(o.Directives)
	for _, s := range o.SelectionSet {
		if root, ok := s.(*ast.Field); ok {
			u.directives(root.Directives)
			u.selections(root.SelectionSet) // but not its arguments: they choose events
		} else {
			u.selections(ast.SelectionSet{s})
		}
	}
}

func (u variableUses) selections(set ast.SelectionSet) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			u.arguments(s.Arguments)
			u.directives(s.Directives)
			u.selections(s.SelectionSet)
		case *ast.InlineFragment:
			u.directives(s.Directives)
			u.selections(s.SelectionSet)
		case *ast.FragmentSpread: // fragments are looked through on their own
			u.directives(s.Directives)
		}
	}
}

func (u variableUses) directives(list ast.DirectiveList) {
	for _, d := range list {
		u.arguments(d.Arguments)
	}
}

func (u variableUses) arguments(list ast.ArgumentList) {
	for _, a := range list {
		u.value(a.Value)
	}
}

func (u variableUses) value(v *ast.Value) {
	if v == nil {
		return
	}
	if v.Kind == ast.Variable {
		u[v.Raw] = true
	}
	for _, child := range v.Children {
		u.value(child.Value)
	}
}

package graph

import (
	"context"
	"fmt"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// strictVariables refuses what gqlparser lets pass in variables: "high" for
// HIGH, which it hands on as it is, and a oneOf input with no field, with
// several or with null.
type strictVariables struct{ schema *ast.Schema }

var (
	_ graphql.HandlerExtension        = strictVariables{}
	_ graphql.OperationContextMutator = strictVariables{}
)

// ExtensionName is for gqlgen.
func (strictVariables) ExtensionName() string { return "StrictVariables" }

// Validate accepts any schema.
func (strictVariables) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext changes nothing; it is where gqlgen asks.
func (s strictVariables) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	for _, v := range operation.Operation.VariableDefinitions {
		path := ast.Path{ast.PathName("variable"), ast.PathName(v.Variable)}
		if err := checkValue(s.schema, v.Type, reflect.ValueOf(operation.Variables[v.Variable]), path); err != nil {
			return err
		}
	}
	return nil
}

// checkValue looks through a valid value of a type. Values are reflected on
// because gqlparser makes typed slices of single values given for lists.
func checkValue(schema *ast.Schema, t *ast.Type, v reflect.Value, path ast.Path) *gqlerror.Error {
	for v.IsValid() && (v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer) {
		v = v.Elem()
	}
	if !v.IsValid() {
		return nil
	}
	if t.Elem != nil {
		for i := range v.Len() {
			if err := checkValue(schema, t.Elem, v.Index(i), append(path, ast.PathIndex(i))); err != nil {
				return err
			}
		}
		return nil
	}
	switch def := schema.Types[t.NamedType]; def.Kind {
	case ast.Enum:
		if def.EnumValues.ForName(v.String()) == nil {
			return badRequest(path, fmt.Sprintf("is not a valid %s", def.Name))
		}
	case ast.InputObject:
		if def.Directives.ForName("oneOf") != nil && (v.Len() != 1 || v.MapIndex(v.MapKeys()[0]).IsNil()) {
			return badRequest(path, fmt.Sprintf("must have exactly one field of %s, and not null", def.Name))
		}
		for _, field := range def.Fields {
			value := v.MapIndex(reflect.ValueOf(field.Name))
			if err := checkValue(schema, field.Type, value, append(path, ast.PathName(field.Name))); err != nil {
				return err
			}
		}
	}
	return nil
}

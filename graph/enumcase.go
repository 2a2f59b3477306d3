package graph

import (
	"context"
	"fmt"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// enumCase refuses enum values in variables that are spelt in another case.
// gqlparser lets "high" pass for HIGH, and hands it on as it is.
type enumCase struct{ schema *ast.Schema }

var (
	_ graphql.HandlerExtension        = enumCase{}
	_ graphql.OperationContextMutator = enumCase{}
)

// ExtensionName is for gqlgen.
func (enumCase) ExtensionName() string { return "EnumCase" }

// Validate accepts any schema.
func (enumCase) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext changes nothing; it is where gqlgen asks.
func (e enumCase) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	for _, v := range operation.Operation.VariableDefinitions {
		path := ast.Path{ast.PathName("variable"), ast.PathName(v.Variable)}
		if err := checkEnums(e.schema, v.Type, reflect.ValueOf(operation.Variables[v.Variable]), path); err != nil {
			return err
		}
	}
	return nil
}

// checkEnums looks through a valid value of a type. Values are reflected on
// because gqlparser makes typed slices of single values given for lists.
func checkEnums(schema *ast.Schema, t *ast.Type, v reflect.Value, path ast.Path) *gqlerror.Error {
	for v.IsValid() && (v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer) {
		v = v.Elem()
	}
	if !v.IsValid() {
		return nil
	}
	if t.Elem != nil {
		for i := range v.Len() {
			if err := checkEnums(schema, t.Elem, v.Index(i), append(path, ast.PathIndex(i))); err != nil {
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
		for _, field := range def.Fields {
			value := v.MapIndex(reflect.ValueOf(field.Name))
			if err := checkEnums(schema, field.Type, value, append(path, ast.PathName(field.Name))); err != nil {
				return err
			}
		}
	}
	return nil
}

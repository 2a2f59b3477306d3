package graph

import (
	"context"
	"fmt"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"tasktrail/graph/model"
)

// strictVariables refuses what gqlparser lets pass in variables: "high" for
// HIGH, which it hands on as it is, a oneOf input with no field, with several or
// with null, and values that are none of their scalar. The standard has that
// done before anything is executed.
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
	case ast.Scalar:
		if read := scalars[def.Name]; read != nil {
			if err := read(v.Interface()); err != nil {
				return badRequest(path, err.Error())
			}
		}
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

// scalars are those of which the standard says what is none of them. gqlparser
// looks at the rest, but takes numbers for text.
var scalars = map[string]func(v any) error{
	"Int":      reads(model.UnmarshalInt),
	"DateTime": reads(model.UnmarshalDateTime),
	"Position": reads(model.UnmarshalPosition),
	"String":   readsText,
	"ID": func(v any) error {
		if readsText(v) == nil {
			return nil // what is no id of ours is for the field to say
		}
		_, err := model.UnmarshalID(v)
		return err
	},
}

func reads[T any](read func(v any) (T, error)) func(v any) error {
	return func(v any) error {
		_, err := read(v)
		return err
	}
}

func readsText(v any) error {
	if _, ok := v.(string); !ok {
		return model.ScalarError("a String must be text")
	}
	return nil
}

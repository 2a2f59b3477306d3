package graph

import (
	"context"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"tasktrail/graph/model"
)

// badScalar splits the path of a refused value into that of the field, which
// belongs to the response, and that of the argument.
func badScalar(ctx context.Context, out *gqlerror.Error, err model.ScalarError) *gqlerror.Error {
	var argument []string
	if field := graphql.GetFieldContext(ctx); field != nil {
		depth := min(len(field.Path()), len(out.Path))
		for _, element := range out.Path[depth:] {
			argument = append(argument, fmt.Sprint(element))
		}
		out.Path = out.Path[:depth]
	}
	message := err.Error()
	if len(argument) > 0 {
		message = strings.Join(argument, ".") + ": " + message
	}
	coded(out, codeBadUserInput, message).Extensions["argument"] = argument
	return out
}

// badVariable gives the error of a variable, whose path says which, the place
// where the document declares it. A path is only for fields of the answer.
func badVariable(ctx context.Context, out *gqlerror.Error) *gqlerror.Error {
	if len(out.Path) < 2 || out.Path[0] != ast.PathName("variable") || graphql.GetFieldContext(ctx) != nil || !graphql.HasOperationContext(ctx) {
		return out
	}
	var argument []string
	for _, element := range out.Path[1:] {
		argument = append(argument, fmt.Sprint(element))
	}
	if operation := graphql.GetOperationContext(ctx).Operation; operation != nil {
		if v := operation.VariableDefinitions.ForName(argument[0]); v != nil && v.Position != nil {
			out.Locations = []gqlerror.Location{{Line: v.Position.Line, Column: v.Position.Column}}
		}
	}
	out.Path = nil
	coded(out, codeBadUserInput, "$"+strings.Join(argument, ".")+": "+out.Message).Extensions["argument"] = argument
	return out
}

// badRequest is a request error in our own words.
func badRequest(path ast.Path, message string) *gqlerror.Error {
	return coded(&gqlerror.Error{Path: path}, codeBadUserInput, message)
}

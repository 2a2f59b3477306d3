package transport

import (
	"maps"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// afterVariable is the variable that receives the Last-Event-ID header.
const afterVariable = "after"

// maxResumeTokens bounds the parsing of a document in resumeAfter. A longer
// document still runs, if the executor allows it, but must resume by itself.
const maxResumeTokens = 5000

// resumeAfter sets the variable $after to the last event the client has seen,
// if the document declares that variable and the client gave it no value. The
// executor must then validate the value like any other variable, which is why
// the document is parsed here, ahead of it.
func resumeAfter(params *graphql.RawParams, lastEventID string) {
	if lastEventID == "" || params.Variables[afterVariable] != nil {
		return
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: params.Query}, maxResumeTokens)
	if err != nil {
		return // the executor reports it
	}
	op := doc.Operations.ForName(params.OperationName)
	if op == nil || op.VariableDefinitions.ForName(afterVariable) == nil {
		return
	}
	variables := maps.Clone(params.Variables)
	if variables == nil {
		variables = make(map[string]any, 1)
	}
	variables[afterVariable] = lastEventID
	params.Variables = variables
}

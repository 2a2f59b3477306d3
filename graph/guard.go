package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"tasktrail/graph/limit"
	"tasktrail/incident"
)

// guard holds documents against the limits, each as early as it can be: text,
// then what is parsed, then what is valid, then what it costs. gqlgen would look
// only after validation, which is quadratic in places; so the guard parses and
// validates in its stead, and gqlgen finds the document in what it takes for
// its cache.
type guard struct {
	limits    limit.Limits
	costs     *limit.Schema
	validator *validator
	documents documentCache
}

var (
	_ graphql.HandlerExtension          = (*guard)(nil)
	_ graphql.OperationParameterMutator = (*guard)(nil)
	_ graphql.OperationContextMutator   = (*guard)(nil)
	_ graphql.ResponseInterceptor       = (*guard)(nil)
	_ graphql.Cache[*ast.QueryDocument] = guarded{}
)

func newGuard(schema *ast.Schema, limits limit.Limits, introspection bool) *guard {
	return &guard{
		limits: limits, costs: limit.NewSchema(schema, incident.MaxPage),
		validator: newValidator(schema, introspection), documents: newDocumentCache(),
	}
}

// ExtensionName is for gqlgen.
func (g *guard) ExtensionName() string { return "Limits" }

// Validate accepts any schema.
func (g *guard) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters leaves a valid document within the limits for
// gqlgen to find.
func (g *guard) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	if e := g.limits.Variables(params.Variables); e != nil {
		return tooComplex(e)
	}
	document, ok := g.documents.get(params.Query)
	if !ok {
		var err *gqlerror.Error
		if document, err = g.read(params.Query); err != nil {
			return err
		}
		g.documents.add(params.Query, document)
	}
	graphql.GetOperationContext(ctx).Doc = document
	return nil
}

// read parses and validates a document. An error may stand for several, see
// transport.
func (g *guard) read(text string) (*ast.QueryDocument, *gqlerror.Error) {
	if e := g.limits.Text(text); e != nil {
		return nil, tooComplex(e)
	}
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		parsing := gqlerror.WrapIfUnwrapped(err)
		errcode.Set(parsing, errcode.ParseFailed)
		return nil, parsing
	}
	if len(document.Operations) == 0 {
		return nil, badRequest(nil, "the document has no operation")
	}
	if e := g.limits.Document(document); e != nil {
		return nil, tooComplex(e)
	}
	if errs := g.validator.validate(document); len(errs) > 0 {
		return nil, &gqlerror.Error{Err: errs}
	}
	return document, nil
}

// MutateOperationContext refuses an operation that can cost too much.
func (g *guard) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	cost := g.costs.Cost(operation.Operation, operation.Variables)
	operation.Stats.SetExtension(costExtension, costOf{Requested: cost, Limit: g.limits.Cost})
	if cost > g.limits.Cost {
		return tooComplex(limit.CostExceeded(cost, g.limits.Cost))
	}
	return nil
}

// InterceptResponse tells the cost to those who ask for it.
func (g *guard) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if cost, ok := costAsked(ctx); ok && response != nil {
		response.Extensions = withExtension(response.Extensions, costExtension, cost)
	}
	return response
}

// tooComplex wraps an error for the presenter.
func tooComplex(e *limit.Exceeded) *gqlerror.Error { return &gqlerror.Error{Err: e} }

// guarded is what gqlgen takes for its cache of documents: it has the one that
// the guard has just read.
type guarded struct{}

func (guarded) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	document := graphql.GetOperationContext(ctx).Doc
	return document, document != nil
}

func (guarded) Add(context.Context, string, *ast.QueryDocument) {}

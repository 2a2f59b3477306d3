package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// operations stands around every operation, on whichever transport: it lets
// the viewer in and gives the resolvers their loaders.
type operations struct {
	root   *Resolver
	errors presenter
	live   *live
}

var (
	_ graphql.HandlerExtension          = (*operations)(nil)
	_ graphql.OperationParameterMutator = (*operations)(nil)
	_ graphql.OperationInterceptor      = (*operations)(nil)
	_ graphql.RootFieldInterceptor      = (*operations)(nil)
)

// ExtensionName is for gqlgen.
func (o *operations) ExtensionName() string { return "Operations" }

// Validate accepts any schema.
func (o *operations) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters refuses those who may not read before their document
// is looked at: it costs nothing, and errors of validation tell nothing.
func (o *operations) MutateOperationParameters(ctx context.Context, _ *graphql.RawParams) *gqlerror.Error {
	if err := o.root.viewer(ctx).CheckRead(); err != nil {
		return &gqlerror.Error{Err: err}
	}
	return nil
}

// InterceptOperation refuses those who may not read, and runs the rest.
func (o *operations) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	viewer := o.root.viewer(ctx)
	if err := o.root.service.Admit(ctx, viewer); err != nil {
		// OneShot: some transports ask until they get nil.
		return graphql.OneShot(o.errors.refuse(ctx, err))
	}
	o.root.service.NoteOperation(viewer, func() []string { return rootFields(ctx) })
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Subscription {
		return o.live.run(ctx, viewer, func(ctx context.Context) graphql.ResponseHandler {
			return next(o.fresh(ctx))
		})
	}
	return next(o.fresh(ctx))
}

// InterceptRootField gives each mutation of an operation its own loaders: they
// run one after the other, and the next must not see what was read before it.
func (o *operations) InterceptRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
		ctx = o.fresh(ctx)
	}
	return next(ctx)
}

// fresh returns ctx with loaders that have read nothing yet.
func (o *operations) fresh(ctx context.Context) context.Context {
	service, viewer := o.root.service, o.root.viewer(ctx)
	reader, err := service.Read(viewer)
	if err != nil {
		return ctx // Admit has just checked the same
	}
	past, err := service.Past(viewer)
	if err != nil {
		return ctx // likewise
	}
	return withLoaders(ctx, newLoaders(reader, newDefinitions(service, viewer), past, service.Now))
}

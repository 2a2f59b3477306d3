package graph

import (
	"context"
	"errors"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/rs/zerolog"
	"github.com/vektah/gqlparser/v2/ast"

	"tasktrail/graph/model"
	"tasktrail/incident"
)

// AccessLog lists the access log.
func (r *queryResolver) AccessLog(
	ctx context.Context, filter *incident.AccessLogFilter,
	first *int, after *string, last *int, before *string,
) (*model.AccessEntryConnection, error) {
	page, err := incident.PageArgs{First: first, After: after, Last: last, Before: before}.Query()
	if err != nil {
		return nil, err
	}
	q := incident.AccessLogQuery{Filter: given(filter, incident.AccessLogFilter{}), Page: page}
	if err := plainText(in("filter", "address", q.Filter.Address)); err != nil {
		return nil, err
	}
	items, err := r.service.AccessLog(ctx, r.viewer(ctx), q)
	if err != nil {
		return nil, err
	}
	return model.NewConnection(items, func(ctx context.Context) (int, error) {
		return r.service.CountAccessLog(ctx, r.viewer(ctx), q.Filter)
	}), nil
}

// note tells the access log of a refusal that it does not have yet, and the log
// why something could not be recorded.
func (p presenter) note(ctx context.Context, err error) {
	if errors.Is(err, incident.ErrNotRecorded) {
		zerolog.Ctx(ctx).Error().Err(cause(err)).Str("requestId", p.viewer(ctx).RequestID).
			Str("field", fieldName(ctx)).Msg("the access log cannot be written, so what must be recorded was refused")
		return
	}
	reason, recorded, ok := incident.RefusalOf(err)
	if !ok || recorded {
		return
	}
	fields := []string{fieldName(ctx)}
	if fields[0] == "" {
		fields = rootFields(ctx)
	}
	p.service.NoteRefusal(p.viewer(ctx), incident.AccessOperation, reason, fields)
}

// rootFields names what an operation asks for, as the schema does: nothing in
// it is the client's own, as aliases and the name of the operation are.
func rootFields(ctx context.Context) []string {
	if !graphql.HasOperationContext(ctx) {
		return nil
	}
	operation := graphql.GetOperationContext(ctx)
	if operation.Operation == nil {
		return nil
	}
	of := map[ast.Operation]string{ast.Query: "Query", ast.Mutation: "Mutation", ast.Subscription: "Subscription"}[operation.Operation.Operation]
	var names []string
	for _, field := range graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{of}) {
		if name := of + "." + field.Name; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"tasktrail/throttle"
)

// operation is one GraphQL operation from its parameters to its last response.
// It is used by one goroutine at a time.
type operation struct {
	exec    graphql.GraphExecutor
	ctx     context.Context
	opCtx   *graphql.OperationContext
	refusal *graphql.Response // set if the operation must not run
	crashed bool              // a panic was caught
	begun   func()            // called by run before its first response, once what a subscription begins with is settled
	edge    Edge
}

// newOperation parses and validates the operation. If that fails, run emits
// only the refusal.
func newOperation(ctx context.Context, exec graphql.GraphExecutor, params *graphql.RawParams) (op *operation) {
	op = &operation{exec: exec, ctx: graphql.StartOperationTrace(ctx), begun: func() {}}
	defer func() {
		if p := recover(); p != nil {
			op.refusal = op.recovered(p)
		}
	}()
	opCtx, errs := exec.CreateOperationContext(op.ctx, params)
	op.opCtx = opCtx
	if len(errs) > 0 {
		op.refuse(unfold(errs))
	}
	return op
}

// is reports whether the operation is valid and of the given kind.
func (op *operation) is(kind ast.Operation) bool {
	return op.refusal == nil && op.opCtx.Operation.Operation == kind
}

// unfold puts the errors that one stands for in its place: those who look at an
// operation before it is parsed can return only one.
func unfold(errs gqlerror.List) (all gqlerror.List) {
	for _, err := range errs {
		if list := gqlerror.List(nil); errors.As(err.Err, &list) {
			all = append(all, list...)
		} else {
			all = append(all, err)
		}
	}
	return all
}

// refuse makes the errors the only response. They go through the executor, so
// that its error presenter and interceptors see them.
func (op *operation) refuse(errs gqlerror.List) {
	defer func() {
		if p := recover(); p != nil {
			op.refusal = op.recovered(p)
		}
	}()
	ctx := op.ctx
	if op.opCtx != nil {
		ctx = graphql.WithOperationContext(ctx, op.opCtx)
	}
	op.refusal = op.exec.DispatchError(ctx, capErrors(errs))
	if op.refusal == nil {
		op.refusal = internalResponse()
	}
}

// run executes the operation and emits its responses, until there are no more
// or emit returns false.
func (op *operation) run(emit func(*graphql.Response) bool) {
	if op.refusal != nil {
		op.begun()
		emit(op.refusal)
		return
	}
	if op.edge.Timeout > 0 && !op.is(ast.Subscription) {
		ctx, cancel := context.WithTimeout(op.ctx, op.edge.Timeout)
		defer cancel()
		defer func() {
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				_ = op.edge.Limits.Refuse(&throttle.Refusal{Limit: throttle.Time})
			}
		}()
		op.ctx = ctx
	}
	handler, ctx, failure := op.dispatch()
	op.begun()
	if failure != nil {
		emit(failure)
		return
	}
	for {
		resp, last := op.next(ctx, handler)
		if resp == nil || !emit(resp) || last {
			return
		}
	}
}

func (op *operation) dispatch() (handler graphql.ResponseHandler, ctx context.Context, failure *graphql.Response) {
	defer func() {
		if p := recover(); p != nil {
			failure = op.recovered(p)
		}
	}()
	handler, ctx = op.exec.DispatchOperation(op.ctx, op.opCtx)
	if handler == nil {
		failure = internalResponse()
	}
	return handler, ctx, failure
}

// next returns the next response and whether it must be the last. An
// interceptor may answer every call with the same refusal, so the end is
// decided here and not left to a nil response alone.
func (op *operation) next(ctx context.Context, handler graphql.ResponseHandler) (resp *graphql.Response, last bool) {
	defer func() {
		if p := recover(); p != nil {
			resp, last = op.recovered(p), true
		}
	}()
	resp = handler(ctx)
	switch {
	case resp == nil:
		return nil, true
	case op.opCtx.Operation.Operation == ast.Subscription:
		return resp, isRequestError(resp)
	default:
		return resp, resp.HasNext == nil || !*resp.HasNext
	}
}

// recovered turns a panic into a response. The server's RecoverFunc reports
// it; a panic before there is an operation context is logged here, with the
// stack but without the value, which may hold user data.
func (op *operation) recovered(p any) (resp *graphql.Response) {
	op.crashed = true
	defer func() {
		if recover() != nil || resp == nil {
			resp = internalResponse()
		}
	}()
	if op.opCtx == nil || op.opCtx.RecoverFunc == nil {
		slog.ErrorContext(op.ctx, "panic while preparing a GraphQL operation",
			"type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
		return nil
	}
	ctx := graphql.WithOperationContext(op.ctx, op.opCtx)
	err := op.opCtx.RecoverFunc(ctx, p)
	if err == nil {
		return nil
	}
	return op.exec.DispatchError(ctx, gqlerror.List{gqlerror.WrapIfUnwrapped(err)})
}

package graph

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/rs/zerolog"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"tasktrail/audit"
	"tasktrail/graph/limit"
	"tasktrail/graph/model"
	"tasktrail/graph/transport"
	"tasktrail/incident"
)

// The codes of unexpected outcomes, in extensions.code.
const (
	codeUnauthenticated = "UNAUTHENTICATED"
	codeForbidden       = "FORBIDDEN"
	codeBadUserInput    = "BAD_USER_INPUT"
	codeRateLimited     = "RATE_LIMITED"
	codeTooComplex      = "TOO_COMPLEX"
	codeCursorAhead     = "CURSOR_AHEAD"
	codeTrailForked     = "TRAIL_FORKED"
	codeInconsistent    = "TRAIL_INCONSISTENT"
	codeReadOnly        = "READ_ONLY"
	codeTimeout         = "TIMEOUT"
	codeUnavailable     = "UNAVAILABLE"
	codeInternal        = "INTERNAL"
)

// codeOf lists the errors whose texts are fit for clients.
var codeOf = []struct {
	err  error
	code string
}{
	{incident.ErrUnauthenticated, codeUnauthenticated},
	{incident.ErrForbidden, codeForbidden},
	{incident.ErrTooManyMoments, codeTooComplex},
	{audit.ErrCursorMalformed, codeBadUserInput},
	{audit.ErrCursorAhead, codeCursorAhead},
	{audit.ErrTrailForked, codeTrailForked},
	{incident.ErrReadOnly, codeReadOnly},
	{incident.ErrNotRecorded, codeUnavailable},
}

// requestCodes says which code a request error that comes with one gets. Our
// transports and limits set codes of ours; gqlgen sets its own for documents
// and variables that are not valid.
var requestCodes = map[string]string{
	codeUnauthenticated:         codeUnauthenticated,
	codeForbidden:               codeForbidden,
	codeBadUserInput:            codeBadUserInput,
	codeRateLimited:             codeRateLimited,
	codeTooComplex:              codeTooComplex,
	transport.CodeErrorsOmitted: transport.CodeErrorsOmitted,
	codeNotFound:                codeNotFound,
	codeNotSupported:            codeNotSupported,
	codeNotInList:               codeNotInList,
	codeNotInSafe:               codeNotInSafe,
	errcode.ParseFailed:         codeBadUserInput,
	errcode.ValidationFailed:    codeBadUserInput,
}

// errPanic stands for a panic, which is already in the log.
var errPanic = errors.New("panic")

// presenter turns errors into what clients see. What it does not know is
// logged, and answered without a word of its text.
type presenter struct {
	viewer  func(ctx context.Context) incident.Viewer
	timeout time.Duration     // of an operation
	service *incident.Service // notes what is refused

	unavailable func(error) bool // whether the database is away or busy
}

// present is called for every error of every response.
func (p presenter) present(ctx context.Context, err error) *gqlerror.Error {
	out := &gqlerror.Error{Path: graphql.GetPath(ctx)}
	var wrapped *gqlerror.Error
	if errors.As(err, &wrapped) {
		out.Path, out.Locations, out.Rule = wrapped.Path, wrapped.Locations, wrapped.Rule
	}

	for _, known := range codeOf {
		if errors.Is(err, known.err) {
			p.note(ctx, err)
			return coded(out, known.code, known.err.Error())
		}
	}
	if input := (*incident.InputError)(nil); errors.As(err, &input) {
		coded(out, codeBadUserInput, input.Error()).Extensions["argument"] = input.Path
		return out
	}
	if exceeded := (*limit.Exceeded)(nil); errors.As(err, &exceeded) {
		return passedLimit(out, exceeded)
	}
	if scalar := model.ScalarError(""); errors.As(err, &scalar) {
		return badScalar(ctx, out, scalar)
	}
	if fault := (*audit.Fault)(nil); errors.As(err, &fault) {
		return p.inconsistent(ctx, out, fault)
	}
	if wrapped != nil && wrapped.Err == nil {
		if code, ok := requestCodes[fmt.Sprint(wrapped.Extensions["code"])]; ok {
			extensions := maps.Clone(wrapped.Extensions)
			out = badVariable(ctx, coded(out, code, wrapped.Message))
			maps.Copy(extensions, out.Extensions)
			out.Extensions = extensions
			return out
		}
	}
	// Whatever the database calls a statement that was broken off for this.
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && !errors.Is(err, errPanic) {
		return p.late(ctx, out)
	}
	p.internal(ctx, out, err)
	if ctx.Err() == nil && p.unavailable != nil && p.unavailable(err) {
		out.Message, out.Extensions["code"] = tryLater, codeUnavailable
	}
	return out
}

// tryLater holds for mutations too: one that was made is not made again.
const tryLater = "the database cannot be reached or is too busy; try again later, a change with the same clientMutationId, as it may have been made"

// late says that the time of an operation is up.
func (p presenter) late(ctx context.Context, out *gqlerror.Error) *gqlerror.Error {
	message := fmt.Sprintf("the operation was stopped after %s, the longest that one may take", p.timeout)
	if operation := graphql.GetOperationContext(ctx).Operation; operation != nil && operation.Operation == ast.Mutation {
		message += "; the change may have been made or not: send it again with the same clientMutationId"
	}
	id := p.viewer(ctx).RequestID
	zerolog.Ctx(ctx).Warn().Str("requestId", id).Str("field", fieldName(ctx)).Dur("limit", p.timeout).Msg("GraphQL operation took too long")
	coded(out, codeTimeout, message).Extensions["requestId"] = id
	return out
}

// coded gives out its code and message.
func coded(out *gqlerror.Error, code, message string) *gqlerror.Error {
	out.Message = message
	out.Extensions = map[string]any{"code": code}
	return out
}

// passedLimit names the limit, its value and what the request has.
func passedLimit(out *gqlerror.Error, err *limit.Exceeded) *gqlerror.Error {
	out = coded(out, codeTooComplex, err.Error())
	out.Extensions["limit"], out.Extensions["maximum"], out.Extensions["actual"] = err.Limit, err.Maximum, err.Actual
	if err.Position != nil {
		out.Locations = []gqlerror.Location{{Line: err.Position.Line, Column: err.Position.Column}}
	}
	return out
}

// internal logs err under the request's id and answers with that id alone.
func (p presenter) internal(ctx context.Context, out *gqlerror.Error, err error) {
	id := p.viewer(ctx).RequestID
	if !errors.Is(err, errPanic) {
		level := zerolog.ErrorLevel
		if errors.Is(err, context.Canceled) {
			level = zerolog.DebugLevel // the client has left
		}
		zerolog.Ctx(ctx).WithLevel(level).Err(cause(err)).Str("requestId", id).
			Str("field", fieldName(ctx)).Msg("GraphQL operation failed")
	}
	coded(out, codeInternal, "internal error").Extensions["requestId"] = id
}

// inconsistent logs what is wrong with the trail: hashes and places, nothing
// that users wrote.
func (p presenter) inconsistent(ctx context.Context, out *gqlerror.Error, fault *audit.Fault) *gqlerror.Error {
	id := p.viewer(ctx).RequestID
	zerolog.Ctx(ctx).Error().Int64("position", fault.Position).Str("what", fault.Field).Str("expected", fault.Expected).
		Str("found", fault.Found).Str("requestId", id).Str("field", fieldName(ctx)).Msg(audit.ErrInconsistent.Error())
	coded(out, codeInconsistent, audit.ErrInconsistent.Error()).Extensions["requestId"] = id
	return out
}

// recovered logs a panic. Its value is written only when it comes from the
// runtime: any other could hold what a user wrote.
func (p presenter) recovered(ctx context.Context, value any) error {
	text := fmt.Sprintf("%T", value)
	if err, ok := value.(runtime.Error); ok {
		text = err.Error()
	}
	zerolog.Ctx(ctx).Error().Str("panic", text).Str("requestId", p.viewer(ctx).RequestID).
		Str("field", fieldName(ctx)).Bytes("stack", debug.Stack()).Msg("GraphQL operation panicked")
	return errPanic
}

// cause takes the path off an error: it holds aliases, which users write.
func cause(err error) error {
	var wrapped *gqlerror.Error
	if errors.As(err, &wrapped) && wrapped.Err != nil {
		return wrapped.Err
	}
	return err
}

// fieldName names the field that is resolved, as the schema does.
func fieldName(ctx context.Context) string {
	field := graphql.GetFieldContext(ctx)
	if field == nil || field.Field.Field == nil {
		return ""
	}
	return field.Object + "." + field.Field.Name
}

// refuse makes a final response without data.
func (p presenter) refuse(ctx context.Context, err error) *graphql.Response {
	return &graphql.Response{Errors: gqlerror.List{p.present(ctx, err)}}
}

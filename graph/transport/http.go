package transport

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// HTTP answers queries and mutations with one JSON response. Mutations need
// POST; GET is only for queries, and is guarded against cross-site requests.
// The zero value is ready to use.
type HTTP struct {
	Edge

	// MaxBody limits the request body (POST) and query string (GET), in bytes.
	// The default is DefaultMaxBody; a query string has 16 KiB at most.
	MaxBody int64
}

var _ graphql.Transport = HTTP{}

// Supports reports true for everything except a WebSocket upgrade, so that
// wrong methods and media types get their proper status from Do.
func (t HTTP) Supports(r *http.Request) bool {
	return !isWebSocketUpgrade(r.Header)
}

// Do answers one request.
func (t HTTP) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	mediaType, ok := negotiate(r.Header)
	if !ok {
		writeRequestError(w, mediaJSON, &requestError{
			status:  http.StatusNotAcceptable,
			message: "the response can only be " + mediaGraphQL + " or " + mediaJSON,
		})
		return
	}
	if err := t.Limits.Begin(r.Context()); err != nil {
		writeRequestError(w, mediaType, err)
		return
	}
	done, err := t.Limits.Run(r.Context()) // before a body that may come slowly
	if err != nil {
		writeRequestError(w, mediaType, err)
		return
	}
	defer done()
	params, err := readRequest(w, r, t.MaxBody, t.Origins)
	if err != nil {
		writeRequestError(w, mediaType, err)
		return
	}

	op := newOperation(r.Context(), exec, params)
	op.edge = t.Edge
	answer(w, r, mediaType, op)
}

// answer runs an operation that has one response, and sends it.
func answer(w http.ResponseWriter, r *http.Request, mediaType string, op *operation) {
	if r.Method == http.MethodGet && op.is(ast.Mutation) {
		writeRequestError(w, mediaType, errMutationByGet)
		return
	}
	if op.is(ast.Subscription) {
		op.refuse(gqlerror.List{errorWithCode(codeBadUserInput,
			"subscriptions need a stream: send Accept: text/event-stream, or use a WebSocket")})
	}

	var resp *graphql.Response
	op.run(func(first *graphql.Response) bool {
		resp = first
		return false
	})
	if resp == nil {
		// The context ended first: a deadline of the server or a lost client.
		writeRequestError(w, mediaType, &requestError{
			status:  http.StatusServiceUnavailable,
			message: "the operation was stopped before it had a result",
		})
		return
	}
	writeResponse(w, mediaType, statusOf(resp, mediaType, op.crashed), resp)
}

var errMutationByGet = &requestError{
	status:  http.StatusMethodNotAllowed,
	message: "mutations need POST",
	allow:   http.MethodPost,
}

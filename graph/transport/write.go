package transport

import (
	"errors"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// writeRequestError answers a request that is wrong at the level of HTTP. The
// body has the shape of a GraphQL response, so that clients can show it.
func writeRequestError(w http.ResponseWriter, mediaType string, err error) {
	if r, ok := refusalOf(err); ok {
		writeResponse(w, mediaType, refusalStatus(w, r), &graphql.Response{Errors: gqlerror.List{refusalError(r)}})
		return
	}
	var reqErr *requestError
	if !errors.As(err, &reqErr) {
		reqErr = &requestError{status: http.StatusInternalServerError, message: "internal error"}
	}
	code := codeBadUserInput
	if reqErr.status >= http.StatusInternalServerError {
		code = codeInternal
	}
	if reqErr.code != "" {
		code = reqErr.code
	}
	if reqErr.allow != "" {
		w.Header().Set("Allow", reqErr.allow)
	}
	writeResponse(w, mediaType, reqErr.status, &graphql.Response{
		Errors: gqlerror.List{errorWithCode(code, reqErr.message)},
	})
}

// writeResponse sends one JSON response. A failed write means that the client
// has left, about which nothing can be done.
func writeResponse(w http.ResponseWriter, mediaType string, status int, resp *graphql.Response) {
	body, _ := encodeResponse(resp)
	h := w.Header()
	h.Set("Content-Type", mediaType+"; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// statusOf gives the status of a GraphQL response. Under application/json the
// status must be 200 for every well-formed request, as older clients read the
// errors only then; a missing login and a crash are the exceptions.
func statusOf(resp *graphql.Response, mediaType string, crashed bool) int {
	switch {
	case crashed:
		return http.StatusInternalServerError
	case !isRequestError(resp):
		return http.StatusOK
	case hasCode(resp.Errors, codeUnauthenticated):
		return http.StatusUnauthorized
	case mediaType == mediaGraphQL:
		return http.StatusBadRequest
	default:
		return http.StatusOK
	}
}

package transport

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"tasktrail/throttle"
)

// Edge is what all transports share. The zero value limits nothing.
type Edge struct {
	// Limits says who may begin an operation or open a stream. A refusal has the
	// code RATE_LIMITED and the extensions limit, its name, and retryAfter, in
	// seconds.
	Limits *throttle.Limits

	// Timeout is how long a query or mutation may take to execute; the context of
	// its resolvers then ends. Subscriptions last. Zero: no limit.
	Timeout time.Duration

	// Origins are the web pages, besides the server's own, that may open a socket
	// or send a GET request.
	Origins Origins
}

// refusalOf returns the refusal in err, if it is one.
func refusalOf(err error) (*throttle.Refusal, bool) { return errors.AsType[*throttle.Refusal](err) }

// refusalError is how a client sees a refusal.
func refusalError(r *throttle.Refusal) *gqlerror.Error {
	return &gqlerror.Error{Message: r.Message, Extensions: map[string]any{
		"code": codeRateLimited, "limit": r.Limit, "retryAfter": r.Seconds(),
	}}
}

// refusalStatus sets the header that says when to come back, and returns the
// status: 429 when it is up to the client, 503 when the server is full. Both
// media types get them, since the request was not even read: whether it was well
// formed, for which application/json would answer 200, nobody knows.
func refusalStatus(w http.ResponseWriter, r *throttle.Refusal) int {
	w.Header().Set("Retry-After", strconv.Itoa(r.Seconds()))
	if r.Everybody {
		return http.StatusServiceUnavailable
	}
	return http.StatusTooManyRequests
}

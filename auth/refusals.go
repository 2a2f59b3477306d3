package auth

import (
	"context"
	"errors"
	"net/http"

	"tasktrail/incident"
	"tasktrail/throttle"
)

// Refusals lets report hear of every token that is refused further in, on
// whichever transport: why, and in ctx from where. It gets nothing of the token,
// and must not block.
func Refusals(report func(ctx context.Context, reason incident.AccessReason)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), refusalsKey, report)))
		})
	}
}

// reportRefusal tells who wants to know that a token is to blame for err.
func reportRefusal(ctx context.Context, err error) {
	report, ok := ctx.Value(refusalsKey).(func(context.Context, incident.AccessReason))
	_, limited := errors.AsType[*throttle.Refusal](err)
	switch {
	case !ok:
	case limited:
		report(ctx, incident.ReasonRateLimited)
	case errors.Is(err, ErrExpiredToken):
		report(ctx, incident.ReasonExpiredToken)
	case errors.Is(err, ErrMissingToken):
		report(ctx, incident.ReasonNoToken)
	case errors.Is(err, ErrInvalidToken):
		report(ctx, incident.ReasonInvalidToken)
	}
}

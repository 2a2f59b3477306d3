package auth

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"github.com/google/uuid"

	"tasktrail/incident"
)

type contextKey int

const (
	viewerKey contextKey = iota
	requestKey
	tokenKey
	addressKey
	refusalsKey
)

// WithViewer returns a context of a request made by v.
func WithViewer(ctx context.Context, v incident.Viewer) context.Context {
	return context.WithValue(ctx, viewerKey, v)
}

// ViewerFrom returns who makes the request, with the request's id and the
// client's address. Without a token it is a viewer without an actor, who may do
// nothing.
func ViewerFrom(ctx context.Context) incident.Viewer {
	v, _ := ctx.Value(viewerKey).(incident.Viewer)
	v.RequestID = RequestID(ctx)
	if address := Address(ctx); address.IsValid() {
		v.Address = address.String()
	}
	return v
}

// ExpiresAt returns when the viewer's rights run out, if they do.
func ExpiresAt(ctx context.Context) (time.Time, bool) {
	v := ViewerFrom(ctx)
	if v.ExpiresAt == nil {
		return time.Time{}, false
	}
	return *v.ExpiresAt, true
}

// RequestID returns the id of the request, "" outside of one.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey).(string)
	return id
}

var requestIDs = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// RequestIDs gives every request an id, and tells it in X-Request-Id. A proper
// id that came with the request is kept.
func RequestIDs(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !requestIDs.MatchString(id) {
			id = uuid.Must(uuid.NewV7()).String()
		}
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey, id)))
	})
}

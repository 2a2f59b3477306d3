package transport

import "context"

type lastEventKey struct{}

func withLastEventID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, lastEventKey{}, id)
}

// LastEventID returns the cursor of the last event that the client of a stream
// has seen, "" if it is a new one. A browser repeats the request as it was and
// adds this, so it goes before whatever the request says about where to begin.
func LastEventID(ctx context.Context) string {
	id, _ := ctx.Value(lastEventKey{}).(string)
	return id
}

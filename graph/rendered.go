package graph

import (
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"
)

// Limits of what is kept of rendered events: 64 MiB at worst.
const (
	renderedEvents = 4096
	renderedBytes  = 16 << 10
	// What an event points to is shown as it is now, so a rendering ages.
	renderedFor = time.Second
)

// rendered keeps renderings of events for a moment.
type rendered struct {
	flights singleflight.Group
	kept    *lru.Cache[string, rendering]
	forgot  atomic.Int64 // the position of the newest redaction that was noticed
}

type rendering struct {
	response graphql.Response
	until    time.Time
}

func newRendered() *rendered {
	kept, err := lru.New[string, rendering](renderedEvents)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &rendered{kept: kept}
}

// get returns the rendering for key, made by render unless there is one. What
// ended in errors belongs to the one it happened to: it is neither kept nor
// given to others.
func (r *rendered) get(key string, render func() *graphql.Response) graphql.Response {
	if kept, ok := r.kept.Get(key); ok && time.Now().Before(kept.until) {
		return kept.response
	}
	mine := false
	shared, _, _ := r.flights.Do(key, func() (any, error) {
		mine = true
		made := *render()
		if len(made.Errors) == 0 && len(made.Data) <= renderedBytes {
			r.kept.Add(key, rendering{response: made, until: time.Now().Add(renderedFor)})
		}
		return made, nil
	})
	response := shared.(graphql.Response)
	if len(response.Errors) > 0 && !mine {
		return *render()
	}
	return response
}

// forget drops every rendering when a redaction at that position is new: any of
// them may show what it removed, also those of other events.
func (r *rendered) forget(position int64) {
	for last := r.forgot.Load(); last < position; last = r.forgot.Load() {
		if r.forgot.CompareAndSwap(last, position) {
			r.kept.Purge()
			return
		}
	}
}

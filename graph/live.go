package graph

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/99designs/gqlgen/graphql"

	"tasktrail/audit"
	"tasktrail/graph/transport"
	"tasktrail/incident"
)

// live runs subscriptions so that an event is rendered once and the bytes are
// shared by all who asked for the same: rendered one by one, a thousand
// subscribers cost a thousand executions for each event.
//
// gqlgen would call the resolver once and render what its channel sends. Here
// the resolver is called once to open the feed; after that, this type takes the
// events out of the feed itself and has gqlgen execute the subscription anew
// for each event that nobody has rendered yet. Both ways go through a [slot].
type live struct {
	errors   presenter
	rendered *rendered
}

func newLive(errors presenter) *live { return &live{errors: errors, rendered: newRendered()} }

var errRenderTimeout = errors.New("graph: an event was not rendered in time")

// feed is what the service gives a subscriber.
type feed = iter.Seq2[*audit.Event, error]

// slot is how the resolver of a subscription and live hand each other things.
type slot struct {
	event *audit.Event // to be rendered; nil: open the feed
	feed  feed         // the opened feed
}

type slotKey struct{}

func withSlot(ctx context.Context, s *slot) context.Context {
	return context.WithValue(ctx, slotKey{}, s)
}

func slotFrom(ctx context.Context) *slot { return ctx.Value(slotKey{}).(*slot) }

// run starts a subscription. next executes it with fresh loaders.
func (l *live) run(ctx context.Context, viewer incident.Viewer, next graphql.OperationHandler) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	fields := graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{"Subscription"})
	if len(fields) != 1 || fields[0].Name == "__typename" {
		return graphql.OneShot(l.errors.refuse(ctx, badRequest(nil, "a subscription has exactly one field, and not __typename")))
	}

	var opened slot
	refused := next(withSlot(ctx, &opened))
	if opened.feed == nil {
		return refused
	}
	pull := newPuller(ctx, opened.feed)
	shape := shapeOf(operation, viewer.Roles)
	return func(ctx context.Context) *graphql.Response {
		event, err, ok := pull.next()
		switch {
		case !ok || ctx.Err() != nil:
			return nil
		case err != nil:
			return l.errors.refuse(ctx, err)
		}
		if event.Redacts() != 0 {
			l.rendered.forget(event.Position)
		}
		response := l.rendered.get(shape.at(event), func() *graphql.Response {
			// It runs on when the subscriber that began it leaves, because others
			// may be waiting for it.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.errors.timeout)
			defer cancel()
			ctx = withSlot(ctx, &slot{event: event})
			if response := next(ctx)(ctx); response != nil {
				return response
			}
			return l.errors.refuse(ctx, errRenderTimeout)
		})
		if len(response.Data) > 0 { // else the client has not seen the event and must not resume behind it
			response.Extensions = map[string]any{transport.CursorExtension: event.Cursor().String()}
			if cost, ok := costAsked(ctx); ok {
				response.Extensions[costExtension] = cost
			}
		}
		return &response
	}
}

// puller takes events out of a feed one by one. The feed must be stopped when
// the subscriber leaves, at a time when nobody is taking: hence the lock.
type puller struct {
	mu   sync.Mutex
	take func() (*audit.Event, error, bool)
}

func newPuller(ctx context.Context, events feed) *puller {
	take, stop := iter.Pull2(events)
	p := &puller{take: take}
	context.AfterFunc(ctx, func() {
		p.mu.Lock() // the feed ends with ctx too, so this does not wait for an event
		defer p.mu.Unlock()
		stop()
	})
	return p
}

func (p *puller) next() (*audit.Event, error, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.take()
}

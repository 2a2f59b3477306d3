package graph

import (
	"context"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"

	"tasktrail/graph/generated"
	"tasktrail/graph/transport"
	"tasktrail/incident"
)

// Options are what the API needs to know of its surroundings.
type Options struct {
	// Viewer tells who asks; the zero Viewer when nobody has been let in.
	Viewer func(ctx context.Context) incident.Viewer

	// SocketInit lets a socket in by the payload of its connection_init. The
	// context it returns is that of all operations on the socket.
	SocketInit func(ctx context.Context, payload map[string]any) (context.Context, error)

	// Origins lists the hosts of web pages, besides the server's own, that may
	// open a socket.
	Origins []string

	// Drain, when closed, sends sockets and streams to another server.
	Drain <-chan struct{}
}

// maxTokens bounds the size of a document. It keeps validation, which is
// quadratic in places, near 100 ms.
const maxTokens = 2000

// New returns the handler of /graphql.
func New(service *incident.Service, o Options) http.Handler {
	root := &Resolver{service: service, viewer: o.Viewer}
	server := handler.New(generated.NewExecutableSchema(generated.Config{
		Schema:    servedSchema(),
		Resolvers: root,
	}))
	expires := func(ctx context.Context) (time.Time, bool) {
		if at := o.Viewer(ctx).ExpiresAt; at != nil {
			return *at, true
		}
		return time.Time{}, false
	}
	// gqlgen asks them in this order; HTTP answers what the others leave.
	server.AddTransport(transport.WebSocket{
		Init: o.SocketInit, ExpiresAt: expires, OriginPatterns: o.Origins, Drain: o.Drain,
	})
	server.AddTransport(transport.SSE{ExpiresAt: expires, Drain: o.Drain})
	server.AddTransport(transport.HTTP{})

	errs := presenter{viewer: o.Viewer}
	server.SetErrorPresenter(errs.present)
	server.SetRecoverFunc(errs.recovered)
	server.SetParserTokenLimit(maxTokens)
	server.SetQueryCache(newQueryCache())
	server.Use(extension.Introspection{})
	server.Use(enumCase{})
	server.Use(&operations{root: root, errors: errs, live: newLive(errs)})
	return server
}

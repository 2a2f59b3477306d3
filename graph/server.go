package graph

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"

	"tasktrail/auth"
	"tasktrail/graph/generated"
	"tasktrail/graph/transport"
	"tasktrail/incident"
)

// Options are what the API needs to know of its surroundings.
type Options struct {
	// Verify checks the token that a socket sends with connection_init.
	Verify auth.Verify

	// Origins lists the hosts of web pages, besides the server's own, that may
	// open a socket.
	Origins []string

	// Drain, when closed, sends sockets and streams to another server.
	Drain <-chan struct{}
}

// maxTokens bounds the size of a document. It keeps validation, which is
// quadratic in places, near 100 ms.
const maxTokens = 2000

// New returns the handler of /graphql. Who asks, it takes from the context, where
// [auth.Middleware] has put it.
func New(service *incident.Service, o Options) http.Handler {
	schema := servedSchema()
	root := &Resolver{service: service, viewer: auth.ViewerFrom}
	server := handler.New(generated.NewExecutableSchema(generated.Config{Schema: schema, Resolvers: root}))

	// gqlgen asks them in this order; HTTP answers what the others leave.
	server.AddTransport(transport.WebSocket{
		Init: auth.FromInit(o.Verify), ExpiresAt: auth.ExpiresAt, OriginPatterns: o.Origins, Drain: o.Drain,
	})
	server.AddTransport(transport.SSE{ExpiresAt: auth.ExpiresAt, Drain: o.Drain})
	server.AddTransport(transport.HTTP{})

	errs := presenter{viewer: root.viewer, service: service}
	server.SetErrorPresenter(errs.present)
	server.SetRecoverFunc(errs.recovered)
	server.SetParserTokenLimit(maxTokens)
	server.SetQueryCache(newQueryCache())
	server.Use(extension.Introspection{})
	server.Use(strictVariables{schema})
	server.Use(&operations{root: root, errors: errs, live: newLive(errs)})
	return server
}

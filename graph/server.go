package graph

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"

	"tasktrail/auth"
	"tasktrail/graph/generated"
	"tasktrail/graph/limit"
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

	// Limits bound each operation; what is 0 has its default.
	Limits limit.Limits

	// NoIntrospection hides the schema: __schema and __type are refused, and
	// errors do not suggest names.
	NoIntrospection bool

	// Drain, when closed, sends sockets and streams to another server.
	Drain <-chan struct{}
}

// New returns the handler of /graphql. Who asks, it takes from the context, where
// [auth.Middleware] has put it.
func New(service *incident.Service, o Options) http.Handler {
	limits := o.Limits.OrDefault()
	schema := servedSchema()
	root := &Resolver{service: service, viewer: auth.ViewerFrom}
	server := handler.New(generated.NewExecutableSchema(generated.Config{Schema: schema, Resolvers: root}))

	// gqlgen asks them in this order; HTTP answers what the others leave.
	server.AddTransport(transport.WebSocket{
		Init: auth.FromInit(o.Verify), ExpiresAt: auth.ExpiresAt, OriginPatterns: o.Origins, Drain: o.Drain,
		MaxMessage: limits.Message,
	})
	server.AddTransport(transport.SSE{ExpiresAt: auth.ExpiresAt, Drain: o.Drain, MaxBody: limits.Body})
	server.AddTransport(transport.HTTP{MaxBody: limits.Body})

	errs := presenter{viewer: root.viewer}
	server.SetErrorPresenter(errs.present)
	server.SetRecoverFunc(errs.recovered)
	server.SetQueryCache(guarded{})
	server.Use(extension.Introspection{}) // the guard refuses it where it is off
	server.Use(&operations{root: root, errors: errs, live: newLive(errs)})
	server.Use(newGuard(schema, limits, !o.NoIntrospection)) // behind all that change parameters
	server.Use(strictVariables{schema})
	return server
}

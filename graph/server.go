package graph

import (
	"net/http"
	"time"

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
	// Verify checks the token that a socket sends with connection_init, and those
	// of sockets and streams again every minute.
	Verify auth.Verify

	// Edge bounds what clients may do. Without a Timeout it is 10 s.
	Edge transport.Edge

	// WriteTimeout is how long one message of a socket or stream may take to be
	// written before the client is dropped. Zero: 10 s.
	WriteTimeout time.Duration

	// SocketOperations limits the operations at a time on one socket. Zero: 10.
	SocketOperations int

	// Limits bound each operation; what is 0 has its default.
	Limits limit.Limits

	// NoIntrospection hides the schema: __schema and __type are refused, and
	// errors do not suggest names.
	NoIntrospection bool

	// Drain, when closed, sends sockets and streams to another server.
	Drain <-chan struct{}

	// Unavailable reports whether an error says that the database is away or too
	// busy, so that clients may try again: they get UNAVAILABLE, not INTERNAL. Nil:
	// no error does.
	Unavailable func(error) bool

	// Persisted says which documents clients may name instead of sending them.
	Persisted Persisted
}

// defaultTimeout is how long an operation may take.
const defaultTimeout = 10 * time.Second

// New returns the handler of /graphql. Who asks, it takes from the context, where
// [auth.Middleware] has put it.
func New(service *incident.Service, o Options) http.Handler {
	limits := o.Limits.OrDefault()
	schema := servedSchema()
	if o.Edge.Timeout == 0 {
		o.Edge.Timeout = defaultTimeout
	}
	root := &Resolver{service: service, viewer: auth.ViewerFrom}
	server := handler.New(generated.NewExecutableSchema(generated.Config{Schema: schema, Resolvers: root}))

	// gqlgen asks them in this order; HTTP answers what the others leave.
	server.AddTransport(transport.WebSocket{
		Edge: o.Edge, WriteTimeout: o.WriteTimeout, MaxOperations: o.SocketOperations,
		Init: login(o.Verify), ExpiresAt: auth.ExpiresAt, Recheck: o.Verify.Recheck, Drain: o.Drain,
		MaxMessage: limits.Message,
	})
	server.AddTransport(transport.SSE{Edge: o.Edge, WriteTimeout: o.WriteTimeout, ExpiresAt: auth.ExpiresAt, Recheck: o.Verify.Recheck, Drain: o.Drain, MaxBody: limits.Body})
	server.AddTransport(transport.HTTP{Edge: o.Edge, MaxBody: limits.Body})

	errs := presenter{viewer: root.viewer, service: service, timeout: o.Edge.Timeout, unavailable: o.Unavailable}
	server.SetErrorPresenter(errs.present)
	server.SetRecoverFunc(errs.recovered)
	server.SetQueryCache(guarded{})
	server.Use(extension.Introspection{}) // the guard refuses it where it is off
	server.Use(&operations{root: root, errors: errs, live: newLive(errs)})
	server.Use(newPersisted(o.Persisted, root.viewer))       // inside of what refuses operations: it keeps what others let pass
	server.Use(newGuard(schema, limits, !o.NoIntrospection)) // behind all that change parameters
	server.Use(strictVariables{schema})
	return server
}

// Package graph is the GraphQL API: it translates between GraphQL and the
// domain and holds no rule of its own.
//
//	server.go     wires everything; the only file that knows who asks
//	operation.go  what happens around every operation: admission, loaders
//	guard.go      holds documents against the limits, see graph/limit
//	live.go       subscriptions: one event is rendered once for all who asked
//	error.go      the one place that turns errors into answers
//	loader.go     reads what a page needs in a few statements; see loaders.go
//	query.go, mutation.go, subscription.go and a file a type: resolvers
//
// A resolver takes the viewer, makes one call and returns. graph/generated is
// written by gqlgen from schema.graphqls (see generate.go) and never by hand;
// graph/model has the types that both need; graph/transport carries operations
// over HTTP, server-sent events and WebSocket; graph/limit measures documents.
package graph

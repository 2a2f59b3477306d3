// Package transport carries GraphQL operations over HTTP, Server-Sent Events
// and WebSocket. Each of the three is a graphql.Transport for gqlgen:
//
//   - HTTP follows the GraphQL-over-HTTP specification (POST and GET).
//   - SSE follows the "distinct connections" mode of the GraphQL over
//     Server-Sent Events protocol, and can be used with a browser's EventSource.
//   - WebSocket follows the graphql-transport-ws protocol.
//
// Register them in the order WebSocket, SSE, HTTP: gqlgen takes the first that
// supports a request, and HTTP answers whatever the other two leave, so that a
// wrong method or media type gets 405 or 415 instead of a general refusal.
//
// gqlgen's own transports are not used because they echo request bodies in
// errors, have no write deadlines, and use status and close codes that the
// specifications do not allow.
//
// # Request errors
//
// A response with errors and without a data entry is a request error: the
// operation was refused before it ran. It ends a stream on every transport.
//
// # Resume cursor
//
// A subscription resolver may register the response extension CursorExtension.
// The transports take it out of every response; SSE sends it as the event id,
// which clients give back in the Last-Event-ID header, see LastEventID.
package transport

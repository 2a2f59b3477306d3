package transport_test

import (
	"testing"

	"tasktrail/graph/transport"
)

// What clients say that they accept (Apollo and urql were watched, the others are
// as documented), and what each gets for a query and for a subscription by POST.
func TestAcceptOfRealClients(t *testing.T) {
	const none = "" // no stream: an error that says how to get one
	for _, c := range []struct{ client, accept, query, subscription string }{
		{"none", "", jsonType, none},
		{"curl, HTTPie, Python requests and httpx, fetch, Apollo Client 3", "*/*", jsonType, none},
		{"Apollo Client 4", "application/graphql-response+json,application/json;q=0.9", graphqlType, none},
		{"Apollo Client, deferred", "multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9", graphqlType, none},
		{"Apollo Client, subscription", "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9", graphqlType, none},
		{"Apollo Client 3, subscription", "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json", jsonType, none},
		{"Apollo Kotlin", "multipart/mixed;deferSpec=20220824, application/graphql-response+json, application/json", graphqlType, none},
		{"Apollo iOS", "multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json", graphqlType, none},
		{"urql", "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed", graphqlType, eventStream},
		{"urql, subscription", "text/event-stream, multipart/mixed", eventStream, eventStream},
		{"Relay's network layer as documented", "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", graphqlType, none},
		{"graphql-request", "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", graphqlType, none},
		{"graphql-http client", "application/graphql-response+json, application/json", graphqlType, none},
		{"graphql-sse", "text/event-stream", eventStream, eventStream},
		{"EventSource", "text/event-stream", eventStream, eventStream},
		{"GraphiQL", "application/json, multipart/mixed", jsonType, none},
		{"GraphQL Tools' URL loader", "application/graphql-response+json, application/json, multipart/mixed, text/event-stream", graphqlType, eventStream},
		{"axios, Python gql", "application/json, text/plain, */*", jsonType, none},
		{"Strawberry Shake", "application/graphql-response+json, multipart/mixed, application/json, text/event-stream", graphqlType, eventStream},
		{"Postman, Insomnia, node-fetch", "*/*", jsonType, none},
		{"a browser's address bar", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", jsonType, none},
		{"a stream liked less", "application/json, text/event-stream;q=0.5", jsonType, eventStream},
		{"a stream liked better", "application/json;q=0.5, text/event-stream", eventStream, eventStream},
		{"a stream refused", "application/json, text/event-stream;q=0", jsonType, none},
	} {
		server := newServer(t, newExec(stub{}), transport.WebSocket{}, transport.SSE{}, transport.HTTP{})
		t.Run(c.client, func(t *testing.T) {
			for _, body := range []string{queryName, `{"query":"mutation { name }"}`} {
				httpCase{body: body, header: accept(c.accept), status: 200, wantType: c.query, contains: []string{`"name":"test"`}}.run(t, server)
			}
			if c.subscription != none {
				httpCase{body: subscribe, header: accept(c.accept), status: 200, wantType: c.subscription, contains: []string{`"tick":2`, completed}}.run(t, server)
				return
			}
			refused := httpCase{body: subscribe, header: accept(c.accept), status: 200, wantType: c.query, contains: []string{"subscriptions need a stream: send Accept: text/event-stream"}}
			if c.query == graphqlType {
				refused.status = 400
			}
			refused.run(t, server)
		})
	}
}

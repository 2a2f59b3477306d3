package graph_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"tasktrail/graph/transport"
)

// Requests for each way to fail.
var (
	invalid       = document(`{ f8f31403dfe404bccbb0e835f2629c6a7 }`)
	twoOperations = document(`query A { __typename } query B { __typename }`)
	uncoercible   = post(`{"query":"query CoerceFailure($id: ID!) { task(id: $id) { id } }","variables":{"id":null}}`)
	partial       = document(`{ a: incident { id } viewer { roles } }`)
	dataNull      = document(`{ incidents(first: 0) { totalCount } }`)
)

// Why the status of a refused document differs from the newest draft.
const (
	why400 = "400, as earlier drafts and the public audits (74FF, 86EE, 423L) have it; both say that the request is at fault, and clients read the errors, not the status"
	why200 = "200, as the public audits have it (572B, FDE2, 7B9B): clients that do not know the newer type read the errors of a document only then. What is no well-formed request, or lacks a login, has its 4xx all the same"
	why294 = "200: 294 is in no registry, proxies and caches do not know it, and clients do not read it"
)

func server500(t *testing.T, _ *edge) {
	e := serveStub(t, crashes, transport.HTTP{})
	for _, mediaType := range []string{asJSON, asGraphQL} {
		document(`{ name }`, "Accept", mediaType).gets(500, mediaType, "INTERNAL", `!"data"`)(t, e)
	}
}

// limited serves with limits of the HTTP server itself.
func limited(c check) check {
	return func(t *testing.T, _ *edge) {
		t.Helper()
		plain := serveStub(t, answers(`{"name":"x"}`), transport.HTTP{})
		s := httptest.NewUnstartedServer(plain.Config.Handler)
		s.Config.MaxHeaderBytes, s.Config.ReadTimeout = 1<<10, 200*time.Millisecond
		s.Start()
		t.Cleanup(s.Close)
		c(t, &edge{server: &server{Server: s}})
	}
}

// slowBody never sends all of it.
func slowBody(t *testing.T, e *edge) {
	w := e.wire(t)
	w.say("POST / HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
	if r, body := w.answer(); r.StatusCode != 408 || !strings.Contains(body, "too long to arrive") {
		t.Errorf("got %d: %s", r.StatusCode, body)
	}
}

// methods checks that others than GET and POST are refused, HEAD without a body.
func methods(t *testing.T, e *edge) {
	for _, method := range []string{"PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "BREW"} {
		both(document(typename).by(method), 405, 405, "@Allow: GET, POST")(t, e)
	}
	if _, _, text := e.alice.request(t, http.MethodHead, "?query=%7B__typename%7D", ""); text != "" {
		t.Errorf("HEAD has a body: %s", text)
	}
}

var httpStatus = []statement{
	{"data-200", "SHOULD", "Status Codes", "A response with data and without errors has status 200.", "", both(document(`{ viewer { roles } }`), 200, 200, `{"data":{"viewer":{"roles":["RESPONDER"]}}}`, `!"errors"`)},
	{"data-2xx", "MUST", "Status Codes", "A response with data that is not null has a status of 2xx.", "", both(partial, 200, 200, `"data":{"a":null,"viewer":{"roles":["RESPONDER"]}}`, `"errors":[{`, `"path":["a"]`)},
	{"data-294", "SHOULD", "Status Codes", "A response with both data and errors has status 294.", why294, both(partial, 200, 200)},
	{"data-null", "SHOULD", "Status Codes", "An error of a field, even if the data becomes null, is no error of the request.", "", both(dataNull, 200, 200, `"data":null`, `"path":["incidents"]`)},
	{"no-data-4xx", "MUST", "Status Codes", "A response without data has a status of 4xx or 5xx (application/graphql-response+json).", "", func(t *testing.T, e *edge) {
		for _, a := range []ask{invalid, twoOperations, uncoercible, document("{"), document(`subscription { auditEvents { position } }`)} {
			a.with("Accept", asGraphQL).gets(400, asGraphQL, `"errors":[{"message":`, `!"data"`)(t, e)
		}
	}},
	{"no-data-json", "SHOULD", "Body", "The same holds for clients that only know application/json.", why200, func(t *testing.T, e *edge) {
		for _, a := range []ask{invalid, twoOperations, uncoercible, document("{")} {
			a.with("Accept", asJSON).gets(200, asJSON, `"errors":[{"message":`, `!"data"`)(t, e)
		}
	}},
	{"572B", "SHOULD", "public audits", "A document that cannot be parsed has status 200 as application/json.", "", document("{", "Accept", asJSON).gets(200, asJSON)},
	{"FDE2", "SHOULD", "public audits", "A document that is not valid has status 200 as application/json.", "", invalid.with("Accept", asJSON).gets(200, asJSON)},
	{"7B9B", "SHOULD", "public audits", "Variables that cannot be coerced have status 200 as application/json.", "", uncoercible.with("Accept", asJSON).gets(200, asJSON)},
	{"556A", "SHOULD", "Status Codes", "A document that cannot be parsed has status 400.", "", document("{", "Accept", asGraphQL).gets(400, asGraphQL)},
	{"D586", "MUST", "GraphQL, 7.1", "It has no data, not even null.", "", both(document("{"), 200, 400, `!"data"`)},
	{"validation-422", "SHOULD", "Status Codes", "A document that is not valid has status 422.", why400, invalid.with("Accept", asGraphQL).gets(400, asGraphQL)},
	{"74FF", "SHOULD", "public audits", "A document that is not valid has status 400.", "", invalid.with("Accept", asGraphQL).gets(400, asGraphQL)},
	{"5E5B", "MUST", "GraphQL, 7.1", "It has no data, not even null, and is not executed.", "", all(both(invalid, 200, 400, `!"data"`),
		both(document(`mutation { createIncident(input: {title: "not valid", severity: LOW}) { replayed nonsense } }`), 200, 400), unchanged("not valid"))},
	{"operation-422", "SHOULD", "Status Codes", "An operation that cannot be determined has status 422.", why400, twoOperations.with("Accept", asGraphQL).gets(400, asGraphQL)},
	{"operation-none", "SHOULD", "Status Codes", "Nothing is executed if the operation cannot be determined.", "", all(
		both(post(`{"query":"query A { __typename }","operationName":"B"}`), 200, 400, `!"data"`),
		both(document(`fragment F on Query { __typename }`), 200, 400, `!"data"`),
	)},
	{"coercion-422", "SHOULD", "Status Codes", "Variables that cannot be coerced have status 422.", why400, uncoercible.with("Accept", asGraphQL).gets(400, asGraphQL)},
	{"86EE", "SHOULD", "public audits", "Variables that cannot be coerced have status 400.", "", uncoercible.with("Accept", asGraphQL).gets(400, asGraphQL, `!"data"`)},
	{"parameters-422", "SHOULD", "Status Codes", "A request that is not well-formed has status 422.", why400, both(post(`{"qeury":"{ __typename }"}`), 400, 400)},
	{"methods", "SHOULD", "Status Codes", "Methods other than POST and GET have status 405, with Allow.", "", methods},
	{"408", "SHOULD", "Status Codes", "A body that takes too long has status 408.", "", limited(slowBody)},
	{"413", "SHOULD", "Status Codes", "A body that is too large has status 413; the limit is told.", "", all(
		both(post(`{"query":"`+strings.Repeat(" ", 128<<10)+`"}`), 413, 413, "limit of 131072 bytes"),
		both(post(`{"query":"{ __typename }`+strings.Repeat(" ", 128<<10-len(typenameBody))+`"}`), 200, 200, typenameData),
	)},
	{"414", "SHOULD", "Status Codes", "An address that is too long has status 414; the limit is told.", "", all(
		rawGet("?query=%7B__typename%7D"+strings.Repeat("+", 16<<10)).gets(414, asJSON, "limit of 16384 bytes", "POST"),
		rawGet("?query=%7B__typename%7D"+strings.Repeat("+", 16<<10-len("query=%7B__typename%7D"))).gets(200, asJSON, typenameData),
	)},
	{"431", "SHOULD", "Status Codes", "Headers that are too large have status 431.", "", limited(raw("GET / HTTP/1.1\r\nHost: test\r\nX: "+strings.Repeat("x", 8<<10)+"\r\n\r\n", 431, true))},
	{"401", "SHOULD", "Status Codes", "Whoever may not ask gets 401, with WWW-Authenticate.", "", all(
		anonymous(both(document(`{ viewer { roles } }`), 401, 401, "UNAUTHENTICATED", "@Www-Authenticate: Bearer", `!"data"`)),
		both(document(`{ viewer { roles } }`, "Authorization", "Bearer "+secret), 401, 401, "UNAUTHENTICATED"),
		both(document(`{ viewer { roles } }`, "Authorization", ""), 401, 401, "UNAUTHENTICATED"),
		both(document(`{ viewer { roles } }`, "Authorization", "Bearer x:RESPONDER:hunter2"), 401, 401, "UNAUTHENTICATED"),
	)},
	{"forbidden-field", "SHOULD", "URL", "What a client may do is decided in the schema, so that the rest is answered.", "", both(
		document(`mutation { createIncident(input: {title: "forbidden", severity: LOW}) { replayed } }`, "Authorization", "Bearer bob:READER"), 200, 200, `"code":"FORBIDDEN"`, `"path":["createIncident"]`, `"data":null`)},
	{"500", "SHOULD", "Status Codes", "A fault of the server has a status of 5xx, and says nothing of the fault.", "", server500},
	{"503", "SHOULD", "Status Codes", "An operation that was stopped before it had a result has status 503.", "", onStub(func(context.Context) *graphql.Response { return nil }, all(
		document(`{ name }`, "Accept", asGraphQL).gets(503, asGraphQL, `!"data"`), document(`{ name }`).gets(503, asJSON, `!"data"`)))},
	{"limit-tokens", "MAY", "Validation", "Documents over a limit are refused like those that are not valid.", "", both(document(`{`+strings.Repeat(` a: __typename`, 1000)+`}`), 200, 400, `"errors"`, `!"data"`)},
	{"limit-errors", "OURS", "Security", "A response has at most 20 errors, and one that says that there were more.", "", func(t *testing.T, e *edge) {
		_, _, text := e.alice.send(t, `{"query":"{ viewer {`+strings.Repeat(" nonsense", 100)+` } }"}`)
		if n := strings.Count(text, `"message"`); n != 21 || !strings.Contains(text, "ERRORS_OMITTED") {
			t.Errorf("%d errors", n)
		}
	}},
	{"subscription", "OURS", "Note: beyond the draft", "A subscription without a stream is refused with a way out, not cut after its first event.", "", both(
		document(`subscription { auditEvents(fromStart: true) { position } }`), 200, 400, "text/event-stream", "WebSocket", "BAD_USER_INPUT", `!"data"`)},
	{"errors-shape", "MUST", "GraphQL, 7.1.2", "Errors have a message, places in the document from 1, and a path only if a field is meant; what we add is in extensions.", "", all(
		both(invalid, 200, 400, `"locations":[{"line":1,"column":3}]`, `"extensions":{"code":"BAD_USER_INPUT"`, `!"path"`),
		both(partial, 200, 200, `"path":["a"]`, `"locations":[{"line":1,"column":3}]`),
	)},
	{"errors-first", "SHOULD", "GraphQL, 7.1", "Errors come before data.", "", both(partial, 200, 200)},                                                                  // wellFormed looks for it
	{"entries", "MUST", "GraphQL, 7.1", "A response has no entries but data, errors and extensions.", "", both(document(`{ viewer { roles } }`), 200, 200, `!"errors"`)}, // likewise
	{"fields-order", "MUST", "GraphQL, 6.3", "Fields are in the order of the document, under their aliases.", "", both(document(`{ z: __typename viewer { roles id: __typename } a: __typename }`), 200, 200, `{"data":{"z":"Query","viewer":{"roles":["RESPONDER"],"id":"Viewer"},"a":"Query"}}`)},
}

package graph_test

import (
	"slices"
	"strings"
	"testing"
)

// overHTTP is GraphQL over HTTP: the draft of August 2026, and the public audits.
var overHTTP = standard{
	title:      "GraphQL over HTTP",
	source:     "[Draft](https://graphql.github.io/graphql-over-http/draft/) of August 2026, with what RFC 9110 and RFC 9112 say of the same.",
	statements: slices.Concat(httpMedia, httpParameters, httpGet, httpPost, httpStatus, httpWire),
}

func TestGraphQLOverHTTP(t *testing.T) { overHTTP.run(t) }

const typename = `{ __typename }`

// both makes the same check for both media types, each with its status.
func both(a ask, asJSONStatus, asGraphQLStatus int, has ...string) check {
	return all(
		a.with("Accept", asJSON).gets(asJSONStatus, asJSON, has...),
		a.with("Accept", asGraphQL).gets(asGraphQLStatus, asGraphQL, has...),
	)
}

// accepts checks which media type an Accept header gets, "" for none.
func accepts(pairs ...string) check {
	var checks []check
	for n := 0; n < len(pairs); n += 2 {
		a := document(typename, "Accept", pairs[n])
		switch pairs[n+1] {
		case "":
			checks = append(checks, a.gets(406, asJSON, asGraphQL, asJSON))
		case asStream:
			checks = append(checks, a.gets(200, asStream, "event: next\ndata: "+typenameData+"\n\n"))
		default:
			checks = append(checks, a.gets(200, pairs[n+1], typenameData))
		}
	}
	return all(checks...)
}

// headerLines are two Accept headers, which count as one.
func headerLines(t *testing.T, e *edge) {
	w := e.wire(t)
	w.say(e.head("1.1", "Content-Type: application/json", "Accept: text/html", "Accept: application/graphql-response+json", strings.TrimSpace(length(typenameBody))) + typenameBody)
	if r, body := w.answer(); r.StatusCode != 200 || r.Header.Get("Content-Type") != asGraphQL+"; charset=utf-8" {
		t.Errorf("got %d, %s: %s", r.StatusCode, r.Header.Get("Content-Type"), body)
	}
}

var httpMedia = []statement{
	{"82A3", "MUST", "Serialization Format", "Responses are JSON in UTF-8.", "", all(
		document(`mutation { createIncident(input: {title: "Zoë 🏃", severity: LOW}) { incident { title } } }`).gets(200, asJSON, `"title":"Zoë 🏃"`),
		document(`{ actors(search: "🏊", kind: ROBOT🏊) { totalCount } }`).gets(200, asJSON),
	)},
	{"BF61", "MUST", "Media Types", "A request may say that it is in UTF-8.", "", all(
		post(`{"query":"{ __type(name: \"Run🏃Swim🏊\") { name } }"}`, "Content-Type", "application/json; charset=utf-8").gets(200, asJSON, `{"data":{"__type":null}}`),
		post(typenameBody, "Content-Type", `application/json;charset="UTF-8"`).gets(200, asJSON, typenameData),
	)},
	{
		"78D5", "MUST", "Media Types", "A request that names no encoding is in UTF-8.", "",
		post(`{"query":"query($t: String!) { incidents(filter: {search: $t}) { totalCount } }","variables":{"t":"Zoë"}}`).gets(200, asJSON, `"totalCount":1`),
	},
	{"charset-other", "OURS", "Media Types", "A request that names another encoding than UTF-8 is refused with 415.", "", all(
		post(typenameBody, "Content-Type", "application/json; charset=latin1").gets(415, asJSON, "UTF-8"),
		post(typenameBody, "Content-Type", "application/json; charset=utf-16").gets(415, asJSON, "UTF-8"),
	)},
	{"22EB", "MUST", "Body", "Responses can be application/graphql-response+json, and then say so.", "", accepts(asGraphQL, asGraphQL)},
	{"4655", "MUST", "Accept", "Responses can be application/json, and then say so.", "", accepts(asJSON, asJSON)},
	{"47DE", "SHOULD", "Accept", "Whoever accepts everything gets application/json.", "", accepts("*/*", asJSON, "application/*", asJSON, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", asJSON)},
	{"80D8", "SHOULD", "Accept", "Without Accept the response is application/json.", "", document(typename).gets(200, asJSON, typenameData)},
	{"accept-quality", "MUST", "Body", "The type with the highest quality is used.", "", accepts(
		asGraphQL+", application/json;q=0.9", asGraphQL,
		asGraphQL+";q=0.9, application/json", asJSON,
		"application/json;q=0.2, application/graphql-response+json;q=0.201", asGraphQL,
		"text/event-stream;q=0.1, application/json;q=0.5", asJSON,
		"text/event-stream;q=0.5, application/json;q=0.1", asStream,
		"application/json;q=0.5, */*", asGraphQL,
		"*/*;q=0.1, application/json;q=0.05", asGraphQL,
	)},
	{"accept-order", "SHOULD", "Body", "Among types of the same quality the first named is used.", "", accepts(
		asGraphQL+", "+asJSON, asGraphQL,
		asJSON+", "+asGraphQL, asJSON,
		asJSON+", text/event-stream", asJSON,
		"text/event-stream, "+asJSON, asStream,
		asGraphQL+", */*", asGraphQL,
		`multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json`, asJSON,
	)},
	{"accept-refused", "MUST", "RFC 9110, 12.4.2", "A type with quality 0 is not used.", "", accepts(
		"application/json;q=0", "", "application/json;q=0, */*", asGraphQL, "*/*;q=0", "", "application/graphql-response+json;q=0.0, application/*", asJSON,
		"text/event-stream;q=0, */*", asJSON, "text/event-stream;q=0", "",
	)},
	{"accept-writing", "MUST", "RFC 9110, 8.3.1", "Types are compared without regard to case and parameters; several headers count as one list.", "", all(
		accepts("Application/JSON", asJSON, "APPLICATION/GRAPHQL-RESPONSE+JSON;charset=UTF-8;Q=1", asGraphQL, " , application/json ,", asJSON, "application/json; charset=utf-8", asJSON),
		headerLines,
	)},
	{"accept-none", "SHOULD", "Body", "If nothing that is accepted can be served, the answer is 406.", "", accepts(
		"text/html", "", "image/png, text/plain", "", "multipart/mixed", "", "application/xml;q=0.9", "", "application/jsonx", "", ";;;", "", "application/json;q=two", "", "application/json;q=7", "",
	)},
	{"accept-none-unread", "MUST", "Body", "After 406 the request is not processed.", "", all(
		document(`mutation { createIncident(input: {title: "not acceptable", severity: LOW}) { replayed } }`, "Accept", "text/html").gets(406, asJSON),
		document(`{ incidents(filter: {search: "not acceptable"}) { totalCount } }`).gets(200, asJSON, `"totalCount":0`),
	)},
	{"content-type-charset", "SHOULD", "Body", "The response names its encoding.", "", accepts(asGraphQL, asGraphQL, asJSON, asJSON)}, // gets looks for it
	{"refusals-negotiated", "MUST", "Body", "Refusals keep to the accepted type as well: those of the token, of the request and of the document.", "", all(
		both(document(typename, "Authorization", "Bearer "+secret), 401, 401),
		both(post(`{`), 400, 400),
		both(document(typename).by("PUT"), 405, 405),
		both(post(typenameBody, "Content-Type", "text/plain"), 415, 415),
	)},
}

// wrong are values of JSON that are no string and no object, and one that is
// neither by what it is to be.
func wrong(name, message string, values ...string) check {
	var checks []check
	for _, v := range values {
		body := `{"query":"{ __typename }","` + name + `":` + v + `}`
		if name == "query" {
			body = `{"query":` + v + `}`
		}
		checks = append(checks, both(post(body), 400, 400, message, "BAD_USER_INPUT", `!"data"`))
	}
	return all(checks...)
}

// fine checks that members beside the query change nothing.
func fine(members ...string) check {
	var checks []check
	for _, m := range members {
		checks = append(checks, both(post(`{"query":"query Query { __typename }",`+m+`}`), 200, 200, typenameData))
	}
	return all(checks...)
}

const typeQuery = `query Type($name: String!) { __type(name: $name) { name } }`

var httpParameters = []statement{
	{"13EE", "MUST", "Request Parameters", "The query is a string.", "", both(document(typename), 200, 200, typenameData)},
	{"423L", "MAY", "Request Parameters", "A request without a query is refused with 400.", "", all(
		both(post(`{"notquery":"{ __typename }"}`), 400, 400, "query is missing"),
		both(post(`{"qeury":"{ __typename }"}`), 400, 400, "query is missing"),
		both(post(`{"QUERY":"{ __typename }"}`), 400, 400, "query is missing"),
		both(post(`{"query":null}`), 400, 400, "query is missing"),
		both(post(`{}`), 400, 400, "query is missing"),
	)},
	{
		"LKJ0-3", "MAY", "Request Parameters", "A query that is no string is refused with 400.", "",
		wrong("query", "query must be a string", `{"obj":"hunter2"}`, `0`, `false`, `["hunter2"]`),
	},
	{"query-any-text", "MUST", "Request Parameters", "Any string is a well-formed query, also one that is empty or no GraphQL.", "", all(
		both(document(""), 200, 400, "BAD_USER_INPUT", `!"data"`),
		both(document("{"), 200, 400, "BAD_USER_INPUT", `!"data"`),
		both(document(" # nothing but a comment"), 200, 400, "BAD_USER_INPUT", `!"data"`),
	)},
	{"query-bom", "MUST", "GraphQL, 2.1.1", "A byte order mark in the query is ignored.", "", both(document("\ufeff{ __typename }"), 200, 200, typenameData)},
	{"B8B3", "MUST", "Request Parameters", "The operation name is a string, and selects the operation.", "", all(
		fine(`"operationName":"Query"`),
		both(post(`{"query":"query A { __typename } query B { b: __typename }","operationName":"B"}`), 200, 200, `{"data":{"b":"Query"}}`),
	)},
	{
		"6C00-3", "MAY", "Request Parameters", "An operation name that is no string is refused with 400.", "",
		wrong("operationName", "operationName must be a string", `{"obj":"hunter2"}`, `0`, `false`, `["hunter2"]`),
	},
	{
		"28B9", "MUST", "Request Parameters", "The variables are an object.", "",
		both(post(`{"query":"`+typeQuery+`","variables":{"name":"Task"}}`), 200, 200, `{"data":{"__type":{"name":"Task"}}}`),
	},
	{
		"4760-3", "MAY", "Request Parameters", "Variables that are no object are refused with 400.", "",
		wrong("variables", "variables must be a JSON object", `"hunter2"`, `0`, `false`, `["hunter2"]`),
	},
	{"variables-scalars", "MUST", "GraphQL, 3.5", "Values that are none of their scalar are errors of the request: an Int beyond 32 bits or with a fraction, a DateTime without zone, a number for a String.", "", all(
		both(post(`{"query":"query($n: Int) { incidents(first: $n) { totalCount } }","variables":{"n":2147483648}}`), 200, 400, `"message":"$n: an Int must be a whole number from -2147483648 to 2147483647"`, `!"data"`),
		both(post(`{"query":"query($n: Int) { incidents(first: $n) { totalCount } }","variables":{"n":1.5}}`), 200, 400, `!"data"`),
		both(post(`{"query":"query($n: Int) { incidents(first: $n) { totalCount } }","variables":{"n":"1"}}`), 200, 400, `!"data"`),
		both(post(`{"query":"query($f: AuditEventFilter) { auditEvents(filter: $f) { totalCount } }","variables":{"f":{"since":"2026-01-01T00:00:00"}}}`), 200, 400, `"message":"$f.since: a DateTime must be`, `!"data"`),
		both(post(`{"query":"query($s: String) { actors(search: $s) { totalCount } }","variables":{"s":7}}`), 200, 400, `"message":"$s: a String must be text"`, `!"data"`),
		both(post(`{"query":"query($i: ID!) { task(id: $i) { id } }","variables":{"i":7.5}}`), 200, 400, `!"data"`),
		both(post(`{"query":"query($i: ID!) { task(id: $i) { id } }","variables":{"i":7}}`), 200, 200, `"data":{"task":null}`, `!"errors"`),
	)},
	{"1B7A", "MUST", "Request Parameters", "The extensions are an object.", "", fine(`"extensions":{"some":"value"}`, `"extensions":{}`)},
	{
		"58B0-3", "MAY", "Request Parameters", "Extensions that are no object are refused with 400.", "",
		wrong("extensions", "extensions must be a JSON object", `"hunter2"`, `0`, `false`, `["hunter2"]`),
	},
	{
		"0220-2", "MUST", "JSON Encoding", "A parameter that is null counts as not given.", "",
		fine(`"variables":null`, `"operationName":null`, `"extensions":null`, `"variables":null,"operationName":null,"extensions":null`),
	},
	{
		"unknown-ignored", "MUST", "JSON Encoding", "Parameters that are not known are ignored.", "",
		fine(`"documentIdentifier":"hunter2"`, `"future":{"a":[1]}`, `"":null`, `"Variables":["hunter2"]`, `"operationname":7`),
	},
	{"duplicate-names", "OURS", "JSON Encoding", "A name that is given twice is refused: a proxy could have read the other value.", "", all(
		both(post(`{"query":"{ __typename }","query":"{ hunter2 }"}`), 400, 400, "more than once"),
		both(post(`{"query":"{ hunter2 }","\u0071uery":"{ __typename }"}`), 400, 400, "more than once"),
		both(post(`{"query":"`+typeQuery+`","variables":{"name":"Task","name":"hunter2"}}`), 400, 400, "variables has a name", "more than once"),
	)},
}

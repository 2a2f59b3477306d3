package graph_test

import (
	"strings"
	"testing"
)

// unchanged checks that no incident has the title.
func unchanged(title string) check {
	return document(`{ incidents(filter: {search: "`+title+`"}) { totalCount } }`).gets(200, asJSON, `"totalCount":0`)
}

const makeByGet = `mutation M { createIncident(input: {title: "made by GET", severity: LOW}) { replayed } }`

// rawGet asks by GET with a query string as it is.
func rawGet(query string) ask {
	return ask{"GET", query, "", []string{"GraphQL-Require-Preflight", "1"}}
}

var httpGet = []statement{
	{"5A70", "MAY", "GET", "Queries can be asked by GET.", "", all(
		both(get([]string{"query", typename}), 200, 200, typenameData),
		rawGet("?query=query+A+%7B%0A__typename%7D&operationName=A").gets(200, asJSON, typenameData),
	)},
	{"6A70", "MUST", "GET", "Variables and extensions are JSON within the address.", "", all(
		both(get([]string{"query", typeQuery, "variables", `{"name":"Task"}`, "extensions", `{"a":1}`}), 200, 200, `{"__type":{"name":"Task"}}`),
		both(get([]string{"query", `query($t: String!) { incidents(filter: {search: $t}) { totalCount } }`, "variables", `{"t":"Zoë 🏃 &+%"}`}), 200, 200, `"totalCount":0`),
	)},
	{"get-name", "MUST", "GET", "The operation name selects the operation.", "", both(get([]string{"query", `query A { __typename } query B { b: __typename }`, "operationName", "B"}), 200, 200, `{"data":{"b":"Query"}}`)},
	{"get-empty", "MUST", "GET", "Optional parameters that are empty count as not given.", "", both(get([]string{"query", typename, "operationName", "", "variables", "", "extensions", ""}), 200, 200, typenameData)},
	{"get-null-name", "MUST", "GET", "The operation name null is a name.", "", all(
		both(get([]string{"query", `query null { __typename } query b { b: __typename }`, "operationName", "null"}), 200, 200, typenameData),
		both(get([]string{"query", `query a { __typename }`, "operationName", "null"}), 200, 400, `!"data"`),
	)},
	{"get-wrong", "MAY", "Request Parameters", "Parameters that are not well-formed are refused with 400.", "", all(
		both(get([]string{"query", typename, "variables", `["hunter2"]`}), 400, 400, "variables must be a JSON object"),
		both(get([]string{"query", typename, "variables", `hunter2`}), 400, 400, "variables is not valid JSON"),
		both(get([]string{"query", typename, "extensions", `7`}), 400, 400, "extensions must be a JSON object"),
		both(get([]string{"qeury", typename}), 400, 400, "query is missing"),
		both(rawGet(""), 400, 400, "query is missing"),
		rawGet("?query=%7Bhunter2%zz").gets(400, asJSON, "URL encoding"),
		rawGet("?query=%7B%ff%7D").gets(400, asJSON, "UTF-8"),
	)},
	{"get-unknown", "MUST", "JSON Encoding", "Parameters that are not known are ignored.", "", both(get([]string{"query", typename, "token", secret, "documentIdentifier", "x"}), 200, 200, typenameData)},
	{"get-twice", "OURS", "GET", "A parameter that is given twice is refused.", "", all(
		both(get([]string{"query", typename, "query", "{ hunter2 }"}), 400, 400, "more than once"),
		both(get([]string{"query", typename, "operationName", "", "operationName", "A"}), 400, 400, "more than once"),
	)},
	{"9C48", "MUST", "GET", "No mutation runs by GET.", "", all(
		both(get([]string{"query", makeByGet}), 405, 405, "mutations need POST", "@Allow: POST"),
		get([]string{"query", makeByGet}, "Accept", asStream).gets(405, asJSON, "mutations need POST", "@Allow: POST"),
		both(get([]string{"query", "query Q { __typename } " + makeByGet, "operationName", "M"}), 405, 405, "@Allow: POST"),
		both(get([]string{"query", "query Q { __typename } " + makeByGet, "operationName", "Q"}), 200, 200, typenameData),
		unchanged("made by GET"),
	)},
	{"get-body", "MUST", "GET", "A GET request has its parameters in the address, a POST request in its body.", "", all(
		ask{"GET", "", typenameBody, []string{"Content-Type", asJSON}}.gets(400, asJSON, "query is missing"),
		ask{"POST", "?query=%7Bhunter2%7D&operationName=hunter2", typenameBody, []string{"Content-Type", asJSON}}.gets(200, asJSON, typenameData),
	)},
	{"get-guard", "OURS", "Security", "GET works only with a header that a page of another site cannot send unasked.", "", all(
		ask{"GET", "?query=%7B__typename%7D", "", nil}.gets(400, asJSON, "cross-site"),
		ask{"GET", "?query=%7B__typename%7D", "", []string{"Sec-Fetch-Site", "cross-site"}}.gets(400, asJSON, "cross-site"),
		ask{"GET", "?query=%7B__typename%7D", "", []string{"Sec-Fetch-Site", "same-site"}}.gets(400, asJSON, "cross-site"),
		ask{"GET", "?query=%7B__typename%7D", "", []string{"Content-Type", "text/plain"}}.gets(400, asJSON, "cross-site"),
		ask{"GET", "?query=%7B__typename%7D", "", []string{"Sec-Fetch-Site", "same-origin"}}.gets(200, asJSON, typenameData),
		ask{"GET", "?query=%7B__typename%7D", "", []string{"Content-Type", asJSON}}.gets(200, asJSON, typenameData),
		ask{"GET", "?query=%7B__typename%7D", "", []string{"Sec-Fetch-Site", "none"}}.gets(200, asJSON, typenameData),
		ask{"GET", "?query=%7B__typename%7D", "", []string{"Apollo-Require-Preflight", "true"}}.gets(200, asJSON, typenameData),
		ask{"GET", "?query=%7B__typename%7D", "", []string{"X-Apollo-Operation-Name", "x"}}.gets(200, asJSON, typenameData),
	)},
}

var httpPost = []statement{
	{"03D4", "MUST", "POST", "POST with a JSON body is accepted.", "", both(document(typename), 200, 200, typenameData)},
	{"9ABE", "SHOULD", "POST", "A body without Content-Type is refused with 4xx.", "", both(ask{"POST", "", typenameBody, nil}, 415, 415, "Content-Type must be application/json")},
	{"content-types", "SHOULD", "Status Codes", "Content types other than application/json are refused with 415.", "", func(t *testing.T, e *edge) {
		for _, other := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql", asGraphQL, "application/jsonx", "application/json, text/plain", "application/*", "json", ";"} {
			post(typenameBody, "Content-Type", other).gets(415, asJSON, "Content-Type must be application/json", `!"data"`)(t, e)
		}
		post(typenameBody, "Content-Type", "Application/JSON ; odata=verbose").gets(200, asJSON, typenameData)(t, e)
	}},
	{"content-encoding", "SHOULD", "RFC 9110, 8.4", "A body in a coding that is not supported is refused with 415.", "", all(
		post(typenameBody, "Content-Encoding", "br").gets(415, asJSON),
		post(typenameBody, "Content-Encoding", "identity").gets(200, asJSON, typenameData),
	)},
	{"A5BF", "MAY", "POST", "POST without a body is refused with 400.", "", all(both(post(""), 400, 400, "request body is empty"), both(post(" \n"), 400, 400, "request body is empty"))},
	{"BCF8", "SHOULD", "Status Codes", "A body that is no JSON is refused with 400.", "", func(t *testing.T, e *edge) {
		for _, body := range []string{
			`{ "not a JSON`, `hunter2`, `{"query":"{ __typename }"} hunter2`, `{"query":"{ __typename }"}{}`, `{"query":"{ __typename }",}`, `{'query':'hunter2'}`, `{query:"hunter2"}`,
			`{"query":"{ __typename }"/* hunter2 */}`, `{"query":NaN}`, `{"query":"a` + "\n" + `b"}`, `{"query":"\x"}`, strings.Repeat("[", 60_000), `{"query":"{ __typename }","variables":{"a":01}}`,
		} {
			both(post(body), 400, 400, "not valid JSON", `!"data"`)(t, e)
		}
	}},
	{"json-text", "MUST", "RFC 8259, 8", "A body is UTF-8 without byte order mark; half of a surrogate pair is no character.", "", all(
		both(post("\ufeff"+typenameBody), 400, 400, "not valid JSON"),
		both(post("{\"query\":\"{ hunter2\xff }\"}"), 400, 400, "not valid UTF-8"),
		both(post("{\x00\"\x00q\x00"), 400, 400, "not valid JSON"),
		both(post("\xff\xfe{\x00\"\x00"), 400, 400, "not valid UTF-8"),
		both(post(`{"query":"`+typeQuery+`","variables":{"name":"\ud83c"}}`), 400, 400, "half of a surrogate pair"),
		both(post(`{"query":"`+typeQuery+`","variables":{"name":"\ud83c\udfc3"}}`), 200, 200, `{"__type":null}`),
	)},
	{"json-object", "MUST", "JSON Encoding", "A body is a JSON object.", "", all(
		both(post(`null`), 400, 400, "must be a JSON object"), both(post(`"hunter2"`), 400, 400, "must be a JSON object"),
		both(post(`7`), 400, 400, "must be a JSON object"), both(post(`true`), 400, 400, "must be a JSON object"),
	)},
	{"batching", "OURS", "JSON Encoding", "A list of requests is refused with 400.", "", all(both(post("["+typenameBody+"]"), 400, 400, "batches are not supported"), both(post(`[]`), 400, 400, "batches are not supported"))},
	{"no-echo", "OURS", "Security", "No answer repeats what was sent, apart from names of a document that it explains.", "", all(
		both(post(`{"query":"{ __typename }","variables":"hunter2"}`), 400, 400), both(post(`{"hunter2":`), 400, 400),
		both(post(`{"query":"query($n: Int) { incidents(first: $n) { totalCount } }","variables":{"n":"hunter2"}}`), 200, 400, `!"data"`),
		both(document(typename, "Authorization", "hunter2"), 401, 401), both(document(typename, "Content-Type", secret+"/x"), 415, 415),
	)},
}

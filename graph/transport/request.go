package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// DefaultMaxBody is the largest request body, in bytes, when no limit is set.
const DefaultMaxBody = 128 << 10

// maxQueryString is the longest query string of a GET request, in bytes. It has
// to stay well below what the server takes as headers, of which the address is
// part: those who are over that learn less.
const maxQueryString = 16 << 10

// requestError is a problem with the HTTP request itself. Its message is sent
// to the client, so it never contains text from the request.
type requestError struct {
	status  int
	message string
	allow   string // value of the Allow header, for status 405
	code    string // extensions.code; "": by the status
}

func (e *requestError) Error() string { return e.message }

func badRequest(format string, args ...any) *requestError {
	return &requestError{status: http.StatusBadRequest, message: fmt.Sprintf(format, args...)}
}

// readRequest reads the GraphQL parameters of a POST or GET request.
func readRequest(w http.ResponseWriter, r *http.Request, maxBody int64, origins Origins) (*graphql.RawParams, error) {
	if maxBody <= 0 {
		maxBody = DefaultMaxBody
	}
	start := graphql.Now()
	var params *graphql.RawParams
	var err error
	switch r.Method {
	case http.MethodPost:
		params, err = readPost(w, r, maxBody)
	case http.MethodGet:
		params, err = readGet(r, maxBody, origins)
	default:
		err = &requestError{
			status:  http.StatusMethodNotAllowed,
			message: "GraphQL requests use POST, or GET for queries",
			allow:   "GET, POST",
		}
	}
	if err != nil {
		return nil, err
	}
	params.Headers = r.Header
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	return params, nameDocument(params)
}

func readPost(w http.ResponseWriter, r *http.Request, maxBody int64) (*graphql.RawParams, error) {
	if err := checkContentType(r.Header); err != nil {
		return nil, err
	}
	tooLarge := &requestError{
		status:  http.StatusRequestEntityTooLarge,
		message: fmt.Sprintf("request body is larger than the limit of %d bytes", maxBody),
	}
	if r.ContentLength > maxBody {
		return nil, tooLarge // unread: a client that waits for 100 Continue need not send it
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		return nil, tooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &requestError{status: http.StatusRequestTimeout, message: "request body took too long to arrive"}
	case err != nil:
		return nil, badRequest("request body could not be read")
	}
	return parseParams(body, "request body")
}

func checkContentType(h http.Header) error {
	mediaType, mediaParams, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset := mediaParams["charset"]
	if err != nil || mediaType != mediaJSON || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
		return &requestError{
			status:  http.StatusUnsupportedMediaType,
			message: "Content-Type must be application/json in UTF-8",
		}
	}
	if enc := h.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return &requestError{
			status:  http.StatusUnsupportedMediaType,
			message: "compressed request bodies are not supported",
		}
	}
	return nil
}

func readGet(r *http.Request, maxBody int64, origins Origins) (*graphql.RawParams, error) {
	if err := checkPreflighted(r.Header, origins); err != nil {
		return nil, err
	}
	if limit := min(maxBody, maxQueryString); int64(len(r.URL.RawQuery)) > limit {
		return nil, &requestError{
			status:  http.StatusRequestURITooLong,
			message: fmt.Sprintf("query string is longer than the limit of %d bytes: use POST", limit),
		}
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("query string is not valid URL encoding")
	}
	for _, name := range []string{"query", "documentId", "operationName", "variables", "extensions"} {
		if len(values[name]) > 1 {
			return nil, badRequest("parameter %s is given more than once", name)
		}
	}
	params := &graphql.RawParams{
		Query:         values.Get("query"),
		OperationName: values.Get("operationName"),
	}
	if !utf8.ValidString(params.Query) {
		return nil, badRequest("query is not valid UTF-8")
	}
	if params.Variables, err = parseObject([]byte(values.Get("variables")), "variables"); err != nil {
		return nil, err
	}
	if params.Extensions, err = parseObject([]byte(values.Get("extensions")), "extensions"); err != nil {
		return nil, err
	}
	if id := values.Get("documentId"); id != "" {
		setDocumentID(params, id)
	}
	if !values.Has("query") && !namesDocument(params) {
		return nil, badRequest("query is missing")
	}
	return params, nil
}

// parseParams reads the parameters from a JSON object; what names the source
// in error messages. Unknown members are ignored, as the specification asks.
func parseParams(raw []byte, what string) (*graphql.RawParams, error) {
	members, err := parseMembers(raw, what)
	if err != nil {
		return nil, err
	}
	params := new(graphql.RawParams)
	if params.Query, err = parseString(members["query"], "query"); err != nil {
		return nil, err
	}
	if params.OperationName, err = parseString(members["operationName"], "operationName"); err != nil {
		return nil, err
	}
	if params.Variables, err = parseObject(members["variables"], "variables"); err != nil {
		return nil, err
	}
	if params.Extensions, err = parseObject(members["extensions"], "extensions"); err != nil {
		return nil, err
	}
	switch id, err := parseString(members["documentId"], "documentId"); {
	case err != nil:
		return nil, err
	case id != "":
		setDocumentID(params, id)
	}
	if query := members["query"]; (len(query) == 0 || string(query) == "null") && !namesDocument(params) {
		return nil, badRequest("query is missing")
	}
	return params, nil
}

// parseMembers splits a JSON object into its members. A map is used instead of
// a struct because encoding/json matches struct fields in any letter case.
func parseMembers(raw []byte, what string) (map[string]json.RawMessage, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return nil, badRequest("%s is empty", what)
	}
	if !utf8.Valid(raw) {
		return nil, badRequest("%s is not valid UTF-8", what)
	}
	if !json.Valid(raw) {
		var syntax *json.SyntaxError
		if errors.As(json.Unmarshal(raw, new(any)), &syntax) {
			// The error's own text quotes the request, so only the place is told.
			return nil, badRequest("%s is not valid JSON (at byte %d)", what, syntax.Offset)
		}
		return nil, badRequest("%s is not valid JSON", what)
	}
	if halfCharacter(raw) {
		return nil, badRequest("%s has half of a surrogate pair", what)
	}
	if raw[0] == '[' {
		return nil, badRequest("%s must be a JSON object; batches are not supported", what)
	}
	if raw[0] != '{' {
		return nil, badRequest("%s must be a JSON object", what)
	}
	return splitObject(raw, what)
}

// parseString reads an optional string; absent and null are both empty.
func parseString(raw json.RawMessage, name string) (string, error) {
	var s string
	if len(raw) == 0 {
		return "", nil
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", badRequest("%s must be a string", name)
	}
	return s, nil
}

// parseObject reads an optional object; absent and null are both nil. Numbers
// keep their text, as a float64 cannot hold every 64-bit integer.
func parseObject(raw []byte, name string) (map[string]any, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	if _, err := parseMembers(raw, name); err != nil {
		return nil, err
	}
	var object map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&object); err != nil {
		return nil, badRequest("%s is not valid JSON", name)
	}
	return object, nil
}

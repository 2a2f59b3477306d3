package graph_test

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/auth"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/graph"
	"tasktrail/graph/limit"
	"tasktrail/graph/transport"
	"tasktrail/incident"
)

func TestMain(m *testing.M) {
	zerolog.DefaultContextLogger = &testLog
	dbtest.Run(m)
}

// logged is what the API logs in all tests of this package.
var (
	logged  = &safeBuffer{}
	testLog = zerolog.New(logged)
)

type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// server is the API over a real database, as the program serves it.
type server struct {
	*httptest.Server
	store      *db.Store
	service    *incident.Service
	statements atomic.Int64 // SQL statements made for requests so far
	drain      chan struct{}
	stop       func() // ends the server and the store
}

// start serves a database until the test ends.
func start(t testing.TB, databaseURL string) *server {
	t.Helper()
	return startOn(t, databaseURL, nil)
}

// startOn is start with connections of a database that wrap has been at.
func startOn(t testing.TB, databaseURL string, wrap func(driver.Connector) driver.Connector) *server {
	t.Helper()
	return startWith(t, databaseURL, wrap, graph.Options{})
}

// unlimited lets documents through that the limits are for.
var unlimited = graph.Options{Limits: limit.Limits{
	Tokens: math.MaxInt, NameLength: math.MaxInt, Operations: math.MaxInt, Depth: math.MaxInt, Selections: math.MaxInt,
	RootFields: math.MaxInt, Mutations: math.MaxInt, Aliases: math.MaxInt, Directives: math.MaxInt, Fragments: math.MaxInt,
	Spreads: math.MaxInt, ValueDepth: math.MaxInt - 1, VariableBytes: math.MaxInt, Cost: math.MaxInt,
}}

// startWith is startOn with options of the API.
func startWith(t testing.TB, databaseURL string, wrap func(driver.Connector) driver.Connector, options graph.Options) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := db.Migrate(ctx, databaseURL); err != nil {
		t.Fatal(err)
	}
	s := &server{drain: make(chan struct{})}
	count := func(ctx context.Context, operation string, _ time.Duration, _ bool) {
		if auth.RequestID(ctx) == "" {
			return // the server itself, looking for new events
		}
		if operation == "SELECT" || operation == "INSERT" || operation == "UPDATE" {
			s.statements.Add(1)
		}
	}
	store, err := db.Open(ctx, databaseURL, db.Options{Log: testLog, Observe: count, Wrap: wrap})
	if err != nil {
		t.Fatal(err)
	}
	s.store, s.service = store, incident.New(store, nil)
	running := make(chan error, 1)
	go func() { running <- store.Run(ctx) }()
	verify := auth.WithKeys(verifyTest, s.service)
	options.Verify, options.Drain, options.Unavailable = verify, s.drain, db.Transient
	api := graph.New(s.service, options)
	s.Server = httptest.NewServer(transport.CloseChunked(auth.Addresses(nil)(auth.RequestIDs(auth.Refusals(s.refusedToken)(auth.Middleware(verify)(api))))))
	s.stop = sync.OnceFunc(func() {
		close(s.drain)
		s.Close()
		cancel()
		if err := <-running; err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(s.stop)
	return s
}

func (s *server) refusedToken(ctx context.Context, reason incident.AccessReason) {
	v := auth.ViewerFrom(ctx)
	s.service.NoteRefusal(incident.Viewer{RequestID: v.RequestID, Address: v.Address}, incident.AccessAuthentication, reason, nil)
}

// verifyTest takes tokens of the form NAME:ROLE,ROLE, with an expiry behind a
// second colon if there is one.
func verifyTest(_ context.Context, token string) (incident.Viewer, error) {
	parts := strings.SplitN(token, ":", 3)
	if len(parts) < 2 {
		return incident.Viewer{}, auth.ErrInvalidToken
	}
	v := incident.Viewer{Actor: incident.Actor{ID: incident.ActorID("test", parts[0]), Name: parts[0], Kind: incident.KindUser}}
	for role := range strings.SplitSeq(parts[1], ",") {
		v.Roles = append(v.Roles, incident.Role(role))
	}
	if len(parts) == 3 {
		at, err := time.Parse(time.RFC3339Nano, parts[2])
		if err != nil {
			return incident.Viewer{}, auth.ErrInvalidToken
		}
		v.ExpiresAt = &at
	}
	return v, nil
}

// client is somebody with a token, "" for nobody.
type client struct {
	url   string
	token string
}

// as returns a client with roles, RESPONDER when none is given.
func (s *server) as(name string, roles ...incident.Role) client {
	if len(roles) == 0 {
		roles = []incident.Role{incident.RoleResponder}
	}
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return client{url: s.URL, token: name + ":" + strings.Join(names, ",")}
}

// gqlError is one entry of errors.
type gqlError struct {
	Message    string
	Path       []any
	Locations  []any
	Extensions struct {
		Code      string
		Argument  []string
		RequestID string `json:"requestId"`
	}
}

type object = map[string]any

// send posts a body and returns the status and the text of the answer.
func (c client) send(t testing.TB, body string, headers ...string) (int, http.Header, string) {
	t.Helper()
	return c.request(t, http.MethodPost, "", body, append([]string{"Content-Type", "application/json"}, headers...)...)
}

func (c client) request(t testing.TB, method, query, body string, headers ...string) (int, http.Header, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience) // so that an answer which never comes fails by name
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, c.url+query, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(text)
}

// do runs a document and returns data and errors.
func (c client) do(t testing.TB, document string, variables object) (object, []gqlError) {
	t.Helper()
	body, err := json.Marshal(object{"query": document, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	_, _, text := c.send(t, string(body))
	var answer struct {
		Data   object
		Errors []gqlError
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return answer.Data, answer.Errors
}

// must runs a document that has no errors and returns its data.
func (c client) must(t testing.TB, document string, variables object) object {
	t.Helper()
	data, errs := c.do(t, document, variables)
	if len(errs) > 0 {
		t.Fatalf("%s: %+v", document, errs)
	}
	return data
}

// at walks into an answer: names for objects, numbers for lists.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			o, _ := v.(object)
			v = o[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

// mustID returns an id found in an answer.
func mustID(t testing.TB, v any, path ...any) string {
	t.Helper()
	id, ok := at(v, path...).(string)
	if !ok || id == "" {
		t.Fatalf("no id at %v of %v", path, v)
	}
	return id
}

// newIncident makes one and returns its id.
func (c client) newIncident(t testing.TB, title string) string {
	t.Helper()
	data := c.must(t, `mutation($t: String!) { createIncident(input: {title: $t, severity: LOW}) { incident { id } errors { message } } }`, object{"t": title})
	return mustID(t, data, "createIncident", "incident", "id")
}

// newTask adds one and returns its id.
func (c client) newTask(t testing.TB, incidentID, title string) string {
	t.Helper()
	data := c.must(t, `mutation($i: ID!, $t: String!) { addTask(input: {incidentId: $i, title: $t}) { task { id } errors { message } } }`,
		object{"i": incidentID, "t": title})
	return mustID(t, data, "addTask", "task", "id")
}

package tlogtiles_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"tasktrail/audit"
	"tasktrail/auth"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
	"tasktrail/tlogtiles"
)

func TestMain(m *testing.M) {
	zerolog.DefaultContextLogger = &testLog
	dbtest.Run(m)
}

// logged is what the handler logs in all tests of this package.
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

func (b *safeBuffer) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.text.Reset()
	return b.text.String()
}

// server serves files to those whose token is "NAME ROLE".
type server struct {
	url     string
	service *incident.Service
	stop    func()
}

func serve(t testing.TB, service *incident.Service) *server {
	t.Helper()
	verify := func(_ context.Context, token string) (incident.Viewer, error) {
		name, role, ok := strings.Cut(token, ".")
		if !ok {
			return incident.Viewer{}, auth.ErrInvalidToken
		}
		return incident.Viewer{Actor: incident.Actor{ID: "act_" + name, Name: name, Kind: incident.KindUser}, Roles: []incident.Role{incident.Role(role)}}, nil
	}
	s := httptest.NewServer(auth.RequestIDs(auth.Middleware(verify)(tlogtiles.New(service))))
	t.Cleanup(s.Close)
	return &server{url: s.URL, service: service, stop: s.Close}
}

// open serves a database.
func open(t testing.TB, url string) (*server, *db.Store) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := db.Migrate(ctx, url); err != nil {
		t.Fatal(err)
	}
	store, err := db.Open(ctx, url, db.Options{Log: testLog})
	if err != nil {
		t.Fatal(err)
	}
	running := make(chan error, 1)
	go func() { running <- store.Run(ctx) }()
	s := serve(t, incident.New(store, nil))
	closeServer := s.stop
	s.stop = sync.OnceFunc(func() {
		closeServer()
		cancel()
		if err := <-running; err != nil {
			t.Error(err)
		}
		_ = store.Close()
	})
	t.Cleanup(s.stop)
	return s, store
}

// fill adds tasks until the trail has at least n events.
func (s *server) fill(t testing.TB, n int) {
	t.Helper()
	v := incident.Viewer{Actor: incident.Actor{ID: "act_a", Name: "a", Kind: incident.KindUser}, Roles: []incident.Role{incident.RoleAdmin}}
	var into string
	for {
		head, err := s.service.Head(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		missing := n - int(head.Position)
		if missing <= 0 {
			return
		}
		if into == "" {
			p, err := s.service.CreateIncident(t.Context(), v, incident.CreateIncidentInput{Title: "I", Severity: incident.SeverityLow})
			if err != nil {
				t.Fatal(err)
			}
			into = p.Incident.ID
			continue
		}
		tasks := make([]incident.NewTaskInput, min(missing, incident.MaxBulk))
		for i := range tasks {
			tasks[i].Title = fmt.Sprint("T", i)
		}
		if _, err := s.service.AddTasks(t.Context(), v, incident.AddTasksInput{IncidentID: into, Tasks: tasks}); err != nil {
			t.Fatal(err)
		}
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (s *server) request(t testing.TB, method, path, token string) answer {
	t.Helper()
	r, err := http.NewRequest(method, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, body}
}

// get reads a file as an auditor.
func (s *server) get(t testing.TB, path string) answer {
	t.Helper()
	return s.request(t, http.MethodGet, path, "eve.AUDITOR")
}

// memory is a trail in memory with its tiles, for sizes that would take long to
// write into a database.
type memory struct {
	incident.Store

	id         audit.TrailID
	events     []*audit.Event
	tiles      map[[2]int64]audit.Tile
	roots      map[[2]int64]audit.Hash
	checkpoint audit.StoredCheckpoint
	err        error // of every call
}

func newMemory(t testing.TB, n int) *memory {
	t.Helper()
	m := &memory{id: audit.TrailID{1, 2, 3}, tiles: map[[2]int64]audit.Tile{}, roots: map[[2]int64]audit.Hash{}}
	head := audit.Head{Trail: m.id}
	for i := range n {
		e := &audit.Event{Header: audit.Header{
			Action: "TASK_ADDED", SubjectKind: "task", SubjectID: fmt.Sprint("tsk_", i), SubjectVersion: 1, ActorKind: "USER", ActorID: "act_1",
		}}
		e.RecordedAt = e.RecordedAt.UTC()
		if err := e.Seal(head); err != nil {
			t.Fatal(err)
		}
		head, m.events = e.Head(), append(m.events, e)
	}
	return m
}

// RecordAccess forgets what it is given.
func (m *memory) RecordAccess(context.Context, []incident.AccessEntry) error { return nil }

func (m *memory) Tree() audit.TreeStore { return memoryTree{m} }

type memoryTree struct{ *memory }

func (m memoryTree) Head(context.Context) (audit.Head, error) {
	return m.events[len(m.events)-1].Head(), m.err
}

func (m memoryTree) Read(_ context.Context, after int64, limit int) ([]*audit.Event, error) {
	return m.events[after:min(after+int64(limit), int64(len(m.events)))], m.err
}

func (memoryTree) Changed() <-chan struct{} { return nil }

func (memoryTree) Redacted(int64) bool { return false }

func (m memoryTree) Tile(_ context.Context, level int, number int64) ([]audit.Hash, bool, error) {
	tile, ok := m.tiles[[2]int64{int64(level), number}]
	return tile.Hashes, ok, m.err
}

func (m memoryTree) TileRoots(_ context.Context, level int, from int64, limit int) ([]audit.Hash, error) {
	var roots []audit.Hash
	for n := range int64(limit) {
		root, ok := m.roots[[2]int64{int64(level), from + n}]
		if !ok {
			break
		}
		roots = append(roots, root)
	}
	return roots, m.err
}

func (m memoryTree) SaveTiles(_ context.Context, tiles []audit.Tile) error {
	for _, tile := range tiles {
		key := [2]int64{int64(tile.Level), tile.Number}
		m.tiles[key], m.roots[key] = tile, tile.Root()
	}
	return m.err
}

func (m memoryTree) Checkpoint(context.Context, int64) (audit.StoredCheckpoint, bool, error) {
	return m.checkpoint, m.checkpoint.Size > 0, m.err
}

func (m memoryTree) SaveCheckpoint(_ context.Context, c audit.StoredCheckpoint) error {
	m.checkpoint = c
	return m.err
}

package graph_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"tasktrail/db/dbtest"
)

func TestRefusedSubscriptions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice := s.as("alice")
		alice.newIncident(t, "1")
		old := at(alice.must(t, `{ auditHead { cursor } }`, nil), "auditHead", "cursor").(string)
		other := start(t, dbtest.SQLite(t))
		other.as("alice").newIncident(t, "1")
		foreign := at(other.as("alice").must(t, `{ auditHead { cursor } }`, nil), "auditHead", "cursor").(string)
		eachTransport(t, func(t *testing.T, subscribe func(client, context.Context, string, object, func(object) error) stream) {
			for name, test := range map[string]struct {
				c         client
				variables object
				code      string
			}{
				"malformed":        {alice, object{"after": "x"}, "BAD_USER_INPUT"},
				"of another trail": {alice, object{"after": foreign}, "TRAIL_FORKED"},
				"another hash":     {alice, object{"after": old[:len(old)-3] + "AAA"}, "TRAIL_FORKED"},
				"two ways":         {alice, object{"after": old, "start": true}, "BAD_USER_INPUT"},
			} {
				if end := subscribe(test.c, t.Context(), feed, test.variables, func(object) error { return errStop }); end.code != test.code || !end.final {
					t.Errorf("%s: got %+v, want %s", name, end, test.code)
				}
			}
		})
		if end := (client{url: s.URL}).overSSE(t.Context(), feed, nil, "", nil); end.code != "UNAUTHENTICATED" {
			t.Errorf("no token: got %+v", end)
		}
		for _, token := range []string{"", "nonsense"} {
			if _, err := (client{url: s.URL, token: token}).socket(t.Context()); websocket.CloseStatus(err) != 4403 {
				t.Errorf("token %q: the socket ended with %v, want 4403", token, err)
			}
		}
	})
}

// A backup that is restored has lost what came after it: a cursor from then is
// ahead, and after other changes it belongs to a history that is gone.
func TestResumeAfterRestore(t *testing.T) {
	url := dbtest.SQLite(t)
	file := strings.TrimPrefix(url, "sqlite:")
	s := start(t, url)
	s.as("alice").newIncident(t, "1")
	s.stop() // the file is whole once the last connection is closed
	backup, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s = start(t, url)
	s.as("alice").newIncident(t, "2")
	s.as("alice").newIncident(t, "3")
	cursor := at(s.as("alice").must(t, `{ auditHead { cursor } }`, nil), "auditHead", "cursor")
	s.stop()

	restored := filepath.Join(t.TempDir(), "restored.db")
	if err := os.WriteFile(restored, backup, 0o600); err != nil {
		t.Fatal(err)
	}
	s = start(t, "sqlite:"+restored)
	if end := s.as("alice").overSSE(t.Context(), feed, object{"after": cursor}, "", nil); end.code != "CURSOR_AHEAD" {
		t.Errorf("got %+v, want CURSOR_AHEAD", end)
	}
	for n := range 3 {
		s.as("alice").newIncident(t, fmt.Sprint("other ", n))
	}
	if end := s.as("alice").overSSE(t.Context(), feed, object{"after": cursor}, "", nil); end.code != "TRAIL_FORKED" {
		t.Errorf("got %+v, want TRAIL_FORKED", end)
	}
}

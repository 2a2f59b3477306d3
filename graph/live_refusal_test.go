package graph_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

func closedWith(err error, code websocket.StatusCode, reason string) bool {
	var closed websocket.CloseError
	return errors.As(err, &closed) && closed.Code == code && closed.Reason == reason
}

// A cursor that the trail cannot explain is refused with a name, never taken
// for another place.
func TestRefusedCursors(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice := s.as("alice")
		alice.newIncident(t, "1")
		old := alice.cursor(t)
		other := start(t, dbtest.SQLite(t)).as("alice")
		foreign := []string{other.cursor(t)} // before its first event, and at it
		other.newIncident(t, "1")
		foreign = append(foreign, other.cursor(t))
		eachTransport(t, func(t *testing.T, over subscribe) {
			for name, test := range map[string]struct {
				variables object
				code      string
			}{
				"malformed":         {object{"after": "x"}, "BAD_USER_INPUT"},
				"empty":             {object{"after": ""}, "BAD_USER_INPUT"},
				"cut":               {object{"after": old[:len(old)-1]}, "BAD_USER_INPUT"},
				"a position":        {object{"after": "1"}, "BAD_USER_INPUT"},
				"of an empty trail": {object{"after": foreign[0]}, "TRAIL_FORKED"},
				"of another trail":  {object{"after": foreign[1]}, "TRAIL_FORKED"},
				"another hash":      {object{"after": old[:len(old)-3] + "AAA"}, "TRAIL_FORKED"},
				"two ways":          {object{"after": old, "start": true}, "BAD_USER_INPUT"},
			} {
				if end := over(alice, t.Context(), feed, test.variables, nothing); end.code != test.code || !end.final {
					t.Errorf("%s: got %+v, want %s", name, end, test.code)
				}
			}
		})
		if end := alice.overSSE(t.Context(), feed, nil, "x", nothing); end.code != "BAD_USER_INPUT" || !end.final {
			t.Errorf("malformed Last-Event-ID: got %+v, want BAD_USER_INPUT", end)
		}
	})
}

// A backup that is restored has lost what came after it: a cursor from then is
// ahead, and after other changes it belongs to a history that is gone.
func TestResumeAfterRestore(t *testing.T) {
	url := dbtest.SQLite(t)
	s := start(t, url)
	s.as("alice").newIncident(t, "1")
	s.stop() // the file is whole once the last connection is closed
	backup, err := os.ReadFile(strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	s = start(t, url)
	s.as("alice").newIncident(t, "2")
	s.as("alice").newIncident(t, "3")
	cursor := s.as("alice").cursor(t)
	s.stop()

	restored := filepath.Join(t.TempDir(), "restored.db")
	if err := os.WriteFile(restored, backup, 0o600); err != nil {
		t.Fatal(err)
	}
	alice := start(t, "sqlite:"+restored).as("alice")
	expect := func(code string) {
		t.Helper()
		eachTransport(t, func(t *testing.T, over subscribe) {
			if end := over(alice, t.Context(), feed, object{"after": cursor}, nothing); end.code != code || !end.final {
				t.Errorf("got %+v, want %s", end, code)
			}
		})
		if end := alice.overSSE(t.Context(), feed, nil, cursor, nothing); end.code != code {
			t.Errorf("Last-Event-ID: got %+v, want %s", end, code)
		}
	}
	expect("CURSOR_AHEAD")
	alice.newIncident(t, "another 2")
	expect("CURSOR_AHEAD")
	alice.newIncident(t, "another 3")
	expect("TRAIL_FORKED")
	alice.newIncident(t, "another 4")
	expect("TRAIL_FORKED")
}

// Who may subscribe, and what else may be done over a socket.
func TestSubscribersRoles(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	i := s.as("alice").newIncident(t, "1")
	for _, role := range incident.Roles {
		eachTransport(t, func(t *testing.T, over subscribe) {
			var got []object
			if end := over(s.as("rob", role), t.Context(), feed, object{"start": true}, take(1, &got)); len(got) != 1 {
				t.Errorf("%s: got %+v", role, end)
			}
		})
	}
	if end := (client{url: s.URL}).overSSE(t.Context(), feed, nil, "", nothing); end.code != "UNAUTHENTICATED" || !end.final {
		t.Errorf("no token: got %+v", end)
	}
	if end := (client{url: s.URL, token: "nonsense"}).overSSE(t.Context(), feed, nil, "", nothing); end.code != "UNAUTHENTICATED" || end.err.Error() != "401 Unauthorized" {
		t.Errorf("a wrong token: got %+v", end)
	}
	for _, token := range []string{"", "nonsense"} {
		if _, err := (client{url: s.URL, token: token}).socket(t.Context()); !closedWith(err, 4403, "Forbidden") {
			t.Errorf("token %q: the socket ended with %v, want 4403", token, err)
		}
	}

	// Each operation of a socket is judged by itself.
	conn, err := s.as("rob", incident.RoleReader).socket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	for _, test := range []struct{ document, want string }{
		{`mutation { updateIncident(input: {id: "` + i + `", title: "2"}) { replayed } }`, `"code":"FORBIDDEN"`},
		{`query { incident(id: "` + i + `") { title } }`, `{"data":{"incident":{"title":"1"}}}`},
	} {
		if err := write(t.Context(), conn, object{"type": "subscribe", "id": "x", "payload": object{"query": test.document}}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for len(got) == 0 || !strings.Contains(got[len(got)-1], `"complete"`) && !strings.Contains(got[len(got)-1], `"error"`) {
			_, text, err := conn.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(text))
		}
		if !json.Valid([]byte(got[0])) || !strings.Contains(got[0], test.want) {
			t.Errorf("%s: got %s, want %s", test.document, got[0], test.want)
		}
	}
}

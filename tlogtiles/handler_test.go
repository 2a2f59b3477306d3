package tlogtiles_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// refused checks an answer without a file.
func refused(t *testing.T, what string, a answer, status int, code string) {
	t.Helper()
	var body struct {
		Errors []struct {
			Message    string
			Extensions struct{ Code, RequestID string }
		}
	}
	if err := json.Unmarshal(a.body, &body); err != nil || a.status != status || len(body.Errors) != 1 || body.Errors[0].Extensions.Code != code ||
		body.Errors[0].Message == "" || body.Errors[0].Extensions.RequestID != a.header.Get("X-Request-Id") ||
		a.header.Get("Content-Type") != "application/json; charset=utf-8" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: got %d, %s, %v; want %d with %s", what, a.status, a.body, a.header, status, code)
	}
}

func TestRequests(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s, store := open(t, url)
		refused(t, "no checkpoint", s.get(t, "/trail/checkpoint"), 404, "NOT_FOUND")
		refused(t, "no checkpoint, a tile", s.get(t, "/trail/tile/0/000.p/1"), 404, "NOT_FOUND")
		s.fill(t, 300)
		c := dbtest.Checkpoint(t, store.Tree(), dbtest.NewKeys(t), 290)

		for path, want := range map[string]answer{
			"/trail/checkpoint":            {body: []byte(c.Note), header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Cache-Control": {"no-store"}}},
			"/trail/tile/0/000":            {body: make([]byte, 8192)},
			"/trail/tile/0/001.p/34":       {body: make([]byte, 34*32)},
			"/trail/tile/0/001.p/33?x=y":   {body: make([]byte, 33*32)},
			"/trail/tile/1/000.p/1":        {body: make([]byte, 32)},
			"/trail/tile/entries/000":      {},
			"/trail/tile/entries/001.p/34": {},
		} {
			if want.header == nil {
				want.header = http.Header{"Content-Type": {"application/octet-stream"}, "Cache-Control": {"private, max-age=31536000, immutable"}}
			}
			want.header.Set("X-Content-Type-Options", "nosniff")
			got, head := s.get(t, path), s.request(t, http.MethodHead, path, "eve.ADMIN")
			if got.status != 200 || head.status != 200 || len(head.body) != 0 || want.body != nil && len(got.body) != len(want.body) || len(got.body) == 0 {
				t.Errorf("%s: got %d with %d bytes, HEAD %d with %d", path, got.status, len(got.body), head.status, len(head.body))
			}
			for name := range want.header {
				if got.header.Get(name) != want.header.Get(name) || head.header.Get(name) != want.header.Get(name) {
					t.Errorf("%s: %s is %q, HEAD %q; want %q", path, name, got.header.Get(name), head.header.Get(name), want.header.Get(name))
				}
			}
			if got.header.Get("Content-Length") == "" || got.header.Get("Content-Length") != head.header.Get("Content-Length") {
				t.Errorf("%s: %q bytes, HEAD %q", path, got.header.Get("Content-Length"), head.header.Get("Content-Length"))
			}
			for _, role := range incident.Roles {
				may := role == incident.RoleAuditor || role == incident.RoleAdmin
				if a := s.request(t, "GET", path, "x."+string(role)); may != (a.status == 200) {
					t.Errorf("%s by %s: got %d", path, role, a.status)
				} else if !may {
					refused(t, string(role), a, 403, "FORBIDDEN")
				}
			}
			for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
				a := s.request(t, method, path, "eve.AUDITOR")
				refused(t, method, a, 405, "BAD_USER_INPUT")
				if a.header.Get("Allow") != "GET, HEAD" {
					t.Errorf("%s: allows %q", method, a.header.Get("Allow"))
				}
			}
			for _, token := range []string{"", "nonsense"} {
				a := s.request(t, "GET", path, token)
				refused(t, path+" with token "+token, a, 401, "UNAUTHENTICATED")
				if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
					t.Errorf("no challenge for token %q: %v", token, a.header)
				}
			}
		}
		if got := s.get(t, "/trail/checkpoint"); string(got.body) != c.Note {
			t.Errorf("the checkpoint is %s, want %s", got.body, c.Note)
		}
		for _, path := range []string{
			"/trail/tile/0/001.p/35", "/trail/tile/0/001", "/trail/tile/0/002.p/1", "/trail/tile/1/000.p/2", "/trail/tile/1/000", "/trail/tile/63/000.p/1",
			"/trail/tile/entries/001.p/35", "/trail/tile/entries/001", "/trail/tile/00/000", "/trail/tile/0/x000/000", "/trail/tile/0/0", "/trail/tile/0/000.p/256",
			"/trail/tile/0/000.p/034", "/trail/tile/64/000", "/trail/tile/", "/trail/tile/0/%30%30%30", "/trail//tile/0/000", "/trail/tile/0/../0/000", "/trail/checkpoint/",
			"/trail/tile/-1/000", "/trail/tile/data/000", "/trail/tile/0/000/", "/trail/tile/0/000%2ep/1", "/", "/trail/tile/0/x009/x223/x372/x036/x854/x775/807",
		} {
			refused(t, path, s.get(t, path), 404, "NOT_FOUND")
		}
	})
}

// What cannot be right is answered by name, and the log says what differs.
func TestFilesOfAnAlteredTrail(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s, store := open(t, url)
		s.fill(t, 20)
		dbtest.Checkpoint(t, store.Tree(), dbtest.NewKeys(t), 10)
		s.stop()
		dbtest.Tamper(t, url, "tasks", "DELETE FROM tasks WHERE id IN (SELECT subject_id FROM audit_events WHERE position > 5)")
		dbtest.Tamper(t, url, "audit_events", "DELETE FROM audit_events WHERE position = 7")
		s, _ = open(t, url)
		logged.take()
		for _, path := range []string{"/trail/tile/0/000.p/10", "/trail/tile/entries/000.p/10"} {
			refused(t, path, s.get(t, path), 500, "TRAIL_INCONSISTENT")
			if log := logged.take(); !strings.Contains(log, `"position":7,"what":"event","expected":"an event","found":"none"`) {
				t.Errorf("%s: logged %s", path, log)
			}
		}
		if a := s.get(t, "/trail/tile/entries/000.p/6"); a.status != 200 {
			t.Errorf("what lies before: got %d, %s", a.status, a.body)
		}
		dbtest.Tamper(t, url, "checkpoints", "UPDATE checkpoints SET note = 'x'")
		refused(t, "no note", s.get(t, "/trail/checkpoint"), 500, "TRAIL_INCONSISTENT")
	})
}

// What fails inside stays inside.
func TestErrorsAreNotShown(t *testing.T) {
	m := newMemory(t, 3)
	dbtest.Checkpoint(t, m.Tree(), dbtest.NewKeys(t), 3)
	s := serve(t, incident.New(m, nil))
	m.err = errors.New("secret words")
	logged.take()
	for _, path := range []string{"/trail/checkpoint", "/trail/tile/0/000.p/1"} {
		a := s.get(t, path)
		refused(t, path, a, 500, "INTERNAL")
		if log := logged.take(); strings.Contains(string(a.body), "secret") || !strings.Contains(log, "secret words") || !strings.Contains(log, a.header.Get("X-Request-Id")) {
			t.Errorf("%s: answered %s, logged %s", path, a.body, log)
		}
	}
	m.err = nil
	m.events[1].ActorID = strings.Repeat("a", 70000)
	refused(t, "an entry that does not fit", s.get(t, "/trail/tile/entries/000.p/2"), 500, "INTERNAL")
}

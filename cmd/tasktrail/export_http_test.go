package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tasktrail/audit"
	"tasktrail/db/dbtest"
)

// as makes the token of somebody with a role.
func (s *server) as(t testing.TB, role string) string {
	t.Helper()
	token, errs, code := command("token", s.keyFlag(), "--name="+role, "--role="+role)
	if code != 0 {
		t.Fatal(errs)
	}
	return strings.TrimSpace(token)
}

// fetch gets a path of a server.
func (s *server) fetch(t testing.TB, method, path, token string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, strings.TrimSuffix(s.url, "/graphql")+path, nil)
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
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

func TestExportOverHTTP(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		id := mustFill(t, url, 20)
		key := mustKey(t, 1)
		s := serve(t, url, t.TempDir(), "--checkpoint-key="+key)
		auditor := s.as(t, "auditor")
		get := func(query string) string {
			t.Helper()
			response, text := s.fetch(t, http.MethodGet, "/trail/export"+query, auditor)
			if response.StatusCode != http.StatusOK {
				t.Fatalf("%s: status %d, %s", query, response.StatusCode, text)
			}
			return text
		}
		response, whole := s.fetch(t, http.MethodGet, "/trail/export", auditor)
		for name, want := range map[string]string{
			"Content-Type": "application/jsonl; charset=utf-8", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			"Content-Disposition": `attachment; filename="tasktrail-` + whole[strings.Index(whole, `"trail":"`)+9:][:8] + `-31.jsonl"`,
		} {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		same, _, _ := command("export", "--database="+url, "--checkpoint-key="+key)
		if whole != same {
			t.Error("the server exports other bytes than the command")
		}
		verify := func(text, says string) {
			t.Helper()
			mustSay(t, says, "verify", nowhere, "--key="+key, "--file="+mustWrite(t, text))
		}
		verify(whole, "this is the whole trail")
		verify(get("?incidentId="+id+"&actions=TASK_ADDED,TASK_COMPLETED&fields=status&actorKind=USER&since=2020-01-01T00:00:00%2B01:00"), "ok: 30 events")
		cursor := s.cursorAt(t, auditor, 10)
		verify(get("?after="+cursor), "ok: 21 events, positions 11 to 31")
		if table := get("?format=csv&after=" + cursor); !strings.HasPrefix(table, "\ufeff\"position\",") || strings.Count(table, "\r\n\"11\"") == 0 || strings.Contains(table, "\r\n\"10\"") {
			t.Errorf("the table is %.300s", table)
		}
		if response, text := s.fetch(t, http.MethodHead, "/trail/export?format=csv", auditor); response.StatusCode != http.StatusOK || text != "" || !strings.HasSuffix(response.Header.Get("Content-Disposition"), `-31.csv"`) {
			t.Errorf("HEAD: %d, %v", response.StatusCode, response.Header)
		}
		if log := s.log.String(); strings.Contains(log, "TASK_ADDED") || strings.Contains(log, cursor) || strings.Contains(log, auditor) {
			t.Error("the log holds parameters or a token")
		}
	})
}

// cursorAt returns the cursor of the event at a position.
func (s *server) cursorAt(t testing.TB, token string, position int) string {
	t.Helper()
	s.token = token
	data := s.post(t, http.DefaultClient, fmt.Sprintf("{ auditEvents(first: %d) { edges { cursor } } }", position))
	edges := data["auditEvents"].(map[string]any)["edges"].([]any)
	return edges[position-1].(map[string]any)["cursor"].(string)
}

func TestExportOverHTTPRefuses(t *testing.T) {
	s := serve(t, dbtest.SQLite(t), t.TempDir())
	auditor := s.as(t, "auditor")
	refused := func(method, path, token string, status int, code, says string) *http.Response {
		t.Helper()
		response, text := s.fetch(t, method, path, token)
		var body struct {
			Errors []struct {
				Message    string
				Extensions struct{ Code string }
			}
		}
		if err := json.Unmarshal([]byte(text), &body); err != nil || response.StatusCode != status || len(body.Errors) != 1 ||
			body.Errors[0].Extensions.Code != code || !strings.Contains(body.Errors[0].Message, says) {
			t.Errorf("%s: got %d, %s; want %d, %s, %q", path, response.StatusCode, text, status, code, says)
		}
		return response
	}
	refused("GET", "/trail/export", auditor, 404, "NOT_FOUND", "the trail has no events yet")
	mustSay(t, "3 events written", "import", s.dbFlag, mustWrite(t, file))
	if r := refused("GET", "/trail/export", "", 401, "UNAUTHENTICATED", "a valid bearer token is required"); r.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("WWW-Authenticate is %q", r.Header.Get("WWW-Authenticate"))
	}
	refused("GET", "/trail/export", "x", 401, "UNAUTHENTICATED", "")
	for role, allowed := range map[string]bool{"reader": false, "responder": false, "contributor": false, "auditor": true, "admin": true} {
		if !allowed {
			refused("GET", "/trail/export", s.as(t, role), 403, "FORBIDDEN", "your roles do not allow this")
		} else if response, text := s.fetch(t, "GET", "/trail/export", s.as(t, role)); response.StatusCode != 200 {
			t.Errorf("%s: %d, %s", role, response.StatusCode, text)
		}
	}
	foreign := audit.Cursor{Trail: audit.TrailID{1}, Position: 1, Prefix: [16]byte{1}}.String()
	for query, says := range map[string]string{
		"format=xml":                 "format: must be jsonl or csv",
		"format=jsonl&format=csv":    "format: may be given once",
		"format=":                    "format: must not be empty",
		"limit=5":                    `"limit" is no parameter: there are format, incidentId`,
		"actions=TASK_ADDED,":        "actions: must be any of INCIDENT_CREATED, ",
		"actions=A&actions=B":        "actions: may be given once; a list has commas",
		"actorKind=KING":             "actorKind: must be any of USER, ",
		"incidentId=%00":             "incidentId: must be valid UTF-8 without the NUL character",
		"taskId=%ff":                 "taskId: must be valid UTF-8",
		"since=now":                  "since: must be RFC 3339",
		"until=2026-13-01T00:00:00Z": "until: must be RFC 3339",
		"after=x":                    "after: the cursor is not one that this API gave out",
		"a=%zz":                      "not in the form name=value",
		"a;b":                        "not in the form name=value",
		"fields=" + strings.Repeat("x,", 100) + "y": "fields: at most 100 values, not 101",
		"subjectId=" + strings.Repeat("x", 201):     "subjectId: must be at most 200 characters",
	} {
		refused("GET", "/trail/export?"+query, auditor, 400, "BAD_USER_INPUT", says)
	}
	refused("GET", "/trail/export?after="+url.QueryEscape(foreign), auditor, 400, "TRAIL_FORKED", "after: the cursor belongs to another trail")
	ahead := audit.Cursor{Position: 99, Prefix: [16]byte{1}}
	_, whole := s.fetch(t, "GET", "/trail/export", auditor)
	var head struct{ Trail string }
	if err := json.Unmarshal([]byte(whole[:strings.Index(whole, "\n")]), &head); err != nil {
		t.Fatal(err)
	}
	if _, err := hex.Decode(ahead.Trail[:], []byte(head.Trail)); err != nil {
		t.Fatal(err)
	}
	refused("GET", "/trail/export?after="+ahead.String(), auditor, 400, "CURSOR_AHEAD", "after: the cursor is ahead of the trail")
	if response, _ := s.fetch(t, "POST", "/trail/export", auditor); response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", response.StatusCode)
	}
}

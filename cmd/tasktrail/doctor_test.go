package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// doctor answers by its exit code, and says what to do.
func TestDoctor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		flag := "--database=" + url
		if out, errs, code := command("doctor", flag); code != 3 || !strings.Contains(errs, "run tasktrail migrate") {
			t.Errorf("nothing there: got %d, %s%s", code, out, errs)
		}
		mustSay(t, "applied", "migrate", flag)
		owner := !strings.HasPrefix(url, "sqlite:")
		out, errs, code := command("doctor", flag)
		if code != 0 || strings.HasPrefix(out, "ok: ") == owner {
			t.Errorf("got %d, %s%s", code, out, errs)
		}
		out, errs, code = command("doctor", flag, "--strict", "--json")
		var d diagnosis
		if err := json.Unmarshal([]byte(out), &d); err != nil || d.OK == owner || (code == 1) != owner || d.Checks < 50 || (len(d.Findings) > 0) != owner {
			t.Errorf("strict: got %d, %s%s, %v", code, out, errs, err)
		}
		drop := "DROP TRIGGER trail_delete"
		if owner {
			drop = "DROP TRIGGER trail_truncate ON trail"
		}
		if _, err := dbtest.Raw(t, url).ExecContext(t.Context(), drop); err != nil {
			t.Fatal(err)
		}
		out, errs, code = command("doctor", flag)
		if code != 1 || !strings.Contains(out, "failure: trigger trail.trail_") || !strings.Contains(out, "run tasktrail verify") {
			t.Errorf("a trigger less: got %d, %s%s", code, out, errs)
		}
		// A name that somebody has chosen in the database does not write to the terminal.
		body := "BEGIN SELECT 1; END"
		if owner {
			body = "FOR EACH ROW EXECUTE FUNCTION tasktrail_refuse()"
		}
		if _, err := dbtest.Raw(t, url).ExecContext(t.Context(), "CREATE TRIGGER \"x\x1b[31m\nok: 98 checks\" AFTER INSERT ON actors "+body); err != nil {
			t.Fatal(err)
		}
		out, _, code = command("doctor", flag)
		if code != 1 || !strings.Contains(out, `x\x1b[31m\nok: 98`) || strings.Contains(out, "\x1b") || strings.Contains(out, "\nok") {
			t.Errorf("a trigger with a hostile name: got %d, %q", code, out)
		}
		if out, errs, code := command("import", flag, mustWrite(t, file)); code != 3 || !strings.Contains(errs, "tasktrail doctor says what to repair") {
			t.Errorf("importing: got %d, %s%s", code, out, errs)
		}
		mustSay(t, "ok: 0 events", "verify", flag)
		if _, err := dbtest.Raw(t, url).ExecContext(t.Context(), "UPDATE migration_sums SET sum = 'x'"); err != nil {
			t.Fatal(err)
		}
		if out, _, code := command("doctor", flag); code != 1 || !strings.Contains(out, "failure: migration 0001") {
			t.Errorf("edited sums: got %d, %s", code, out)
		}
	})
}

func TestDoctorNeedsADatabase(t *testing.T) {
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"doctor", "--database=postgres://u:pa55word@127.0.0.1:1/d?sslmode=disable"}, 3, "cannot be reached"},
		{[]string{"doctor", "--database=mysql://u:pa55word@h/d"}, 2, "want sqlite:PATH"},
		{[]string{"migrate", "--database=" + dbtest.SQLite(t), "--app-role=app"}, 2, "SQLite has no roles"},
		{[]string{"migrate", "--database=" + dbtest.Postgres(t), "--app-role=nobody_of_this_name"}, 2, "make it with CREATE ROLE"},
		{[]string{"migrate", "--database=" + dbtest.Postgres(t), "--app-role=postgres"}, 2, "superuser"},
	} {
		out, errs, code := command(test.args...)
		if code != test.code || !strings.Contains(out+errs, test.says) || strings.Contains(errs, "pa55word") {
			t.Errorf("%v: got %d, %s%s; want %d and %q", test.args, code, out, errs, test.code, test.says)
		}
	}
}

// A server whose database is broken under it goes on reading, refuses changes
// after its next look, and accepts them again once the database is repaired.
func TestServeRefusesWhenBroken(t *testing.T) {
	sound, broken := checkWhenSound, checkWhenBroken
	defer func() { checkWhenSound, checkWhenBroken = sound, broken }()
	checkWhenSound, checkWhenBroken = 100*time.Millisecond, 100*time.Millisecond
	dbtest.Each(t, func(t *testing.T, url string) {
		s := serve(t, url, t.TempDir())
		raw := dbtest.Raw(t, url)
		exec := func(statement string) {
			t.Helper()
			if _, err := raw.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		drop, again, subject := "DROP TRIGGER trail_delete", "", "trail.trail_delete"
		if strings.HasPrefix(url, "sqlite:") {
			if err := raw.QueryRowContext(t.Context(), "SELECT sql FROM sqlite_schema WHERE name = 'trail_delete'").Scan(&again); err != nil {
				t.Fatal(err)
			}
		} else {
			subject = "trail.trail_truncate"
			drop, again = "ALTER TABLE trail DISABLE TRIGGER trail_truncate", "ALTER TABLE trail ENABLE ALWAYS TRIGGER trail_truncate"
		}
		const create = `mutation { createIncident(input: {title: "I", severity: LOW}) { event { position } } }`
		s.post(t, http.DefaultClient, create)
		s.says(t, "/readyz", `"ok"`)
		s.says(t, "/metrics", "tasktrail_installation_sound 1")

		exec(drop)
		s.log.find(t, `"subject":"`+subject+`"`)
		s.log.find(t, "changes are refused until it is repaired")
		answer := s.raw(t, create)
		if answer.Data.CreateIncident != nil || len(answer.Errors) != 1 || answer.Errors[0].Extensions.Code != "READ_ONLY" {
			t.Errorf("got %+v", answer)
		}
		s.post(t, http.DefaultClient, "{ viewer { roles } auditHead { position } }")
		s.says(t, "/readyz", `"read-only"`)
		s.says(t, "/metrics", "tasktrail_installation_sound 0")

		exec(again)
		s.log.find(t, "changes are accepted")
		event := s.post(t, http.DefaultClient, create)["createIncident"].(map[string]any)["event"].(map[string]any)
		if event["position"].(float64) != 2 {
			t.Errorf("got %v, want position 2: the refused change left something", event)
		}
		s.says(t, "/readyz", `"ok"`)
		s.says(t, "/metrics", "tasktrail_installation_sound 1")
		if n := strings.Count(s.log.String(), `"subject":"`+subject+`"`); n != 1 {
			t.Errorf("the finding was logged %d times", n)
		}
	})
}

// A server that starts on a broken database reads, and with --strict refuses
// changes for what is else a warning.
func TestServeStartsBroken(t *testing.T) {
	url := dbtest.SQLite(t)
	if _, err := db.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(strings.TrimPrefix(url, "sqlite:"), 0o660); err != nil {
		t.Fatal(err)
	}
	const create = `mutation { createIncident(input: {title: "I", severity: LOW}) { event { position } } }`
	s := serve(t, url, t.TempDir())
	s.post(t, http.DefaultClient, create)
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	strict := serve(t, url, s.dir, "--strict", "--demo")
	strict.post(t, http.DefaultClient, "{ viewer { roles } }")
	if answer := strict.raw(t, create); len(answer.Errors) != 1 || answer.Errors[0].Extensions.Code != "READ_ONLY" {
		t.Errorf("got %+v", answer)
	}
}

// answered is an answer with errors.
type answered struct {
	Data   struct{ CreateIncident any }
	Errors []struct {
		Message    string
		Extensions struct{ Code string }
	}
}

// raw sends a document that may fail.
func (s *server) raw(t *testing.T, document string) (out answered) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": document})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// says fails the test unless a page is there and holds a text.
func (s *server) says(t *testing.T, path, text string) {
	t.Helper()
	response, err := http.Get(strings.TrimSuffix(s.url, "/graphql") + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	page, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(page), text) {
		t.Errorf("%s: status %d, %v, want %s", path, response.StatusCode, err, text)
	}
}

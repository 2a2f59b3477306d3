package graph_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"tasktrail/audit"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

const (
	checkpointFields = ` { size rootHash origin note signedAt } `
	proofFields      = ` { position entry leafHash leafIndex hashes checkpoint` + checkpointFields + `} `
)

// fill makes a trail of n events.
func (s *server) fill(t testing.TB, n int) {
	t.Helper()
	alice := s.as("alice")
	var into string
	for done := 0; done < n; {
		if done%500 == 0 {
			into = alice.newIncident(t, fmt.Sprint("I", done))
			done++
			continue
		}
		tasks := make([]object, min(incident.MaxBulk, n-done, 500-done%500))
		for i := range tasks {
			tasks[i] = object{"title": fmt.Sprint("T", done+i)}
		}
		data := alice.must(t, `mutation($i: ID!, $t: [NewTaskInput!]!) { addTasks(input: {incidentId: $i, tasks: $t}) { errors { message } } }`, object{"i": into, "t": tasks})
		if errs := at(data, "addTasks", "errors").([]any); len(errs) > 0 {
			t.Fatal(errs)
		}
		done += len(tasks)
	}
}

// sha returns SHA-256 of the parts, which are bytes or hexadecimal digits.
func sha(t *testing.T, prefix byte, parts ...any) string {
	t.Helper()
	h := sha256.New()
	h.Write([]byte{prefix})
	for _, p := range parts {
		b, ok := p.([]byte)
		if !ok {
			var err error
			if b, err = hex.DecodeString(p.(string)); err != nil {
				t.Fatal(err)
			}
		}
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// rootOf is RFC 9162 section 2.1.3.2, as somebody would write it who has only
// the descriptions in the schema.
func rootOf(t *testing.T, leaf string, index, size int, hashes []any) string {
	t.Helper()
	fn, sn, r := index, size-1, leaf
	for _, p := range hashes {
		if sn == 0 {
			return "too many hashes"
		}
		if fn&1 == 1 || fn == sn {
			r = sha(t, 1, p, r)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			r = sha(t, 1, r, p)
		}
		fn, sn = fn>>1, sn>>1
	}
	if sn != 0 {
		return "too few hashes"
	}
	return r
}

// rootsOf is RFC 9162 section 2.1.4.2: the roots that the hashes give for two
// sizes, the first not larger than the second.
func rootsOf(t *testing.T, first, second int, firstRoot string, hashes []any) (string, string) {
	t.Helper()
	if first == second {
		return firstRoot, firstRoot
	}
	if first&(first-1) == 0 {
		hashes = append([]any{firstRoot}, hashes...)
	}
	fn, sn := first-1, second-1
	for fn&1 == 1 {
		fn, sn = fn>>1, sn>>1
	}
	fr, sr := hashes[0].(string), hashes[0].(string)
	for _, c := range hashes[1:] {
		if sn == 0 {
			return "too many hashes", ""
		}
		if fn&1 == 1 || fn == sn {
			fr, sr = sha(t, 1, c, fr), sha(t, 1, c, sr)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			sr = sha(t, 1, sr, c)
		}
		fn, sn = fn>>1, sn>>1
	}
	if sn != 0 {
		return "too few hashes", ""
	}
	return fr, sr
}

func number(v any, path ...any) int {
	n, _ := at(v, path...).(float64)
	return int(n)
}

// checkCheckpoint opens the note with nothing but a verifier key.
func checkCheckpoint(t *testing.T, c any, verifier note.Verifier) {
	t.Helper()
	n, err := note.Open([]byte(at(c, "note").(string)), note.VerifierList(verifier))
	if err != nil {
		t.Fatal(err)
	}
	root, err := hex.DecodeString(at(c, "rootHash").(string))
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%s\n%d\n%s\n", at(c, "origin"), number(c, "size"), base64.StdEncoding.EncodeToString(root))
	if n.Text != want || at(c, "origin") != verifier.Name() {
		t.Errorf("the note says %q, the fields say %q", n.Text, want)
	}
}

func mustVerifier(t *testing.T, keys audit.Keys, trail audit.TrailID) note.Verifier {
	t.Helper()
	text, err := keys.VerifierKeys(trail)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(text[0])
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A client with a verifier key, the schema and SHA-256 finds every event in the
// trail, and each checkpoint in the next.
func TestProofs(t *testing.T) {
	sizes := []int{1, 2, 255, 256, 257, 511, 512, 513}
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		s.fill(t, 520)
		auditor, keys, tree := s.as("eve", incident.RoleAuditor), dbtest.NewKeys(t), s.store.Tree()
		for _, size := range sizes {
			dbtest.Checkpoint(t, tree, keys, int64(size))
		}
		head, err := tree.Head(t.Context())
		if err != nil || head.Position != 520 {
			t.Fatalf("the trail ends at %d, %v", head.Position, err)
		}
		verifier := mustVerifier(t, keys, head.Trail)
		checkCheckpoint(t, auditor.must(t, "{ auditCheckpoint"+checkpointFields+"}", nil)["auditCheckpoint"], verifier)

		for n, size := range sizes {
			for _, position := range []int{1, size/2 + 1, size} {
				data := auditor.must(t, `query($p: Position!, $s: Position) { at: auditCheckpoint(atPosition: $p) { size } auditProof(position: $p, checkpointSize: $s)`+proofFields+
					`auditEvents(first: 1, after: "`+cursorBefore(t, tree, position)+`") { nodes { position hash } } }`, object{"p": position, "s": size})
				p := data["auditProof"]
				entry, err := base64.StdEncoding.DecodeString(at(p, "entry").(string))
				if err != nil {
					t.Fatal(err)
				}
				event := sha256.Sum256(entry)
				if at(data, "auditEvents", "nodes", 0, "hash") != hex.EncodeToString(event[:]) || number(p, "position") != position || number(p, "leafIndex") != position-1 {
					t.Errorf("%d of %d: the entry is not that of the event: %v", position, size, p)
				}
				leaf := sha(t, 0, entry)
				root := rootOf(t, leaf, position-1, size, at(p, "hashes").([]any))
				if at(p, "leafHash") != leaf || at(p, "checkpoint", "rootHash") != root || number(p, "checkpoint", "size") != size {
					t.Errorf("%d of %d: the root comes out as %s: %v", position, size, root, p)
				}
				if n > 0 && position == sizes[n-1]+1 && number(data, "at", "size") != size {
					t.Errorf("the smallest checkpoint at %d is %v, want %d", position, data["at"], size)
				}
				checkCheckpoint(t, at(p, "checkpoint"), verifier)
			}
			for _, older := range sizes[:n+1] {
				c := auditor.must(t, `query($f: Position!, $t: Position!) { auditConsistency(from: $f, to: $t) { from`+checkpointFields+`to`+checkpointFields+`hashes } }`, object{"f": older, "t": size})["auditConsistency"]
				first, second := rootsOf(t, older, size, at(c, "from", "rootHash").(string), at(c, "hashes").([]any))
				if first != at(c, "from", "rootHash") || second != at(c, "to", "rootHash") || number(c, "from", "size") != older || number(c, "to", "size") != size {
					t.Errorf("%d to %d: the roots come out as %s and %s: %v", older, size, first, second, c)
				}
			}
		}
		// By default the smallest that covers it.
		p := auditor.must(t, `{ auditProof(position: 3)`+proofFields+`}`, nil)["auditProof"]
		if number(p, "checkpoint", "size") != 255 {
			t.Errorf("got %v, want the checkpoint of 255", p)
		}
	})
}

// cursorBefore returns the cursor that stands before an event.
func cursorBefore(t *testing.T, log audit.Log, position int) string {
	t.Helper()
	head, err := log.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if position == 1 {
		return audit.Cursor{Trail: head.Trail}.String()
	}
	events, err := log.Read(t.Context(), int64(position-2), 1)
	if err != nil {
		t.Fatal(err)
	}
	return events[0].Cursor().String()
}

// Each refusal names the argument and the limit.
func TestProofRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		auditor, keys := s.as("eve", incident.RoleAuditor), dbtest.NewKeys(t)
		try := func(field string, want ...string) {
			t.Helper()
			data, errs := auditor.do(t, "{ "+field+" { hashes: __typename } }", nil)
			name, _, _ := strings.Cut(field, "(")
			if len(want) == 0 {
				if len(errs) > 0 || data[name] != nil {
					t.Errorf("%s: got %v, %v; want null", field, data, errs)
				}
				return
			}
			if len(errs) != 1 || errs[0].Extensions.Code != "BAD_USER_INPUT" || fmt.Sprint(errs[0].Extensions.Argument) != "["+want[0]+"]" || !strings.Contains(errs[0].Message, want[1]) {
				t.Errorf("%s: got %+v, want %q", field, errs, want)
			}
		}
		try("auditCheckpoint")
		try("auditCheckpoint(atPosition: 1)", "atPosition", "the trail is empty; this is 1")
		try("auditProof(position: 1)", "position", "the trail is empty; this is 1")
		s.fill(t, 12)
		try("auditCheckpoint")
		try("auditCheckpoint(atPosition: 12)")
		try("auditProof(position: 12)")
		try("auditProof(position: 12, checkpointSize: 12)", "checkpointSize", "there is no checkpoint yet")
		try("auditConsistency(from: 1, to: 2)", "from", "there is no checkpoint yet")
		dbtest.Checkpoint(t, s.store.Tree(), keys, 5)
		dbtest.Checkpoint(t, s.store.Tree(), keys, 9)
		try("auditCheckpoint(atPosition: 10)")
		try("auditCheckpoint(atPosition: 0)", "atPosition", "from 1 to 12, the newest position; this is 0")
		try("auditCheckpoint(atPosition: 13)", "atPosition", "from 1 to 12, the newest position; this is 13")
		try("auditCheckpoint(atPosition: -1)", "atPosition", "a Position must be a whole number")
		try("auditProof(position: 10)")
		try("auditProof(position: 0)", "position", "from 1 to 12")
		try("auditProof(position: 9007199254740991)", "position", "from 1 to 12")
		try("auditProof(position: 9007199254740992)", "position", "a Position must be a whole number")
		try("auditProof(position: 5, checkpointSize: 4)", "checkpointSize", "at least the position, which is 5; this is 4")
		try("auditProof(position: 5, checkpointSize: 6)", "checkpointSize", "there is no checkpoint of size 6; the next larger one has 9")
		try("auditProof(position: 5, checkpointSize: 10)", "checkpointSize", "there is no checkpoint of size 10; the newest has 9")
		try("auditProof(position: 5, checkpointSize: 500)", "checkpointSize", "there is no checkpoint of size 500; the newest has 9")
		try("auditConsistency(from: 9, to: 5)", "from", "at most to, which is 5; this is 9")
		try("auditConsistency(from: 0, to: 5)", "from", "at least 1; this is 0")
		try("auditConsistency(from: 4, to: 9)", "from", "there is no checkpoint of size 4; the next larger one has 5")
		try("auditConsistency(from: 5, to: 8)", "to", "there is no checkpoint of size 8; the next larger one has 9")

		for _, role := range incident.Roles {
			want := "FORBIDDEN"
			if role == incident.RoleAuditor || role == incident.RoleAdmin {
				want = ""
			}
			for _, field := range []string{"auditCheckpoint", "auditProof(position: 1)", "auditConsistency(from: 5, to: 9)", "auditProof(position: 99)", "auditConsistency(from: 1, to: 9)"} {
				data, errs := s.as("role "+string(role), role).do(t, "{ "+field+" { __typename } }", nil)
				got := ""
				if len(errs) > 0 {
					got = errs[0].Extensions.Code
				}
				name, _, _ := strings.Cut(field, "(")
				if wrongInput := strings.Contains(field, "99") || strings.Contains(field, "from: 1"); wrongInput && want == "" {
					if got != "BAD_USER_INPUT" {
						t.Errorf("%s by %s: got %q", field, role, got)
					}
				} else if got != want || (data[name] != nil) != (want == "") {
					t.Errorf("%s by %s: got %q, %v; want %q", field, role, got, data, want)
				}
			}
		}
	})
}

// What the owner of the database alters is answered by name, never with a proof,
// and the log says what differs.
func TestProofsOfAnAlteredTrail(t *testing.T) {
	tests := []struct {
		name, table, statement string
		query                  string
		logged                 string
	}{
		{"a tile", "tree_tiles", "UPDATE tree_tiles SET hashes = (SELECT o.hashes FROM tree_tiles o WHERE o.number = 1) WHERE number = 0", "auditProof(position: 1, checkpointSize: 513)", `"what":"root of tile 0/0"`},
		{"the root of a tile", "tree_tiles", "UPDATE tree_tiles SET root = (SELECT o.root FROM tree_tiles o WHERE o.number = 1) WHERE number = 0", "auditConsistency(from: 257, to: 513)", `"what":"root of the tree"`},
		{"the note of a checkpoint", "checkpoints", "UPDATE checkpoints SET note = (SELECT o.note FROM checkpoints o WHERE o.size = 257) WHERE size = 513", "auditCheckpoint(atPosition: 513)", `"what":"checkpoint"`},
		{"a note that is none", "checkpoints", "UPDATE checkpoints SET note = 'x' WHERE size = 1", "auditCheckpoint(atPosition: 1)", `"what":"note of the checkpoint"`},
		{"the root of a checkpoint", "checkpoints", "UPDATE checkpoints SET root = (SELECT o.root FROM checkpoints o WHERE o.size = 257) WHERE size = 1", "auditProof(position: 1, checkpointSize: 1)", `"what":"checkpoint"`},
		{"an event under a tile", "audit_events", "UPDATE audit_events SET actor_id = 'act_x' WHERE position = 3", "auditProof(position: 3)", `"what":"leaf of the tree"`},
		{"an event under no tile", "audit_events", "UPDATE audit_events SET actor_id = 'act_x' WHERE position = 513", "auditProof(position: 2, checkpointSize: 513)", `"what":"root of the tree"`},
		{"the end cut off", "audit_events", "DELETE FROM audit_events WHERE position > 512", "auditProof(position: 2, checkpointSize: 513)", `"what":"event"`},
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		s.fill(t, 520)
		keys := dbtest.NewKeys(t)
		for _, size := range []int64{1, 257, 513} {
			dbtest.Checkpoint(t, s.store.Tree(), keys, size)
		}
		s.stop()
		dbtest.Tamper(t, url, "tasks", "DELETE FROM tasks WHERE id IN (SELECT subject_id FROM audit_events WHERE position > 512)") // as the foreign key asks
		raw := dbtest.Raw(t, url)
		for _, table := range []string{"tree_tiles", "checkpoints", "audit_events"} {
			if _, err := raw.ExecContext(t.Context(), "CREATE TABLE kept_"+table+" AS SELECT * FROM "+table); err != nil {
				t.Fatal(err)
			}
		}
		for _, test := range tests {
			dbtest.Tamper(t, url, test.table, test.statement)
			s := start(t, url)
			before := len(logged.String())
			auditor := s.as("eve", incident.RoleAuditor)
			data, errs := auditor.do(t, "{ "+test.query+" { __typename } }", nil)
			name, _, _ := strings.Cut(test.query, "(")
			if len(errs) != 1 || errs[0].Extensions.Code != "TRAIL_INCONSISTENT" || errs[0].Extensions.RequestID == "" || data[name] != nil || errs[0].Message != audit.ErrInconsistent.Error() {
				t.Errorf("%s: got %v, %+v; want TRAIL_INCONSISTENT", test.name, data, errs)
			}
			if log := logged.String()[before:]; !strings.Contains(log, test.logged) || !strings.Contains(log, `"expected":`) || !strings.Contains(log, errs[0].Extensions.RequestID) {
				t.Errorf("%s: the log has no %s: %s", test.name, test.logged, log)
			}
			s.stop()
			dbtest.Tamper(t, url, test.table, "DELETE FROM "+test.table)
			dbtest.Tamper(t, url, test.table, "INSERT INTO "+test.table+" SELECT * FROM kept_"+test.table)
		}
		again := start(t, url)
		for _, test := range tests {
			again.as("eve", incident.RoleAuditor).must(t, "{ "+test.query+" { __typename } }", nil)
		}
	})
}

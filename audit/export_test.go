package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestVerifyExport(t *testing.T) {
	x := newExportTrail(t, 1, 300)
	whole, filtered, later := x.export(t, "{}", 0, nil), x.export(t, onlyOdd, 0, odd), x.export(t, "{}", 250, nil)
	if again := x.export(t, "{}", 0, nil); again != whole {
		t.Error("the same export has other bytes the second time")
	}
	none := x.export(t, onlyOdd, 0, func(*Event) bool { return false })
	for _, test := range []struct {
		name, text                   string
		count, first, last, redacted int64
		outside, unchecked           int
	}{
		{"complete", whole, 300, 1, 300, 1, 3, 0},
		{"filtered", filtered, 150, 1, 299, 1, 1, 2},
		{"from a position on", later, 50, 251, 300, 0, 1, 2},
		{"nothing chosen", none, 0, 0, 0, 0, 1, 2},
	} {
		r, err := VerifyExport(strings.NewReader(test.text), x.check(
			x.checkpoint(t, 300).Note, x.checkpoint(t, 1).Note, x.checkpoint(t, 77).Note))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if r.Count != test.count || r.First != test.first || r.Last != test.last || r.Redacted != test.redacted || r.Outside != test.outside || len(r.Unchecked) != test.unchecked {
			t.Errorf("%s: got %+v", test.name, r)
		}
	}
}

// Wherever an export was interrupted, going on gives the bytes of one that was
// not.
func TestResumeExport(t *testing.T) {
	x := newExportTrail(t, 1, 8)
	for _, whole := range []string{x.export(t, "{}", 0, nil), x.export(t, onlyOdd, 0, odd), x.export(t, "{}", 6, nil)} {
		for cut := range len(whole) + 1 {
			p, err := ReadPartialExport(strings.NewReader(whole[:cut]))
			if err != nil {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			switch head := strings.Index(whole, "\n") + 1; {
			case p == nil && cut < head:
				continue
			case p == nil || cut < head:
				t.Fatalf("cut at %d: got %+v, the head ends at %d", cut, p, head)
			case p.Done != (cut == len(whole)):
				t.Fatalf("cut at %d of %d: done is %v", cut, len(whole), p.Done)
			case p.Done:
				continue
			}
			out := bytes.NewBufferString(whole[:p.Size])
			w := p.Resume(out, x.tree)
			for _, e := range x.events[w.Last():] {
				if p.Head.Unfiltered() || odd(e) {
					if err := w.Write(t.Context(), e); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if out.String() != whole {
				t.Fatalf("cut at %d: got\n%s\nwant\n%s", cut, out, whole)
			}
		}
	}
	for name, text := range map[string]string{
		"another file": "hello", "another format": `{"format":"tasktrail/export/v2",`, "lines swapped": relined(x.export(t, "{}", 0, nil), func(l []string) []string {
			l[2], l[3] = l[3], l[2]
			return l
		}),
	} {
		if p, err := ReadPartialExport(strings.NewReader(text)); err == nil {
			t.Errorf("%s: got %+v", name, p)
		}
	}
}

// What cannot be verified is not written.
func TestExportWriterRefuses(t *testing.T) {
	x := newExportTrail(t, 1, 12)
	other := newExportTrail(t, 1, 12)
	other.events[4].ActorID = "act_2"
	for _, test := range []struct {
		name, filter string
		write        []*Event
		says         string
	}{
		{"a gap", "{}", []*Event{x.events[0], x.events[2]}, "position 2 is not there"},
		{"the end missing", "{}", x.events[:11], "position 12 is not there"},
		{"no redaction", "{}", append(append(x.events[:6:6], mustTrail(t, TrailID{1}, 7)[6]), x.events[7:]...), "position 3 lost its payload, and no event up to 12 says why"},
		{"not in the tree", onlyOdd, []*Event{other.events[4]}, "position 5 is not what the checkpoint of 12 events states"},
		{"not UTF-8", "{}", []*Event{{Header: x.events[0].Header, PayloadText: []byte("\xff")}}, "position 1: the payload is not UTF-8"},
		{"not an event", "{}", []*Event{{Header: Header{Trail: TrailID{1}, Position: 1}}}, "position 1: audit: not a valid event header"},
	} {
		c := x.checkpoint(t, 12)
		w, err := NewExportWriter(&bytes.Buffer{}, ExportHead{Filter: json.RawMessage(test.filter), Checkpoint: c.Checkpoint, Note: c.Note}, x.tree)
		for _, e := range test.write {
			if err == nil {
				err = w.Write(t.Context(), e)
			}
		}
		if err == nil {
			err = w.Close()
		}
		if !errors.Is(err, ErrExport) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.says)
		}
	}
}

// The many proofs of an exporter are those that are made one by one.
func TestProver(t *testing.T) {
	for _, n := range []int{1, 2, 3, 255, 256, 257, 513, 700} {
		x := newExportTrail(t, 1, n)
		c := x.checkpoint(t, n).Checkpoint
		p := NewProver(x.tree, c)
		for _, position := range []int64{1, int64(n+1) / 2, int64(n)} {
			got, err := p.Prove(t.Context(), position)
			if err != nil {
				t.Fatal(err)
			}
			want, err := ProveInclusion(t.Context(), x.tree, c, position)
			if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%d of %d: got %v, want %v (%v)", position, n, got, want, err)
			}
		}
	}
}

// Another program in another language, written from the description alone, comes
// to the same result.
func TestPerlVerifiesExport(t *testing.T) {
	x := newExportTrail(t, 1, 300)
	whole := x.export(t, "{}", 0, nil)
	root := x.checkpoint(t, 300).Root
	for _, test := range []struct{ name, text, want string }{
		{"complete", whole, fmt.Sprintf("ok 300 %s\n", root)},
		{"edited", relined(whole, replaced(2, "Ada", "Eve")), "line 3: the payload is not the one committed to\n"},
		{"header", relined(whole, replaced(2, "TASK_CHANGED", "TASK_SKIPPED")), "line 3: the hash is another\n"},
		{"removed", relined(whole, func(l []string) []string { return slices.Delete(l, 9, 10) }), "line 10: the position is not 9\n"},
		{"digest", strings.Replace(whole, `"sha256":"`, `"sha256":"0`, 1), "line 302: the digest is another\n"},
	} {
		path := filepath.Join(t.TempDir(), "export.jsonl")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		perl := exec.Command("perl", "testdata/verify_export.pl", path)
		perl.Stderr = &stderr
		out, err := perl.Output()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatalf("install perl with its core modules (Debian: apt-get install perl): %v", err)
		}
		if string(out) != test.want || stderr.Len() > 0 {
			t.Errorf("%s: got %s%s, want %s", test.name, out, stderr.String(), test.want)
		}
	}
}

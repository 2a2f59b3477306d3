package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// relined applies f to the lines of an export and puts count, places and digest
// right again, as a forger would.
func relined(text string, f func(lines []string) []string) string {
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	var t exportTrailer
	_ = json.Unmarshal([]byte(lines[len(lines)-1]), &t)
	lines = f(lines[:len(lines)-1])
	position := func(line string) *int64 {
		digits, _, _ := strings.Cut(strings.TrimPrefix(line, `{"position":`), ",")
		n, _ := strconv.ParseInt(digits, 10, 64)
		return &n
	}
	t.First, t.Last = nil, nil
	if t.Count = int64(len(lines) - 1); t.Count > 0 {
		t.First, t.Last = position(lines[1]), position(lines[len(lines)-1])
	}
	all := strings.Join(lines, "")
	digest := sha256.Sum256([]byte(all))
	t.SHA256 = hex.EncodeToString(digest[:])
	return all + string(t.line()) + "\n"
}

// replaced edits a line. Where there is nothing to edit, the export is right and
// accepted, which fails the test.
func replaced(line int, from, to string) func([]string) []string {
	return func(lines []string) []string {
		lines[line] = strings.Replace(lines[line], from, to, 1)
		return lines
	}
}

// Each refusal has a name, and no forgery passes, though the forger puts the
// trailer right.
func TestVerifyExportRefuses(t *testing.T) {
	x, other := newExportTrail(t, 1, 20), newExportTrail(t, 2, 20)
	whole, filtered := x.export(t, "{}", 0, nil), x.export(t, onlyOdd, 0, odd)
	foreign := newExportTrail(t, 1, 20)
	foreign.events[8].Payload.ActorName = "Eve"
	for i := 8; i < len(foreign.events); i++ {
		if err := foreign.events[i].Seal(foreign.events[i-1].Head()); err != nil {
			t.Fatal(err)
		}
	}
	rewritten := foreign.export(t, "{}", 0, nil) // by whoever holds the key
	lines := strings.SplitAfter(whole, "\n")
	trailer := lines[len(lines)-2]
	swap := func(l []string) []string { l[4], l[5] = l[5], l[4]; return l }
	remove := func(n int) func([]string) []string {
		return func(l []string) []string { return slices.Delete(l, n, n+1) }
	}
	for _, test := range []struct {
		name, text string
		outside    []string
		says       string
	}{
		{"empty", "", nil, "the file is empty"},
		{"garbage", "\x00\xff\x80garbage\n", nil, "its first line is no head"},
		{"text without a line end", "hello", nil, "cut short"},
		{"CSV", "\ufeff\"position\",\"recordedAt\"\r\n", nil, "it looks like CSV"},
		{"gzip", "\x1f\x8b\x08\x00\x00", nil, "compressed with gzip"},
		{"other version", strings.Replace(whole, "export/v1", "export/v2", 1), nil, `of version "v2"`},
		{"other format", strings.Replace(whole, "tasktrail/export/v1", "x", 1), nil, "its format is another"},
		{"a list", "[]\n", nil, "its first line is no head"},
		{"only a head", lines[0], nil, "line 2: the end: expected a trailer"},
		{"no trailer", strings.TrimSuffix(whole, trailer), nil, "line 22: the end: expected a trailer"},
		{"cut in a line", whole[:len(whole)/2], nil, "it was cut short"},
		{"cut before the last line feed", whole[:len(whole)-1], nil, "it was cut short"},
		{"doubled trailer", whole + trailer, nil, "line 23: the end: expected nothing after the trailer"},
		{"empty line behind", whole + "\n", nil, "nothing after the trailer"},
		{"empty line within", strings.Replace(whole, "\n", "\n\n", 1), nil, "line 2: position"},
		{"two exports", whole + whole, nil, "nothing after the trailer"},
		{"a byte changed", strings.Replace(whole, "Ada", "Eve", 1), nil, "position 1: payload: expected commitment"},
		{"CR LF", strings.ReplaceAll(whole, "\n", "\r\n"), nil, "line 1: head"},
		{"swapped lines", relined(whole, swap), nil, "line 5: position: expected 4"},
		{"removed line", relined(whole, remove(5)), nil, "line 6: position: expected 5"},
		{"removed last line", relined(whole, remove(20)), nil, "last: expected 20, the size of the checkpoint"},
		{"doubled line", relined(whole, func(l []string) []string { return slices.Insert(l, 5, l[5]) }), nil, "line 7: position: expected one after 5, found 5"},
		{"edited payload", relined(whole, replaced(2, "Ada", "Eve")), nil, "position 2: payload: expected commitment"},
		{"edited header", relined(whole, replaced(2, "TASK_CHANGED", "TASK_SKIPPED")), nil, "position 2: hash"},
		{"edited time", relined(whole, replaced(2, `"recordedAt":1764`, `"recordedAt":1765`)), nil, "position 2: hash"},
		{"payload taken out", relined(whole, func(l []string) []string {
			i, k := strings.Index(l[5], `"payload":`), strings.Index(l[5], `"salt":`)
			l[5] = l[5][:i] + `"payload":null,"salt":null` + "}\n"
			_ = k
			return l
		}), nil, "position 5: payload: expected a payload, or an event that redacted it, found neither"},
		{"other spelling", relined(whole, replaced(2, `"position":2`, `"position": 2`)), nil, "line 3: position: expected an event in the one way"},
		{"leading zero", relined(whole, replaced(2, `"position":2`, `"position":02`)), nil, "line 3: position"},
		{"other escape", relined(whole, replaced(2, "Ada", `\u0041da`)), nil, "line 3: payload"},
		{"upper case", relined(whole, replaced(2, `"hash":"`, `"hash":"A`)), nil, "line 3: hash"},
		{"a member more", relined(whole, replaced(2, `,"salt"`, `,"x":1,"salt"`)), nil, "line 3: salt"},
		{"salt twice", relined(whole, replaced(2, "}\n", `,"salt":null}`+"\n")), nil, "line 3: its end"},
		{"broken UTF-8", relined(whole, replaced(2, "Ada", "A\xff")), nil, "line 3: payload"},
		{"wrong count", strings.Replace(whole, `"count":20`, `"count":19`, 1), nil, "count: expected 20, found 19"},
		{"wrong digest", strings.Replace(whole, `"sha256":"`, `"sha256":"00`, 1), nil, "sha256"},
		{"wrong first", strings.Replace(whole, `"first":1`, `"first":2`, 1), nil, "first: expected 1"},
		{"other note behind", strings.Replace(whole, trailer, strings.Replace(trailer, `"checkpoint":"tasktrail`, `"checkpoint":"x`, 1), 1), nil, "checkpoint: expected that of the head"},
		{"unsigned", relined(whole, replaced(0, "— tasktrail", "— nobody")), nil, "no signature by a known key"},
		{"forged signature", relined(whole, replaced(0, `=\n"}`, `A=\n"}`)), nil, "checkpoint: expected one signed"},
		{"other root", relined(whole, func(l []string) []string {
			root := strings.Split(l[0], `\n`)[2]
			l[0] = strings.Replace(l[0], root, "AAAA"+root[4:], 1)
			return l
		}), nil, "a signature of the checkpoint is wrong"},
		{"another trail's", other.export(t, "{}", 0, nil), nil, "no signature by a known key"},
		{"claims to be complete", relined(filtered, replaced(0, onlyOdd, "{}")), nil, "line 1: head"},
		{"claims to have no filter", relined(filtered, func(l []string) []string {
			l[0] = strings.Replace(strings.Replace(l[0], onlyOdd, "{}", 1), `"complete":false`, `"complete":true`, 1)
			return l
		}), nil, "line 2: its end"},
		{"not of the filter", relined(x.export(t, onlyOdd, 0, func(e *Event) bool { return e.Position < 4 }), func(l []string) []string { return l }), nil, "position 2: event: expected one that the filter chooses"},
		{"unknown filter", relined(filtered, replaced(0, "odd", "even")), nil, "line 1: filter"},
		{"another's proof", relined(filtered, func(l []string) []string {
			proof := l[2][strings.Index(l[2], `,"proof"`):]
			l[3] = l[3][:strings.Index(l[3], `,"proof"`)] + proof
			return l
		}), nil, "position 5: proof"},
		{"no proof", relined(filtered, func(l []string) []string {
			l[1] = l[1][:strings.Index(l[1], `,"proof"`)] + "}\n"
			return l
		}), nil, "line 2: proof"},
		{"empty proof", relined(filtered, func(l []string) []string {
			l[1] = l[1][:strings.Index(l[1], `,"proof"`)] + `,"proof":[]}` + "\n"
			return l
		}), nil, "position 1: proof"},
		{"edited, with proof", relined(filtered, replaced(1, "TASK_CHANGED", "TASK_SKIPPED")), nil, "position 1: hash"},
		{"rewritten by the holder of the key", rewritten, []string{x.checkpoint(t, 9).Note}, "position 9: root: expected"},
		{"rewritten, same size", rewritten, []string{x.checkpoint(t, 20).Note}, "as in checkpoint 1 kept outside"},
		{"rewritten, filtered, same size", foreign.export(t, onlyOdd, 0, odd), []string{x.checkpoint(t, 20).Note}, "as in checkpoint 1 kept outside"},
		{"cut by the holder of the key", newExportTrail(t, 1, 15).export(t, "{}", 0, nil), []string{x.checkpoint(t, 3).Note, x.checkpoint(t, 16).Note}, "at least the 16 events of checkpoint 2 kept outside"},
		{"checkpoint of another trail", whole, []string{other.checkpoint(t, 3).Note}, "no signature by a known key"},
		{"under a checkpoint of another history", strings.ReplaceAll(whole, noteIn(whole), noteIn(rewritten)), nil, "sha256"},
		{"the same, with the digest right", relined(strings.ReplaceAll(whole, noteIn(whole), noteIn(rewritten)), func(l []string) []string { return l }), nil, "root: expected"},
		{"upper case digits", relined(whole, func(l []string) []string {
			i := strings.Index(l[3], `"hash":"`) + 8
			l[3] = l[3][:i] + strings.ToUpper(l[3][i:i+64]) + l[3][i+64:]
			return l
		}), nil, "line 4: hash"},
		{"no checkpoint at all", whole, []string{"x"}, "checkpoint 1 kept outside: expected one signed by a key given, found not a checkpoint"},
	} {
		r, err := VerifyExport(strings.NewReader(test.text), x.check(test.outside...))
		_, isFault := errors.AsType[*ExportFault](err)
		if err == nil || !strings.Contains(err.Error(), test.says) || !isFault && !errors.Is(err, ErrNotExport) {
			t.Errorf("%s: got %v after %d events; want %q", test.name, err, r.Count, test.says)
		}
	}
	if _, err := VerifyExport(strings.NewReader(rewritten), x.check()); err != nil {
		t.Errorf("a trail made anew by the holder of the key is found without a checkpoint kept outside, by what? %v", err)
	}
	both := x.check(other.checkpoint(t, 3).Note)
	both.Keys.public = append(both.Keys.public, other.keys.public...)
	if _, err := VerifyExport(strings.NewReader(whole), both); err == nil || !strings.Contains(err.Error(), "line 1: trail: expected 02") {
		t.Errorf("a checkpoint of another trail: got %v", err)
	}
}

// noteIn is the checkpoint of an export as it is written there.
func noteIn(text string) string {
	_, note, _ := strings.Cut(text[:strings.Index(text, "\n")], `"checkpoint":"`)
	return note
}

// endless is a line without an end.
type endless struct{ start *strings.Reader }

func (e endless) Read(p []byte) (int, error) {
	if n, err := e.start.Read(p); err == nil {
		return n, nil
	}
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestVerifyExportRefusesHugeLines(t *testing.T) {
	x := newExportTrail(t, 1, 3)
	for _, start := range []string{strings.SplitAfter(x.export(t, "{}", 0, nil), "\n")[0]} {
		_, err := VerifyExport(endless{strings.NewReader(start)}, x.check())
		if err == nil || !strings.Contains(err.Error(), "length: expected at most 67108864 bytes, found more") {
			t.Errorf("got %v", err)
		}
	}
}

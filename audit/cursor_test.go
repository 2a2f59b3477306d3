package audit

import (
	"context"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCursor(t *testing.T) {
	hash := HashOf(nil)
	want := Cursor{Trail: TrailID{5}, Position: 77, Prefix: [16]byte(hash[:16])}
	if got := (Head{Trail: TrailID{5}, Position: 77, Hash: hash}).Cursor(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// Clients keep this text: it must be read for ever.
	const text = "AQUAAAAAAAAAAAAAAAAAAAAAAAAAAAAATeOwxEKY_BwUmvv0yJlvuSQ"
	if got := want.String(); got != text {
		t.Errorf("got %q, want %q", got, text)
	}
	if got, err := ParseCursor(text); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestParseCursorRefuses(t *testing.T) {
	text := Head{Trail: TrailID{5}, Position: 77, Hash: Hash{1, 2}}.Cursor().String()
	tests := []struct{ name, text string }{
		{"nothing", ""},
		{"one character", "x"},
		{"first character missing", text[1:]},
		{"last character missing", text[:54]},
		{"one more", text + "A"},
		{"padded", text + "="},
		{"foreign character", "!" + text[1:]},
		{"unknown version", "B" + text[1:]},
		{"line ends within", text[:9] + "\r\n" + text[9:]},
		{"line end behind", text + "\n"},
		{"spare bits set", text[:54] + "B"},
		{"negative position", Cursor{Position: -1}.String()},
		{"position 0 with a hash", Cursor{Prefix: [16]byte{1}}.String()},
		{"very long", strings.Repeat("A", 1<<20)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := ParseCursor(test.text); !errors.Is(err, ErrCursorMalformed) {
				t.Errorf("got %+v, %v, want ErrCursorMalformed", got, err)
			}
		})
	}
}

// A cursor has one text. No other text, however near, reads as the same one.
func TestCursorTextIsUnique(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Cursor{Trail: drawTrailID(t), Position: counts.Draw(t, "position"), Prefix: bytes16.Draw(t, "prefix")}
		text := c.String()
		if got, err := ParseCursor(text); err != nil || got != c {
			t.Fatalf("got %+v, %v, want %+v", got, err, c)
		}
		b := []byte(text)
		b[rapid.IntRange(0, len(b)-1).Draw(t, "place")] = rapid.Byte().Draw(t, "byte")
		if got, err := ParseCursor(string(b)); err == nil && got.String() != string(b) {
			t.Fatalf("%q reads as %q", b, got)
		}
	})
}

func TestCheckCursor(t *testing.T) {
	id := TrailID{1}
	trail, other := mustTrail(t, id, 20), mustTrail(t, TrailID{2}, 20)
	// The same trail as if the last ten events had been written otherwise.
	forked := cloned(trail)
	forked[10].Action = "X"
	rechained(forked, 11)
	log := newMemLog(id, trail)
	start := Head{Trail: id}.Cursor()
	nearby := trail[9].Cursor()
	nearby.Prefix[15] ^= 1

	tests := []struct {
		name   string
		log    *memLog
		cursor Cursor
		want   error
	}{
		{"before the first", log, start, nil},
		{"before the first of an empty trail", newMemLog(id, nil), start, nil},
		{"before the first of another trail", log, Head{Trail: TrailID{2}}.Cursor(), ErrTrailForked},
		{"first", log, trail[0].Cursor(), nil},
		{"in the middle", log, trail[9].Cursor(), nil},
		{"head", log, trail[19].Cursor(), nil},
		{"of another trail", log, other[9].Cursor(), ErrTrailForked},
		{"of another trail and ahead", newMemLog(id, trail[:5]), other[9].Cursor(), ErrTrailForked},
		{"ahead by one", newMemLog(id, trail[:19]), trail[19].Cursor(), ErrCursorAhead},
		{"ahead of an empty trail", newMemLog(id, nil), trail[0].Cursor(), ErrCursorAhead},
		{"before the fork", newMemLog(id, forked), trail[9].Cursor(), nil},
		{"behind the fork", newMemLog(id, forked), trail[10].Cursor(), ErrTrailForked},
		{"head of the other branch", newMemLog(id, forked), trail[19].Cursor(), ErrTrailForked},
		{"last bit of the hash", log, nearby, ErrTrailForked},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := CheckCursor(t.Context(), test.log, test.cursor); !errors.Is(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestCheckCursorPassesErrorsOn(t *testing.T) {
	trail := mustTrail(t, TrailID{1}, 3)
	broken := newMemLog(TrailID{1}, trail)
	want := errors.New("disk on fire")
	broken.fail(want)
	if got := CheckCursor(t.Context(), broken, trail[0].Cursor()); !errors.Is(got, want) {
		t.Errorf("from Head: got %v, want %v", got, want)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel() // Head does not mind, Read does
	if got := CheckCursor(ended, newMemLog(TrailID{1}, trail), trail[0].Cursor()); !errors.Is(got, context.Canceled) {
		t.Errorf("from Read: got %v, want %v", got, context.Canceled)
	}
}

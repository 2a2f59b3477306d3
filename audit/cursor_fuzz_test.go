package audit

import (
	"errors"
	"testing"
)

// A cursor is read only in the one spelling in which it was given out.
func FuzzParseCursor(f *testing.F) {
	f.Add(Cursor{}.String())
	f.Add(Cursor{Trail: TrailID{1, 2}, Position: 7, Prefix: [16]byte{9}}.String())
	f.Add(Cursor{Position: 1 << 62}.String() + "\n")
	f.Add("AQ==")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCursor(text)
		switch {
		case err != nil && !errors.Is(err, ErrCursorMalformed):
			t.Fatalf("%q: %v", text, err)
		case err == nil && (c.String() != text || c.Position < 0):
			t.Fatalf("%q was read as %+v, which is written %q", text, c, c.String())
		}
	})
}

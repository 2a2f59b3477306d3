package audit

import "testing"

// FuzzCursor reads any text as a cursor: what is accepted has one form only.
func FuzzCursor(f *testing.F) {
	f.Add(Cursor{}.String())
	f.Add(Cursor{Trail: TrailID{1}, Position: 1<<63 - 1, Prefix: [16]byte{2}}.String())
	f.Add("")
	f.Add("AQ==")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCursor(text)
		if err == nil && (c.String() != text || c.Position < 0) {
			t.Errorf("%q was read as %+v, which is %q", text, c, c.String())
		}
	})
}

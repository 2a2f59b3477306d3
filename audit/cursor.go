package audit

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// Cursor names a place in a trail: just behind the event at Position. It
// carries the first 16 bytes of that event's hash, so that a trail which was
// cut, restored or forked is noticed instead of read on from the wrong place.
// Position 0 is the place before the first event; its hash is zero.
type Cursor struct {
	Trail    TrailID
	Position int64
	Prefix   [16]byte
}

// Why a cursor cannot be followed. The texts are fit for clients.
var (
	ErrCursorMalformed = errors.New("the cursor is not one that this API gave out")
	ErrCursorAhead     = errors.New("the cursor is ahead of the trail: the trail was cut or restored from a backup")
	ErrTrailForked     = errors.New("the cursor belongs to another trail or to a history that no longer exists")
)

const (
	cursorVersion = 1
	cursorSize    = 1 + 16 + 8 + 16
)

// Cursor returns the cursor that stands at the head.
func (h Head) Cursor() Cursor {
	c := Cursor{Trail: h.Trail, Position: h.Position}
	copy(c.Prefix[:], h.Hash[:])
	return c
}

// String returns c as opaque, URL-safe text of 55 characters.
func (c Cursor) String() string {
	b := make([]byte, 0, cursorSize)
	b = append(b, cursorVersion)
	b = append(b, c.Trail[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.Position)) //nolint:gosec // never negative
	b = append(b, c.Prefix[:]...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseCursor reads what [Cursor.String] wrote, or returns
// [ErrCursorMalformed].
func ParseCursor(s string) (Cursor, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	// The text's length too: the decoder skips line ends.
	if err != nil || len(s) != base64.RawURLEncoding.EncodedLen(cursorSize) || len(b) != cursorSize || b[0] != cursorVersion {
		return Cursor{}, ErrCursorMalformed
	}
	c := Cursor{
		Trail:    TrailID(b[1:17]),
		Position: int64(binary.BigEndian.Uint64(b[17:25])), //nolint:gosec // checked below
		Prefix:   [16]byte(b[25:]),
	}
	if c.Position < 0 || (c.Position == 0 && c.Prefix != [16]byte{}) {
		return Cursor{}, ErrCursorMalformed
	}
	return c, nil
}

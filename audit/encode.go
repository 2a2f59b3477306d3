package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

const headerDomain = "tasktrail/event/v1\n"

// Field tags, in the order in which the encoding holds them.
const (
	tagTrail = iota + 1
	tagPosition
	tagRecordedAt
	tagAction
	tagSubjectKind
	tagSubjectID
	tagSubjectVersion
	tagIncidentID
	tagActorKind
	tagActorID
	tagRequestID
	tagMutationID
	tagFingerprint
	tagCommitment
	tagPrevious
)

const (
	markNull  = 0
	markValue = 1
)

// ErrEncoding is wrapped by every refusal of [Header.Encode] and
// [DecodeHeader].
var ErrEncoding = errors.New("audit: not a valid event header")

// HashOf returns the SHA-256 of an encoded header.
func HashOf(encoded []byte) Hash { return sha256.Sum256(encoded) }

// Encode returns the canonical bytes of h, as the package comment lays down.
func (h *Header) Encode() ([]byte, error) { return h.appendTo(make([]byte, 0, 512)) }

func (h *Header) appendTo(b []byte) ([]byte, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	b = append(b, headerDomain...)
	b = appendField(b, tagTrail, h.Trail[:])
	b = appendInt(b, tagPosition, h.Position)
	b = appendInt(b, tagRecordedAt, h.RecordedAt.UnixMicro())
	b = appendField(b, tagAction, []byte(h.Action))
	b = appendField(b, tagSubjectKind, []byte(h.SubjectKind))
	b = appendField(b, tagSubjectID, []byte(h.SubjectID))
	b = appendInt(b, tagSubjectVersion, h.SubjectVersion)
	b = appendText(b, tagIncidentID, h.IncidentID)
	b = appendField(b, tagActorKind, []byte(h.ActorKind))
	b = appendField(b, tagActorID, []byte(h.ActorID))
	b = appendText(b, tagRequestID, h.RequestID)
	b = appendText(b, tagMutationID, h.MutationID)
	b = appendHash(b, tagFingerprint, h.Fingerprint, h.MutationID != "")
	b = appendField(b, tagCommitment, h.Commitment[:])
	b = appendHash(b, tagPrevious, h.Previous, h.Position != 1)
	return b, nil
}

// check refuses headers that have no encoding.
func (h *Header) check() error {
	switch {
	case h.Position < 1:
		return fmt.Errorf("%w: position %d is not positive", ErrEncoding, h.Position)
	case h.SubjectVersion < 1:
		return fmt.Errorf("%w: subject version %d is not positive", ErrEncoding, h.SubjectVersion)
	case !time.UnixMicro(h.RecordedAt.UnixMicro()).Equal(h.RecordedAt):
		return fmt.Errorf("%w: recorded at %v is not a count of microseconds in 64 bits", ErrEncoding, h.RecordedAt)
	case h.Position == 1 && !h.Previous.IsZero():
		return fmt.Errorf("%w: position 1 has a previous hash", ErrEncoding)
	case h.MutationID == "" && !h.Fingerprint.IsZero():
		return fmt.Errorf("%w: fingerprint without client mutation id", ErrEncoding)
	}
	for _, s := range []string{string(h.Action), h.SubjectKind, h.SubjectID, h.ActorKind, h.ActorID} {
		if s == "" {
			return fmt.Errorf("%w: a required text is empty", ErrEncoding)
		}
	}
	texts := []string{
		string(h.Action), h.SubjectKind, h.SubjectID, h.ActorKind, h.ActorID,
		h.IncidentID, h.RequestID, h.MutationID,
	}
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			return fmt.Errorf("%w: a text holds NUL or broken UTF-8", ErrEncoding)
		}
	}
	return nil
}

func appendNull(b []byte, tag byte) []byte { return append(b, tag, markNull) }

func appendField(b []byte, tag byte, value []byte) []byte {
	b = append(b, tag, markValue)
	b = binary.BigEndian.AppendUint64(b, uint64(len(value)))
	return append(b, value...)
}

func appendInt(b []byte, tag byte, n int64) []byte {
	return appendField(b, tag, binary.BigEndian.AppendUint64(nil, uint64(n))) //nolint:gosec // two's complement on purpose
}

func appendText(b []byte, tag byte, s string) []byte {
	if s == "" {
		return appendNull(b, tag)
	}
	return appendField(b, tag, []byte(s))
}

func appendHash(b []byte, tag byte, h Hash, present bool) []byte {
	if !present {
		return appendNull(b, tag)
	}
	return appendField(b, tag, h[:])
}

// DecodeHeader reads what [Header.Encode] wrote and refuses everything else:
// for every accepted b, encoding the result gives b again.
func DecodeHeader(b []byte) (Header, error) {
	rest, ok := strings.CutPrefix(string(b), headerDomain)
	if !ok {
		return Header{}, fmt.Errorf("%w: unknown version", ErrEncoding)
	}
	d := decoder{rest: []byte(rest)}
	h := Header{
		Trail:          TrailID(d.fixed(tagTrail, 16)),
		Position:       d.int(tagPosition),
		RecordedAt:     time.UnixMicro(d.int(tagRecordedAt)).UTC(),
		Action:         Action(d.text(tagAction, false)),
		SubjectKind:    d.text(tagSubjectKind, false),
		SubjectID:      d.text(tagSubjectID, false),
		SubjectVersion: d.int(tagSubjectVersion),
		IncidentID:     d.text(tagIncidentID, true),
		ActorKind:      d.text(tagActorKind, false),
		ActorID:        d.text(tagActorID, false),
		RequestID:      d.text(tagRequestID, true),
		MutationID:     d.text(tagMutationID, true),
	}
	h.Fingerprint = d.hash(tagFingerprint, h.MutationID != "")
	h.Commitment = d.hash(tagCommitment, true)
	h.Previous = d.hash(tagPrevious, h.Position != 1)
	switch {
	case d.err != nil:
		return Header{}, d.err
	case len(d.rest) != 0:
		return Header{}, fmt.Errorf("%w: %d bytes too many", ErrEncoding, len(d.rest))
	}
	if err := h.check(); err != nil {
		return Header{}, err
	}
	return h, nil
}

// decoder reads fields in order and keeps the first error.
type decoder struct {
	rest []byte
	err  error
}

// next returns the bytes of the field tag, or nil when it is null.
func (d *decoder) next(tag byte) []byte {
	fail := func(what string) []byte {
		if d.err == nil {
			d.err = fmt.Errorf("%w: field %d: %s", ErrEncoding, tag, what)
		}
		return nil
	}
	if d.err != nil {
		return nil
	}
	if len(d.rest) < 2 || d.rest[0] != tag {
		return fail("missing")
	}
	mark := d.rest[1]
	d.rest = d.rest[2:]
	if mark == markNull {
		return nil
	}
	if mark != markValue || len(d.rest) < 8 {
		return fail("broken mark or length")
	}
	n := binary.BigEndian.Uint64(d.rest)
	d.rest = d.rest[8:]
	if n > uint64(len(d.rest)) {
		return fail("longer than the input")
	}
	value := d.rest[:n:n]
	d.rest = d.rest[n:]
	return value
}

// fixed returns exactly n bytes, zeros after an error.
func (d *decoder) fixed(tag byte, n int) []byte {
	value := d.next(tag)
	if len(value) != n {
		if d.err == nil {
			d.err = fmt.Errorf("%w: field %d: %d bytes, want %d", ErrEncoding, tag, len(value), n)
		}
		return make([]byte, n)
	}
	return value
}

func (d *decoder) int(tag byte) int64 {
	return int64(binary.BigEndian.Uint64(d.fixed(tag, 8))) //nolint:gosec // two's complement on purpose
}

func (d *decoder) text(tag byte, optional bool) string {
	value := d.next(tag)
	if len(value) == 0 && d.err == nil && (!optional || value != nil) {
		d.err = fmt.Errorf("%w: field %d: empty", ErrEncoding, tag)
	}
	return string(value)
}

func (d *decoder) hash(tag byte, present bool) Hash {
	if present {
		return Hash(d.fixed(tag, 32))
	}
	if value := d.next(tag); value != nil && d.err == nil {
		d.err = fmt.Errorf("%w: field %d: not null", ErrEncoding, tag)
	}
	return Hash{}
}

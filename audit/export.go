package audit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// # The format of an export
//
// An export is a file of JSON Lines: UTF-8, each line one JSON object and a line
// feed (0a), the last one too. There is exactly one way to write each line:
// members in the order given here, no white space, no member left out, integers
// in decimal without exponent or leading zeros (up to 64 bits with their sign),
// hashes, ids of trails and salts as lower-case hexadecimal digits. In text, the
// characters " and \ have a backslash before them, the control characters below
// U+0020 are \b \t \n \f \r or \u00 and two lower-case digits, and everything
// else stands as it is. No line is longer than [MaxExportLine].
//
// The first line is the head:
//
//	format      "tasktrail/export/v1"
//	trail       id of the trail, 32 digits
//	filter      object: what was asked for; {} chooses every event
//	after       integer: only events at later positions; 0 means from the first
//	complete    true exactly when filter is {} and after is 0
//	checkpoint  text: the signed note (C2SP tlog-checkpoint) that the export is
//	            under; its size is the last position that was looked at
//
// Then comes a line for each event, in the order of positions:
//
//	position recordedAt action subjectKind subjectId subjectVersion incidentId
//	actorKind actorId requestId clientMutationId fingerprint commitment previous
//	hash        the fields of the header as in the package comment, in its order,
//	            and the hash; recordedAt is an integer, microseconds since
//	            1970-01-01T00:00:00Z; null where the header has none
//	payload     text: exactly the bytes that the commitment was made from (JSON
//	            in itself); null when the event was redacted
//	salt        32 digits; null when the event was redacted
//	proof       array of hashes, 64 digits each: the inclusion proof (RFC 6962
//	            section 2.1.1, leaf first) of the event in the tree of the
//	            checkpoint. Not in complete exports, which give the tree itself
//
// The last line is the trailer. A file without it was cut short:
//
//	count       integer: how many events there are
//	first last  positions of the first and the last of them; null without any
//	sha256      SHA-256 of all bytes before this line
//	checkpoint  text: the same note as in the head
//
// The leaf of the tree is the encoded header, as the package comment has it. The
// same checkpoint, filter and redactions always give the same bytes.
const (
	ExportFormat = "tasktrail/export/v1"

	// MaxExportLine is the length of the longest line, in bytes, without its
	// line feed.
	MaxExportLine = 64 << 20
)

// ErrExport is wrapped when an event cannot be exported because the trail is not
// what it should be: its verification says more.
var ErrExport = errors.New("the trail cannot be exported as it is, run tasktrail verify")

// ExportHead is the first line of an export.
type ExportHead struct {
	Filter     json.RawMessage // as the format has it, {} chooses all
	After      int64
	Checkpoint Checkpoint
	Note       string // the signed checkpoint
}

// Unfiltered reports whether every event behind After is in the export.
func (h ExportHead) Unfiltered() bool { return string(h.Filter) == "{}" }

// Complete reports whether the export is the whole trail up to the checkpoint.
func (h ExportHead) Complete() bool { return h.Unfiltered() && h.After == 0 }

type exportHeadLine struct {
	Format     string          `json:"format"`
	Trail      string          `json:"trail"`
	Filter     json.RawMessage `json:"filter"`
	After      int64           `json:"after"`
	Complete   bool            `json:"complete"`
	Checkpoint string          `json:"checkpoint"`
}

type exportTrailer struct {
	Count      int64  `json:"count"`
	First      *int64 `json:"first"`
	Last       *int64 `json:"last"`
	SHA256     string `json:"sha256"`
	Checkpoint string `json:"checkpoint"`
}

func (h ExportHead) line() []byte {
	b := append([]byte(nil), `{"format":"`+ExportFormat+`","trail":"`+h.Checkpoint.Trail.String()+`","filter":`...)
	b = append(b, h.Filter...)
	b = append(b, `,"after":`...)
	b = strconv.AppendInt(b, h.After, 10)
	b = append(b, `,"complete":`...)
	b = strconv.AppendBool(b, h.Complete())
	b = append(b, `,"checkpoint":`...)
	return append(appendText8(b, h.Note), '}')
}

func (t exportTrailer) line() []byte {
	b := strconv.AppendInt([]byte(`{"count":`), t.Count, 10)
	for _, place := range []struct {
		name string
		at   *int64
	}{{"first", t.First}, {"last", t.Last}} {
		b = append(b, `,"`+place.name+`":`...)
		if place.at == nil {
			b = append(b, "null"...)
		} else {
			b = strconv.AppendInt(b, *place.at, 10)
		}
	}
	b = append(b, `,"sha256":"`+t.SHA256+`","checkpoint":`...)
	return append(appendText8(b, t.Checkpoint), '}')
}

// strict decodes a line that must be written in the one way that again writes.
func strict[T any](line []byte, into *T, again func() []byte) bool {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	return d.Decode(into) == nil && bytes.Equal(again(), line)
}

// appendExportEvent appends the line of e without its line feed. Proof is nil
// in complete exports.
func appendExportEvent(b []byte, e *Event, proof []Hash) ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, fmt.Errorf("%w: position %d: %w", ErrExport, e.Position, err)
	}
	if !utf8.Valid(e.PayloadText) {
		return nil, fmt.Errorf("%w: position %d: the payload is not UTF-8", ErrExport, e.Position)
	}
	member := func(name string) { b = append(b, `,"`+name+`":`...) }
	text := func(name, s string) { member(name); b = appendText8(b, s) }
	optional := func(name, s string) {
		if member(name); s == "" {
			b = append(b, "null"...)
		} else {
			b = appendText8(b, s)
		}
	}
	digits := func(name string, value []byte, present bool) {
		if member(name); !present {
			b = append(b, "null"...)
			return
		}
		b = append(hex.AppendEncode(append(b, '"'), value), '"')
	}
	b = strconv.AppendInt(append(b, `{"position":`...), e.Position, 10)
	member("recordedAt")
	b = strconv.AppendInt(b, e.RecordedAt.UnixMicro(), 10)
	text("action", string(e.Action))
	text("subjectKind", e.SubjectKind)
	text("subjectId", e.SubjectID)
	member("subjectVersion")
	b = strconv.AppendInt(b, e.SubjectVersion, 10)
	optional("incidentId", e.IncidentID)
	text("actorKind", e.ActorKind)
	text("actorId", e.ActorID)
	optional("requestId", e.RequestID)
	optional("clientMutationId", e.MutationID)
	digits("fingerprint", e.Fingerprint[:], e.MutationID != "")
	digits("commitment", e.Commitment[:], true)
	digits("previous", e.Previous[:], e.Position != 1)
	digits("hash", e.Hash[:], true)
	if member("payload"); e.Redacted {
		b = append(b, "null"...)
	} else {
		b = appendText8(b, string(e.PayloadText))
	}
	digits("salt", e.Salt[:], !e.Redacted)
	if proof != nil {
		member("proof")
		b = append(b, '[')
		for n, h := range proof {
			if n > 0 {
				b = append(b, ',')
			}
			b = append(hex.AppendEncode(append(b, '"'), h[:]), '"')
		}
		b = append(b, ']')
	}
	return append(b, '}'), nil
}

// appendText8 appends s as JSON text. [json.Marshal] escapes more, and what it
// escapes has changed between versions of Go.
func appendText8(b []byte, s string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(append(b, s[from:i]...), '\\')
		from = i + 1
		if at := bytes.IndexByte([]byte("\"\\\b\t\n\f\r"), c); at >= 0 {
			b = append(b, `"\btnfr`[at])
		} else {
			b = append(b, 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}

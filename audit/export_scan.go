package audit

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"time"
	"unicode/utf8"
)

// lineScanner reads the line of an event, which can be written in one way only.
// It keeps the name of the first member that was not.
type lineScanner struct {
	rest   []byte
	member string
	failed bool
}

// next goes on to the member with a name, behind what stands before it.
func (s *lineScanner) next(before byte, name string) {
	if s.failed {
		return
	}
	s.member = name
	s.literal(string(before) + `"` + name + `":`)
}

func (s *lineScanner) literal(text string) {
	rest, ok := bytes.CutPrefix(s.rest, []byte(text))
	if !ok {
		s.failed = true
		return
	}
	s.rest = rest
}

// null reports whether null stands here, and goes behind it.
func (s *lineScanner) null() bool {
	rest, ok := bytes.CutPrefix(s.rest, []byte("null"))
	if ok && !s.failed {
		s.rest = rest
	}
	return ok && !s.failed
}

func (s *lineScanner) int(name string) int64 {
	s.next(',', name)
	return s.number()
}

func (s *lineScanner) number() int64 {
	end := 0
	for end < len(s.rest) && (s.rest[end] == '-' || s.rest[end] >= '0' && s.rest[end] <= '9') {
		end++
	}
	digits := string(s.rest[:end])
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != digits {
		s.failed = true
		return 0
	}
	s.rest = s.rest[end:]
	return n
}

func (s *lineScanner) text(name string) string {
	s.next(',', name)
	return string(s.quoted())
}

func (s *lineScanner) optional(name string) string {
	if s.next(',', name); s.null() {
		return ""
	}
	text := s.quoted()
	s.failed = s.failed || len(text) == 0
	return string(text)
}

// quoted reads a text and takes the escapes out of it.
func (s *lineScanner) quoted() []byte {
	if s.literal(`"`); s.failed {
		return nil
	}
	end, escapes := 0, false
	for ; end < len(s.rest) && s.rest[end] != '"'; end++ {
		if s.rest[end] < 0x20 {
			s.failed = true
			return nil
		}
		if s.rest[end] == '\\' {
			escapes = true
			end++
		}
	}
	if end >= len(s.rest) {
		s.failed = true
		return nil
	}
	raw := s.rest[:end]
	s.rest = s.rest[end+1:]
	if escapes {
		raw = s.unescape(raw)
	}
	s.failed = s.failed || !utf8.Valid(raw)
	return raw
}

func (s *lineScanner) unescape(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++ // there is one: it was counted as part of the text
		if at := bytes.IndexByte([]byte(`"\btnfr`), raw[i]); at >= 0 {
			out = append(out, "\"\\\b\t\n\f\r"[at])
			continue
		}
		if raw[i] != 'u' || i+4 >= len(raw) {
			s.failed = true
			return nil
		}
		n, err := strconv.ParseUint(string(raw[i+1:i+5]), 16, 32)
		// Only what must be escaped, and in no other way.
		if err != nil || n >= 0x20 || !bytes.Equal(appendText8(nil, string(rune(n))), append(append([]byte(`"\u`), raw[i+1:i+5]...), '"')) {
			s.failed = true
			return nil
		}
		out = append(out, byte(n))
		i += 4
	}
	return out
}

// digits reads as many bytes as fit into.
func (s *lineScanner) digits(into []byte) {
	width := hex.EncodedLen(len(into))
	if s.literal(`"`); s.failed || len(s.rest) < width {
		s.failed = true
		return
	}
	for _, c := range s.rest[:width] {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			s.failed = true
			return
		}
	}
	_, _ = hex.Decode(into, s.rest[:width])
	s.rest = s.rest[width:]
	s.literal(`"`)
}

func (s *lineScanner) hash(name string, present bool) (h Hash) {
	s.next(',', name)
	switch {
	case present:
		s.digits(h[:])
	case !s.null():
		s.failed = true
	}
	return h
}

// parseExportEvent reads the line of an event of a trail. It returns the name
// of the first member that is not what it must be, or "".
func parseExportEvent(line []byte, trail TrailID, proven bool) (e *Event, proof []Hash, wrong string) {
	s := &lineScanner{rest: line}
	e = &Event{Header: Header{Trail: trail}}
	s.next('{', "position")
	e.Position = s.number()
	e.RecordedAt = time.UnixMicro(s.int("recordedAt")).UTC()
	e.Action = Action(s.text("action"))
	e.SubjectKind, e.SubjectID = s.text("subjectKind"), s.text("subjectId")
	e.SubjectVersion = s.int("subjectVersion")
	e.IncidentID = s.optional("incidentId")
	e.ActorKind, e.ActorID = s.text("actorKind"), s.text("actorId")
	e.RequestID, e.MutationID = s.optional("requestId"), s.optional("clientMutationId")
	e.Fingerprint = s.hash("fingerprint", e.MutationID != "")
	e.Commitment = s.hash("commitment", true)
	e.Previous = s.hash("previous", e.Position != 1)
	e.Hash = s.hash("hash", true)
	if s.next(',', "payload"); s.null() {
		e.Redacted = true
	} else {
		e.PayloadText = bytes.Clone(s.quoted())
	}
	s.next(',', "salt")
	switch {
	case !e.Redacted:
		s.digits(e.Salt[:])
	case !s.null():
		s.failed = true
	}
	if proven {
		proof = s.proof()
	}
	if s.failed {
		return nil, nil, s.member
	}
	if string(s.rest) != "}" {
		return nil, nil, "its end"
	}
	return e, proof, ""
}

func (s *lineScanner) proof() []Hash {
	s.next(',', "proof")
	s.literal("[")
	proof := []Hash{}
	for !s.failed && !bytes.HasPrefix(s.rest, []byte("]")) {
		if len(proof) > 0 {
			s.literal(",")
		}
		var h Hash
		s.digits(h[:])
		proof = append(proof, h)
		s.failed = s.failed || len(proof) > 64 // a proof has a hash for each level of the tree
	}
	s.literal("]")
	return proof
}

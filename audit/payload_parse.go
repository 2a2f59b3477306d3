package audit

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// parsePayload reads a payload that is written as [Payload.Encode] writes it,
// six times as fast as encoding/json, which every read of the trail would wait
// for. It takes only what it is sure of: false means that the text may be
// anything, a payload with escapes in a name included. The changes are parts of
// text, which must not be changed any more.
func parsePayload(text []byte) (Payload, bool) {
	var out Payload
	ok := out.parse(text)
	return out, ok
}

// parse is [parsePayload] into the room of the changes before.
func (out *Payload) parse(text []byte) bool {
	p := parser{rest: text}
	*out = Payload{Changes: out.Changes[:0]}
	return p.skip(`{"actorName":`) && p.text(&out.ActorName) &&
		(!p.skip(`,"actorEmail":`) || p.given(&out.ActorEmail)) &&
		(!p.skip(`,"reason":`) || p.given(&out.Reason)) &&
		(!p.skip(`,"causedBy":`) || p.int(&out.CausedBy) && out.CausedBy != 0) &&
		(!p.skip(`,"automation":`) || p.automation(out)) &&
		p.skip(`,"changes":[`) && p.changes(out) && p.skip(`]}`) && len(p.rest) == 0
}

// parser reads from the front of rest.
type parser struct{ rest []byte }

func (p *parser) skip(s string) bool {
	if len(p.rest) < len(s) || string(p.rest[:len(s)]) != s {
		return false
	}
	p.rest = p.rest[len(s):]
	return true
}

func (p *parser) automation(out *Payload) bool {
	var version int64
	out.Automation = &Automation{}
	ok := p.skip(`{"id":`) && p.text(&out.Automation.ID) && p.skip(`,"version":`) && p.int(&version) && p.skip(`}`)
	out.Automation.Version = int(version)
	return ok
}

func (p *parser) changes(out *Payload) bool {
	if out.Changes == nil {
		out.Changes = make([]Change, 0, bytes.Count(p.rest, []byte(`{"field":`)))
	}
	for !bytes.HasPrefix(p.rest, []byte("]")) {
		if len(out.Changes) > 0 && !p.skip(",") {
			return false
		}
		var c Change
		if !p.skip(`{"field":`) || !p.text(&c.Field) || !p.skip(`,"from":`) || !p.value(&c.From) || !p.skip(`,"to":`) || !p.value(&c.To) || !p.skip(`}`) {
			return false
		}
		out.Changes = append(out.Changes, c)
	}
	return true
}

// text reads a string without escapes.
func (p *parser) text(to *string) bool {
	if !p.skip(`"`) {
		return false
	}
	ascii := true
	for n, b := range p.rest {
		switch {
		case b == '"':
			text := p.rest[:n]
			*to, p.rest = string(text), p.rest[n+1:]
			// encoding/json escapes these two even where it escapes no HTML.
			return ascii || utf8.Valid(text) && !bytes.Contains(text, []byte("\u2028")) && !bytes.Contains(text, []byte("\u2029"))
		case b == '\\' || b < ' ':
			return false
		case b >= utf8.RuneSelf:
			ascii = false
		}
	}
	return false
}

// given reads a string that would not be there if it were empty.
func (p *parser) given(to *string) bool { return p.text(to) && *to != "" }

// int reads an integer as Go writes it.
func (p *parser) int(to *int64) bool {
	n := 0
	for n < len(p.rest) && (p.rest[n] >= '0' && p.rest[n] <= '9' || p.rest[n] == '-') {
		n++
	}
	var room [20]byte
	value, err := strconv.ParseInt(string(p.rest[:n]), 10, 64)
	if err != nil || !bytes.Equal(strconv.AppendInt(room[:0], value, 10), p.rest[:n]) {
		return false
	}
	*to, p.rest = value, p.rest[n:]
	return true
}

// value takes any JSON without space between its tokens, as it stands.
func (p *parser) value(to *json.RawMessage) bool {
	n, ok := compactJSON(p.rest, 0)
	if !ok {
		return false
	}
	*to, p.rest = json.RawMessage(p.rest[:n:n]), p.rest[n:]
	return true
}

// compactJSON returns the length of the JSON value without spaces that b begins
// with. Numbers with a fraction or an exponent are left to encoding/json.
func compactJSON(b []byte, depth int) (int, bool) {
	const deep = 100
	if len(b) == 0 || depth > deep {
		return 0, false
	}
	switch b[0] {
	case '"':
		return compactString(b)
	case '[', '{':
		return compactList(b, depth)
	}
	for _, word := range [...]string{"null", "true", "false"} {
		if len(b) >= len(word) && string(b[:len(word)]) == word {
			return len(word), true
		}
	}
	p := parser{rest: b}
	var number int64
	ok := p.int(&number)
	n := len(b) - len(p.rest)
	return n, ok && (n == len(b) || b[n] == ',' || b[n] == '}' || b[n] == ']')
}

// compactList reads an array or an object.
func compactList(b []byte, depth int) (int, bool) {
	object, end := b[0] == '{', byte(']')
	if object {
		end = '}'
	}
	n := 1
	if len(b) > 1 && b[1] == end {
		return 2, true
	}
	for {
		if object {
			name, ok := compactString(b[n:])
			if n += name; !ok || n == len(b) || b[n] != ':' {
				return 0, false
			}
			n++
		}
		value, ok := compactJSON(b[n:], depth+1)
		if n += value; !ok || n == len(b) {
			return 0, false
		}
		switch n++; b[n-1] {
		case end:
			return n, true
		case ',':
		default:
			return 0, false
		}
	}
}

func compactString(b []byte) (int, bool) {
	if len(b) == 0 || b[0] != '"' {
		return 0, false
	}
	for n := 1; n < len(b); n++ {
		switch c := b[n]; {
		case c > '\\' || c > '"' && c < '\\': // most of them
		case c == '"':
			return n + 1, true
		case c < ' ':
			return 0, false
		case c == '\\':
			n++
			if n == len(b) || !bytes.ContainsRune([]byte(`"\/bfnrt`), rune(b[n])) { // \u is left to encoding/json
				return 0, false
			}
		}
	}
	return 0, false
}

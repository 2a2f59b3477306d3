package transport

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode"
	"unicode/utf16"
)

// splitObject splits a valid JSON object. A name that comes twice is refused:
// whatever stands before this server could have read the other value.
func splitObject(raw []byte, what string) (map[string]json.RawMessage, error) {
	members := make(map[string]json.RawMessage)
	dec := json.NewDecoder(bytes.NewReader(raw))
	_, err := dec.Token() // the opening brace
	for err == nil && dec.More() {
		var name json.Token
		var value json.RawMessage
		if name, err = dec.Token(); err == nil {
			err = dec.Decode(&value)
		}
		key, _ := name.(string)
		if _, twice := members[key]; twice {
			return nil, badRequest("%s has a name that is given more than once", what)
		}
		members[key] = value
	}
	if err != nil {
		return nil, badRequest("%s is not valid JSON", what)
	}
	return members, nil
}

// halfCharacter reports whether valid JSON escapes one half of a surrogate pair
// without the other. encoding/json would put U+FFFD in its place unsaid.
func halfCharacter(raw []byte) bool {
	unit := func(at int) rune {
		if at+6 > len(raw) || raw[at] != '\\' || raw[at+1] != 'u' {
			return -1
		}
		n, _ := strconv.ParseUint(string(raw[at+2:at+6]), 16, 16) // valid JSON
		return rune(n)
	}
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		switch r := unit(i); {
		case !utf16.IsSurrogate(r):
			i++ // whatever is escaped
		case utf16.DecodeRune(r, unit(i+6)) == unicode.ReplacementChar:
			return true
		default:
			i += 11
		}
	}
	return false
}

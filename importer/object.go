package importer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// object is an object of somebody else's JSON. What is taken out of it is
// removed, so that what is left is what nobody understood. JSON is known to be
// well-formed; a nil object is one that was something else.
type object map[string]json.RawMessage

func parseObject(data []byte) (o object) {
	if json.Unmarshal(data, &o) != nil {
		return nil
	}
	return o
}

// parseList returns nil for anything but an array.
func parseList(data []byte) (list []json.RawMessage) {
	if json.Unmarshal(data, &list) != nil {
		return nil
	}
	return list
}

func (o object) has(name string) bool {
	_, ok := o[name]
	return ok
}

// pick removes a value. It is not set when there is none, or null.
func pick[T any](o object, name string) (v loose[T]) {
	raw, ok := o[name]
	delete(o, name)
	if ok {
		_ = v.UnmarshalJSON(raw) // never fails
	}
	return v
}

// drop removes what needs no mention: stamps, and what others say too.
func (o object) drop(names ...string) {
	for _, name := range names {
		delete(o, name)
	}
}

// rest describes what is left, in the order of the alphabet: `severity 2`.
// Empty values say nothing.
func (o object) rest() (found []string) {
	for _, name := range slices.Sorted(maps.Keys(o)) {
		var value bytes.Buffer
		if err := json.Compact(&value, o[name]); err != nil {
			continue // known to be well-formed
		}
		switch text := value.String(); text {
		case "null", `""`, "[]", "{}", "false":
		default:
			found = append(found, fmt.Sprintf("%s %s", name, brief(text)))
		}
	}
	return found
}

// brief cuts what is shown of a text.
func brief(s string) string {
	const most = 100 // characters
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// loose is a value that may be of another type than it should be, which is
// for the reader to say: the rest of the file can still be understood.
type loose[T any] struct {
	value T
	set   bool // there is one, whatever its type
	odd   bool // of another type
}

// UnmarshalJSON never fails.
func (l *loose[T]) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	l.set = true
	if json.Unmarshal(data, &l.value) != nil {
		*l = loose[T]{set: true, odd: true}
	}
	return nil
}

// ok reports whether there is a value of the right type.
func (l loose[T]) ok() bool { return l.set && !l.odd }

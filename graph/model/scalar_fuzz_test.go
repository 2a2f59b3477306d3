package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// FuzzScalars gives any JSON value to each scalar. What one accepts it writes so
// that it reads the same again; what it refuses it does not repeat.
func FuzzScalars(f *testing.F) {
	for _, seed := range []string{
		`"2026-01-02T03:04:05Z"`, `"2026-01-02T03:04:05.123456789+14:00"`, `"0000-01-01T00:00:00+00:01"`, `"9999-12-31T23:59:59.999999-00:01"`, `"2026-01-02T03:04:60Z"`,
		`"2026-01-02T3:04:05Z"`, `"2026-01-02T03:04:05,5Z"`, `""`, `1`, `-1`, `0`, `-0`, `1e3`, `1.5`, `2147483647`, `2147483648`, `-2147483648`, `9007199254740991`, `9007199254740992`,
		`99999999999999999999999`, `1e999`, `"5"`, `"a\u0000"`, `"\ud800"`, `null`, `true`, `[]`, `{}`, `{"a":[1,{"b":null}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var value any
		if decoder.Decode(&value) != nil {
			return
		}
		var plain any
		if json.Unmarshal([]byte(text), &plain) != nil {
			plain = value
		}
		for _, v := range []any{value, plain} {
			same(t, "DateTime", v, UnmarshalDateTime, MarshalDateTime)
			same(t, "Position", v, UnmarshalPosition, MarshalPosition)
			same(t, "Int", v, UnmarshalInt, MarshalInt)
			same(t, "Int64", v, UnmarshalInt64, MarshalInt64)
			same(t, "ID", v, UnmarshalID, MarshalID)
			same(t, "JSON", v, UnmarshalJSON, MarshalJSON)
		}
	})
}

// same reads a value, writes it, and reads what was written.
func same[T any](t *testing.T, scalar string, value any, read func(any) (T, error), write func(T) graphql.Marshaler) {
	t.Helper()
	first, err := read(value)
	if err != nil {
		if refused := ScalarError(""); !errors.As(err, &refused) {
			t.Errorf("%s: %v is refused with %T", scalar, value, err)
		}
		return
	}
	var once, twice bytes.Buffer
	write(first).MarshalGQL(&once)
	decoder := json.NewDecoder(bytes.NewReader(once.Bytes()))
	decoder.UseNumber()
	var again any
	if err := decoder.Decode(&again); err != nil || !utf8.Valid(once.Bytes()) {
		t.Fatalf("%s: %v is written as %q: %v", scalar, value, once.String(), err)
	}
	second, err := read(again)
	if err != nil {
		t.Fatalf("%s: %v is written as %s, which is refused: %v", scalar, value, once.String(), err)
	}
	write(second).MarshalGQL(&twice)
	if once.String() != twice.String() {
		t.Errorf("%s: %v is written as %s, and that as %s", scalar, value, once.String(), twice.String())
	}
}

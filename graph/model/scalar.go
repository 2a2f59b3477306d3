package model

import (
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// A ScalarError refuses a value given for a scalar. Its text is fit for
// clients and does not repeat the value.
type ScalarError string

func (e ScalarError) Error() string { return string(e) }

// Why a value is refused.
const (
	errDateTime ScalarError = "a DateTime must be RFC 3339 text with a zone, in the years 0 to 9999 UTC, such as 2026-01-02T03:04:05Z"
	errInt      ScalarError = "an Int must be a whole number from -2147483648 to 2147483647"
	errPosition ScalarError = "a Position must be a whole number from 0 to 9007199254740991"
	errJSON     ScalarError = "not a JSON value"
	errID       ScalarError = "an ID must be text in valid UTF-8 without the NUL character"
)

// MarshalDateTime writes t in UTC with six digits of the second.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, t.UTC().Format(`"2006-01-02T15:04:05.000000Z"`))
	})
}

// UnmarshalDateTime reads RFC 3339 text and cuts it to whole microseconds.
func UnmarshalDateTime(v any) (time.Time, error) {
	text, ok := v.(string)
	var t time.Time
	// Not time.Parse: it also takes a comma before the fraction and hours of one digit.
	if !ok || t.UnmarshalText([]byte(text)) != nil {
		return time.Time{}, errDateTime
	}
	t = t.UTC().Truncate(time.Microsecond)
	if t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}, errDateTime
	}
	return t, nil
}

// maxPosition is the largest integer that every JSON parser keeps exact.
const maxPosition = 1<<53 - 1

// MarshalPosition writes a JSON number.
func MarshalPosition(p int64) graphql.Marshaler { return number(p) }

// UnmarshalPosition reads a JSON number.
func UnmarshalPosition(v any) (int64, error) {
	n, ok := whole(v)
	if !ok || n < 0 || n > maxPosition {
		return 0, errPosition
	}
	return n, nil
}

// MarshalInt writes a JSON number.
func MarshalInt(n int) graphql.Marshaler { return number(int64(n)) }

// UnmarshalInt reads a JSON number of 32 bits, as the standard has it.
func UnmarshalInt(v any) (int, error) {
	n, ok := whole(v)
	if !ok || n < math.MinInt32 || n > math.MaxInt32 {
		return 0, errInt
	}
	return int(n), nil
}

// MarshalInt64 writes an Int that Go holds in 64 bits.
func MarshalInt64(n int64) graphql.Marshaler { return number(n) }

// UnmarshalInt64 reads what [UnmarshalInt] reads.
func UnmarshalInt64(v any) (int64, error) {
	n, err := UnmarshalInt(v)
	return int64(n), err
}

func number(n int64) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, strconv.FormatInt(n, 10)) })
}

// whole reads a whole number as variables and literals have them. A text that
// looks like one is none.
func whole(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		n := int64(v)
		return n, float64(n) == v && math.Abs(v) <= maxPosition
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 64)
		return n, err == nil
	}
	return 0, false
}

// MarshalJSON writes a value as it is recorded: a part of JSON that was parsed, and
// so valid.
func MarshalJSON(v json.RawMessage) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		if len(v) == 0 {
			v = json.RawMessage("null")
		}
		_, _ = w.Write(v)
	})
}

// UnmarshalJSON reads any JSON value.
func UnmarshalJSON(v any) (json.RawMessage, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, errJSON
	}
	return text, nil
}

// MarshalID writes an id as text.
func MarshalID(id string) graphql.Marshaler { return graphql.MarshalString(id) }

// UnmarshalID reads text, or a whole number as the standard allows. No
// database of ours can even look for what it refuses.
func UnmarshalID(v any) (string, error) {
	if n, ok := whole(v); ok {
		return strconv.FormatInt(n, 10), nil
	}
	id, ok := v.(string)
	if !ok || !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
		return "", errID
	}
	return id, nil
}

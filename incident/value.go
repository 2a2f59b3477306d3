package incident

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

// Most recorded values are plain text, a number, a time or null. Playing a trail
// back spends its time on these, so they go round encoding/json here, with the
// same result; all others are left to it.

// hasJSON reports whether the JSON form of the field at ptr, as [toJSON] renders
// it, is raw.
func hasJSON(ptr any, raw json.RawMessage) bool {
	v := reflect.ValueOf(ptr).Elem()
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return bytes.Equal(raw, jsonNull)
		}
		v = v.Elem()
	}
	var room [64]byte
	switch v.Kind() { //nolint:exhaustive // others have no short cut
	case reflect.String:
		if text, ok := plainText(raw); ok {
			return string(text) == v.String()
		}
	case reflect.Int:
		return bytes.Equal(raw, strconv.AppendInt(room[:0], v.Int(), 10))
	case reflect.Bool:
		return bytes.Equal(raw, strconv.AppendBool(room[:0], v.Bool()))
	case reflect.Struct:
		if t, ok := v.Addr().Interface().(*time.Time); ok {
			if text, plain := plainText(raw); plain {
				has, err := t.AppendText(room[:0])
				return err == nil && bytes.Equal(text, has)
			}
		}
	}
	return bytes.Equal(raw, toJSON(ptr))
}

// setJSON makes the field at ptr what raw says. What the field pointed to before
// is not changed: copies of the thing share it.
func setJSON(ptr any, raw json.RawMessage) error {
	v := reflect.ValueOf(ptr).Elem()
	if v.Kind() == reflect.Pointer {
		if bytes.Equal(raw, jsonNull) {
			v.SetZero()
			return nil
		}
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch v.Kind() { //nolint:exhaustive // others have no short cut
	case reflect.String:
		if text, ok := plainText(raw); ok {
			v.SetString(string(text))
			return nil
		}
	case reflect.Int:
		if n, ok := plainInt(raw); ok {
			v.SetInt(n)
			return nil
		}
	case reflect.Bool:
		if is := string(raw) == "true"; is || string(raw) == "false" {
			v.SetBool(is)
			return nil
		}
	case reflect.Struct:
		switch to := v.Addr().Interface().(type) {
		case *time.Time:
			*to = time.Time{}
			return to.UnmarshalJSON(raw)
		case *TaskOrigin:
			if origin, ok := plainOrigin(raw); ok {
				*to = origin
				return nil
			}
		}
	}
	// JSON is read into what is there already.
	reflect.ValueOf(ptr).Elem().SetZero()
	return json.Unmarshal(raw, ptr)
}

// plainText returns what a JSON string without escapes says, if encoding/json
// would write it like that too. It is a part of raw.
func plainText(raw []byte) ([]byte, bool) {
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return nil, false
	}
	text, ascii := raw[1:len(raw)-1], true
	for _, b := range text {
		if b < ' ' || b == '"' || b == '\\' {
			return nil, false
		}
		ascii = ascii && b < utf8.RuneSelf
	}
	// The line and paragraph separators are always written as escapes.
	if !ascii && (!utf8.Valid(text) || bytes.Contains(text, []byte("\u2028")) || bytes.Contains(text, []byte("\u2029"))) {
		return nil, false
	}
	return text, true
}

// plainInt reads an integer that is not negative and fits any int.
func plainInt(raw []byte) (int64, bool) {
	if len(raw) == 0 || len(raw) > 9 || raw[0] == '0' && len(raw) > 1 {
		return 0, false
	}
	n := int64(0)
	for _, b := range raw {
		if b < '0' || b > '9' {
			return 0, false
		}
		n = 10*n + int64(b-'0')
	}
	return n, true
}

// plainOrigin reads an origin as [toJSON] writes it: every task has one.
func plainOrigin(raw []byte) (o TaskOrigin, ok bool) {
	r := originReader{raw}
	ok = r.field(`{"kind":`, &o.Kind) && r.field(`,"name":`, &o.Name) && r.field(`,"id":`, &o.ID) && r.field(`,"step":`, &o.Step)
	if ok && len(r.rest) > 1 { // not by hand
		ok = r.field(`,"version":`, &o.Version) && r.field(`,"key":`, &o.Key)
	}
	return o, ok && string(r.rest) == "}"
}

type originReader struct{ rest []byte }

// field reads a field whose value is plain.
func (r *originReader) field(name string, to any) bool {
	value, ok := bytes.CutPrefix(r.rest, []byte(name))
	if !ok || len(value) == 0 {
		return false
	}
	end := bytes.IndexAny(value, ",}")
	if value[0] == '"' {
		end = bytes.IndexByte(value[1:], '"') + 2
		if _, plain := plainText(value[:end]); !plain {
			return false
		}
	}
	if end < 1 {
		return false
	}
	r.rest = value[end:]
	return setJSON(to, value[:end]) == nil
}

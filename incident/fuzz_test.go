package incident

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

// The cursor of a list is read only in the spelling in which it was given out,
// and only by its own list.
func FuzzParseKey(f *testing.F) {
	f.Add(Key{Order: "number", Value: "7", ID: "inc_1"}.Cursor(), "number")
	f.Add(Key{Order: "title", Value: "a\x00\u2028<b>\xff", ID: ""}.Cursor(), "title")
	f.Add("WyJhIiwiYiJd", "a")
	f.Add("bnVsbA", "")
	f.Fuzz(func(t *testing.T, cursor, order string) {
		k, err := ParseKey(cursor, order, "after")
		if err == nil && (k.Order != order || k.Cursor() != cursor) {
			t.Fatalf("%q in the list by %q was read as %+v", cursor, order, k)
		}
	})
}

// A filter stands in an export in its canonical form, and in no other.
func FuzzParseFilter(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"incidentId":"inc_1","actorKind":["USER"],"actions":["TASK_ADDED"],"fields":["a","b"],"since":"2026-01-02T03:04:05.000000Z"}`))
	f.Add([]byte(`{"actorKind":["USER","SERVICE","USER"],"since":"2026-01-02T03:04:05+01:00"}`))
	f.Add([]byte(`{"fields":[""],"until":"0000-01-01T00:00:00+23:59"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var given FilterText
		if json.Unmarshal(text, &given) != nil {
			return
		}
		chosen, canonical, err := given.Filter()
		if err != nil {
			if _, ok := errors.AsType[*InputError](err); !ok {
				t.Fatalf("%s: %v", text, err)
			}
			return
		}
		// The order of what is chosen makes no other choice.
		for _, list := range [][]string{given.ActorKind, given.Actions, given.Fields} {
			slices.Reverse(list)
		}
		if _, reversed, err := given.Filter(); err != nil || !reflect.DeepEqual(reversed, canonical) {
			t.Fatalf("%s: reversed it is %s, %v", text, reversed.JSON(), err)
		}
		again, same, err := ParseFilter(canonical.JSON())
		if err != nil || !reflect.DeepEqual(same, canonical) || !reflect.DeepEqual(again, chosen) {
			t.Fatalf("%s: %s is read as %s, %v", text, canonical.JSON(), same.JSON(), err)
		}
		if _, _, err := ParseFilter(text); err == nil && !bytes.Equal(text, canonical.JSON()) {
			t.Fatalf("%s was taken although its form is %s", text, canonical.JSON())
		}
	})
}

// What is taken for the URL of a webhook has a host that can be looked up and
// nothing that would be lost or hidden; a refusal quotes nothing of it.
func FuzzCheckWebhookURL(f *testing.F) {
	for _, raw := range []string{
		"https://example.com/hook?a=b", "http://[::1]:80/", "https://user:pw@example.com", "https://example.com#x", "https:example.com",
		"https://ex\u2024ample.com", "https://example.com:99999", "https://[fe80::1%25eth0]/", "https://%65xample.com", "https://exa mple.com/\r\nX: y",
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if err := CheckWebhookURL(raw); err != nil {
			if !strings.HasPrefix(err.Error(), "url ") || (len(raw) > 12 && strings.Contains(err.Error(), raw)) {
				t.Fatalf("%q: %v", raw, err)
			}
			return
		}
		u, err := url.Parse(raw)
		if err != nil || u.User != nil || u.Fragment != "" || u.Hostname() == "" ||
			strings.ContainsFunc(u.Host, func(r rune) bool { return r > unicode.MaxASCII || unicode.IsControl(r) || r == ' ' }) {
			t.Fatalf("%q was accepted", raw)
		}
	})
}

// The short cuts round encoding/json give what it gives.
func FuzzShortJSON(f *testing.F) {
	for _, raw := range []string{`"plain"`, `"a\nb"`, `"\u0041"`, "\"\u2028\"", `7`, `-0`, `007`, `1e3`, `true`, `null`, `"2026-01-02T03:04:05.000001Z"`, `"2026-01-02T03:04:05.10Z"`, `["a"]`, ` 7`, `9223372036854775808`} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if !json.Valid([]byte(raw)) {
			return // the trail holds valid JSON
		}
		quickly[string](t, raw)
		quickly[int](t, raw)
		quickly[bool](t, raw)
		quickly[time.Time](t, raw)
		quickly[*string](t, raw)
		quickly[*time.Time](t, raw)
		quickly[[]string](t, raw)
	})
}

func quickly[T any](t *testing.T, raw string) {
	var got, want T
	errGot, errWant := setJSON(&got, json.RawMessage(raw)), json.Unmarshal([]byte(raw), &want)
	if (errGot == nil) != (errWant == nil) || (errWant == nil && !reflect.DeepEqual(got, want)) {
		t.Fatalf("%s as %T: got %v, %v; want %v, %v", raw, got, got, errGot, want, errWant)
	}
	if errWant == nil && hasJSON(&want, json.RawMessage(raw)) != bytes.Equal(toJSON(&want), []byte(raw)) {
		t.Fatalf("%s as %T: its JSON is %s", raw, got, toJSON(&want))
	}
}

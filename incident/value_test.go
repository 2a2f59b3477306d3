package incident

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"
)

// values are JSON values of all kinds, and such as only look like one.
var values = []string{
	`null`, `""`, `"a"`, `"Zoë “x” ` + "\U0001F600" + `"`, `"a\"b"`, `"a\\"`, `"\n"`, `"\u0041"`, `"\u2028"`, "\"\u2028\"", "\"\u2029\"", "\"\x7f\"",
	"\"\xff\"", "\"\xed\xa0\x80\"", `"<&>"`, `"\u003c"`, `"null"`, `0`, `-0`, `-1`, `1`, `12`, `999999999`, `1234567890`, `9223372036854775807`,
	`9223372036854775808`, `1.0`, `1e3`, `true`, `false`, `[]`, `["a"]`, `["a","b"]`, `[null]`, `{}`,
	`"2026-01-02T03:04:05Z"`, `"2026-01-02T03:04:05.123456Z"`, `"2026-01-02T03:04:05.120Z"`, `"2026-01-02T03:04:05+00:00"`,
	`"2026-01-02T03:04:05+02:00"`, `"2026-1-2T03:04:05Z"`, `"2026-01-02T03:04:05,5Z"`, `"10000-01-02T03:04:05Z"`,
	`{"kind":"USER","name":"a","id":"b","step":null}`, `{"kind":"USER","name":"a","id":"b\",\"step\":1}`, `{"kind":"USER","name":"a\\\"","id":"","step":0}`,
	`{"kind":"USER","name":"a","id":"b"}`, `{"kind":"USER","name":"a","id":"b","step":null }`, `{"kind":"USER","name":"a","id":"b","step":"1"}`,
	`{"kind":"RULE","name":"a","id":"b","step":1,"version":2}`, `{"kind":"RULE","name":"a","id":"b","step":1,"key":"k","version":2}`,
	`{"kind":null,"name":null,"id":null,"step":null,"version":null,"key":null}`, `{"kind":1,"name":"a","id":"b","step":1,"version":[],"key":{}}`,
	`{"kind":"USER","name":"a","id":"b","step":1,"version":2,"key":"k","version":3}`, `{"kind":"USER","name":"a","id":[1,2],"step":null}`,
	`{"kind":"PLAYBOOK","name":"a","id":null,"step":1,"version":2,"key":"k"}`,
}

// Recorded values are read and compared as encoding/json would, whatever was in
// the field before.
func TestValuesLikeJSON(t *testing.T) {
	likeJSON[string](t)
	likeJSON[*string](t)
	likeJSON[IncidentSeverity](t)
	likeJSON[*IncidentClassification](t)
	likeJSON[int](t)
	likeJSON[*int](t)
	likeJSON[bool](t)
	likeJSON[*bool](t)
	likeJSON[time.Time](t)
	likeJSON[*time.Time](t)
	likeJSON[[]string](t)
	likeJSON[TaskOrigin](t)
}

func likeJSON[T any](t *testing.T) {
	t.Helper()
	for _, before := range append([]string{`null`}, values...) {
		for _, raw := range values {
			var want, old, got T
			err := json.Unmarshal([]byte(raw), &want)
			if json.Unmarshal([]byte(before), &old) != nil {
				continue
			}
			got = old
			shown := fmt.Sprintf("%T: %q over %q", got, raw, before)
			switch wrong := setJSON(&got, json.RawMessage(raw)); {
			case (wrong == nil) != (err == nil):
				t.Errorf("%s: got error %v, want %v", shown, wrong, err)
			case err == nil && !reflect.DeepEqual(got, want):
				t.Errorf("%s: got %v, want %v", shown, got, want)
			}
			var again T
			if _ = json.Unmarshal([]byte(before), &again); !reflect.DeepEqual(old, again) {
				t.Errorf("%s: what copies share was changed", shown)
			}
			if has, same := hasJSON(&old, json.RawMessage(raw)), bytes.Equal(toJSON(&old), []byte(raw)); has != same {
				t.Errorf("%s: compared: %t, want %t", shown, has, same)
			}
		}
	}
}

package audit

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// What the quick parser takes is what encoding/json makes of it, and is exactly
// what would be written again.
func FuzzParsePayload(f *testing.F) {
	for _, s := range []string{
		`{"actorName":"alice","changes":[]}`,
		`{"actorName":"Zoë","actorEmail":"z@example.com","reason":"r","causedBy":7,"automation":{"id":"rul_1","version":2},"changes":[{"field":"title","from":null,"to":"a\nb"}]}`,
		`{"actorName":"a","changes":[{"field":"labels","from":["x","y"],"to":[]},{"field":"origin","from":null,"to":{"kind":"USER","step":1}}]}`,
		`{"actorName":"a","changes":[{"field":"rank","from":-1,"to":12},{"field":"mandatory","from":true,"to":false}]}`,
		`{"actorName":"a","changes":[{"field":"x","from":01,"to":1.5}]}`, `{"actorName":"a","changes":null}`, `{"actorName":"a","causedBy":0,"changes":[]}`,
		`{"actorName":"a", "changes":[]}`, `{"actorName":"a\u2028","changes":[]}`, "{\"actorName\":\"a\u2028\",\"changes\":[]}", "{\"actorName\":\"a\xff\",\"changes\":[]}",
		`{"actorName":"a","reason":"","changes":[]}`, `{"actorName":"a","changes":[{"field":"x","from":"\q","to":[[[]]]}]}`, `{"actorName":"a","changes":[,]}`,
		`{"actorName":"a","changes":[{"field":"x","from":"\u12","to":-0}]}`, `{"actorName":"a","changes":[{"field":"x","from":{"a":1,},"to":[1,]}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, ok := parsePayload(text)
		if !ok {
			return
		}
		var want Payload
		if err := json.Unmarshal(text, &want); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: got %+v, want %+v, %v", text, got, want, err)
		}
		if again, err := want.Encode(); err != nil || !bytes.Equal(again, text) {
			t.Fatalf("%s: written again it is %s, %v", text, again, err)
		}
	})
}

// The payloads that there are take the quick way.
func TestParsePayload(t *testing.T) {
	for _, p := range []Payload{
		{ActorName: "alice", Changes: []Change{}},
		{
			ActorName: "Zoë", ActorEmail: "z@example.com", Reason: "because", CausedBy: 3, Automation: &Automation{ID: "rul_1", Version: 1},
			Changes: []Change{{"title", json.RawMessage("null"), json.RawMessage(`"a\n\"b\""`)}, {"labels", json.RawMessage(`[]`), json.RawMessage(`["x",{"a":[true,false,-12]}]`)}},
		},
	} {
		text, err := p.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := parsePayload(text); !ok || !reflect.DeepEqual(got, p) {
			t.Errorf("%s: got %+v, %t", text, got, ok)
		}
	}
}

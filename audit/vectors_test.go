package audit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"
)

// vector is one event of testdata/events.json, with what must come out of it.
// The file was computed by testdata/encode.pl, which also says how.
type vector struct {
	Name   string `json:"name"`
	Header struct {
		Trail          hexBytes `json:"trail"`
		Position       int64    `json:"position,string"`
		RecordedAt     int64    `json:"recordedAt,string"` // microseconds since 1970
		Action         string   `json:"action"`
		SubjectKind    string   `json:"subjectKind"`
		SubjectID      string   `json:"subjectId"`
		SubjectVersion int64    `json:"subjectVersion,string"`
		IncidentID     *string  `json:"incidentId"`
		ActorKind      string   `json:"actorKind"`
		ActorID        string   `json:"actorId"`
		RequestID      *string  `json:"requestId"`
		MutationID     *string  `json:"mutationId"`
		Fingerprint    hexBytes `json:"fingerprint"`
		Commitment     hexBytes `json:"commitment"`
		Previous       hexBytes `json:"previous"`
	} `json:"header"`
	Payload  string   `json:"payload"`
	Salt     hexBytes `json:"salt"`
	Encoding hexBytes `json:"encoding"`
	Hash     hexBytes `json:"hash"`
}

// hexBytes are written as hexadecimal digits, nil as null.
type hexBytes []byte

func (b hexBytes) MarshalJSON() ([]byte, error) {
	if b == nil {
		return []byte("null"), nil
	}
	return json.Marshal(hex.EncodeToString(b))
}

func (b *hexBytes) UnmarshalJSON(text []byte) error {
	var digits *string
	if err := json.Unmarshal(text, &digits); err != nil || digits == nil {
		return err
	}
	var err error
	*b, err = hex.DecodeString(*digits)
	return err
}

func mustVectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/events.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	if got, want := len(vectors), 12; got != want {
		t.Fatalf("got %d vectors, want %d", got, want)
	}
	return vectors
}

// mustEvent returns the event as the vector says it must be once sealed.
func (v *vector) mustEvent(t testing.TB) Event {
	t.Helper()
	payload, err := DecodePayload([]byte(v.Payload))
	if err != nil {
		t.Fatal(err)
	}
	optional := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	h := v.Header
	e := Event{
		Header: Header{
			Position: h.Position, RecordedAt: time.UnixMicro(h.RecordedAt).UTC(), Action: Action(h.Action),
			SubjectKind: h.SubjectKind, SubjectID: h.SubjectID, SubjectVersion: h.SubjectVersion,
			IncidentID: optional(h.IncidentID), ActorKind: h.ActorKind, ActorID: h.ActorID,
			RequestID: optional(h.RequestID), MutationID: optional(h.MutationID),
		},
		Payload: payload, PayloadText: []byte(v.Payload),
	}
	copy(e.Trail[:], h.Trail)
	copy(e.Fingerprint[:], h.Fingerprint)
	copy(e.Commitment[:], h.Commitment)
	copy(e.Previous[:], h.Previous)
	copy(e.Salt[:], v.Salt)
	copy(e.Hash[:], v.Hash)
	return e
}

func TestVectors(t *testing.T) {
	for _, v := range mustVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			want := v.mustEvent(t)
			if got, err := want.Encode(); err != nil || !bytes.Equal(got, v.Encoding) {
				t.Errorf("Encode: got %x, %v\nwant %x", got, err, v.Encoding)
			}
			if got, err := DecodeHeader(v.Encoding); err != nil || got != want.Header {
				t.Errorf("DecodeHeader: got %+v, %v\nwant %+v", got, err, want.Header)
			}
			if got := Commit(want.Salt, want.PayloadText); got != want.Commitment {
				t.Errorf("Commit: got %v, want %v", got, want.Commitment)
			}
			if got := HashOf(v.Encoding); got != want.Hash {
				t.Errorf("HashOf: got %v, want %v", got, want.Hash)
			}
			sealed := Event{Header: want.Header, Payload: want.Payload, Salt: want.Salt}
			sealed.Trail, sealed.Position, sealed.Previous, sealed.Commitment = TrailID{}, 0, Hash{}, Hash{}
			if err := sealed.Seal(Head{Trail: want.Trail, Position: want.Position - 1, Hash: want.Previous}); err != nil {
				t.Fatal(err)
			}
			if sealed.Header != want.Header || sealed.Hash != want.Hash || string(sealed.PayloadText) != v.Payload {
				t.Errorf("Seal: got %+v\nwant %+v", sealed, want)
			}
		})
	}
}

// The vectors are two trails and, last, an event that stands alone.
func TestVectorsAreTrails(t *testing.T) {
	vectors := mustVectors(t)
	var v *Verifier
	for i := range vectors[:len(vectors)-1] {
		e := vectors[i].mustEvent(t)
		if e.Position == 1 {
			v = NewVerifier(e.Trail)
		}
		if err := v.Check(&e); err != nil {
			t.Errorf("%s: %v", vectors[i].Name, err)
		}
	}
}

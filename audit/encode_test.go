package audit

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"
)

func sample() Header {
	return Header{
		Trail: TrailID{1, 2, 3}, Position: 2, RecordedAt: time.UnixMicro(1764000000123456).UTC(),
		Action: "TASK_COMPLETED", SubjectKind: "task", SubjectID: "tsk_1", SubjectVersion: 3,
		IncidentID: "inc_1", ActorKind: "USER", ActorID: "act_1", RequestID: "r", MutationID: "m",
		Fingerprint: Hash{9}, Commitment: Hash{8}, Previous: Hash{7},
	}
}

func TestHeaderRoundTrip(t *testing.T) {
	h := sample()
	b, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeHeader(b)
	if err != nil {
		t.Fatal(err)
	}
	if got != h {
		t.Errorf("got %+v, want %+v", got, h)
	}
	for i := range b {
		if _, err := DecodeHeader(b[:i]); !errors.Is(err, ErrEncoding) {
			t.Fatalf("cut at %d: got %v, want ErrEncoding", i, err)
		}
	}
	if _, err := DecodeHeader(append(b, 0)); !errors.Is(err, ErrEncoding) {
		t.Errorf("one byte more: got %v, want ErrEncoding", err)
	}
}

// One bit other, anywhere, and the bytes are refused or are those of another
// header.
func TestDecodeHeaderFlippedBits(t *testing.T) {
	for _, v := range mustVectors(t) {
		want := v.mustEvent(t).Header
		for i := range 8 * len(v.Encoding) {
			b := bytes.Clone(v.Encoding)
			b[i/8] ^= 1 << (i % 8)
			got, err := DecodeHeader(b)
			if err != nil {
				continue
			}
			if again, err := got.Encode(); got == want || err != nil || !bytes.Equal(again, b) {
				t.Errorf("%s, bit %d: got %+v, which does not encode to these bytes", v.Name, i, got)
			}
		}
	}
}

// Null has one form: the mark. A value of no length is not null.
func TestDecodeHeaderRefusesEmptyForNull(t *testing.T) {
	h := sample()
	h.Position, h.Previous = 1, Hash{}
	h.IncidentID, h.RequestID, h.MutationID, h.Fingerprint, h.Commitment = "", "", "", Hash{}, Hash{}
	b, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []byte{tagIncidentID, tagRequestID, tagMutationID, tagFingerprint, tagPrevious} {
		at := bytes.LastIndex(b, []byte{tag, markNull}) // no later field holds such bytes
		empty := slices.Concat(b[:at], []byte{tag, markValue}, make([]byte, 8), b[at+2:])
		if got, err := DecodeHeader(empty); !errors.Is(err, ErrEncoding) {
			t.Errorf("field %d: got %+v, %v, want ErrEncoding", tag, got, err)
		}
	}
}

func FuzzDecodeHeader(f *testing.F) {
	h := sample()
	b, _ := h.Encode()
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := DecodeHeader(b)
		if err != nil {
			return
		}
		again, err := h.Encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("decoded but encodes differently: %v", err)
		}
	})
}

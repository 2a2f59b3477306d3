package audit

import (
	"bytes"
	"errors"
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

package audit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// mustPerl gives the vectors to the other implementation and returns what it
// computed: commitment, hash and encoding of each, in hexadecimal digits.
func mustPerl(t testing.TB, vectors []vector) [][3]string {
	t.Helper()
	if err := exec.Command("perl", "-MJSON::PP", "-MDigest::SHA", "-e", "1").Run(); err != nil {
		t.Fatalf("install perl with its core modules (Debian: apt-get install perl): %v", err)
	}
	input, err := json.Marshal(vectors)
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	perl := exec.Command("perl", "testdata/encode.pl")
	perl.Stdin, perl.Stderr = bytes.NewReader(input), &stderr
	output, err := perl.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("encode.pl: %v\n%s", err, stderr.String())
	}
	var results [][3]string
	for line := range strings.Lines(string(output)) {
		words := strings.Fields(line)
		if len(words) != 3 {
			t.Fatalf("encode.pl said %q", line)
		}
		results = append(results, [3]string(words))
	}
	if got, want := len(results), len(vectors); got != want {
		t.Fatalf("encode.pl answered %d times, want %d", got, want)
	}
	return results
}

func TestPerlAgreesOnVectors(t *testing.T) {
	vectors := mustVectors(t)
	for i, got := range mustPerl(t, vectors) {
		v := vectors[i]
		want := [3]string{
			hex.EncodeToString(v.Header.Commitment), hex.EncodeToString(v.Hash), hex.EncodeToString(v.Encoding),
		}
		if got != want {
			t.Errorf("%s:\n got %v\nwant %v", v.Name, got, want)
		}
	}
}

// What nobody thought of putting into a vector.
func TestPerlAgreesOnRandomEvents(t *testing.T) {
	var (
		vectors []vector
		want    [][3]string
	)
	trail := rapid.Custom(func(t *rapid.T) []*Event { return drawTrail(t, drawTrailID(t), 5) })
	for seed := range 60 {
		for _, e := range trail.Example(seed) {
			encoded, err := e.Encode()
			if err != nil {
				t.Fatal(err)
			}
			vectors = append(vectors, vectorOf(e))
			want = append(want, [3]string{e.Commitment.String(), e.Hash.String(), hex.EncodeToString(encoded)})
		}
	}
	for i, got := range mustPerl(t, vectors) {
		if got != want[i] {
			t.Errorf("%+v:\n got %v\nwant %v", vectors[i], got, want[i])
		}
	}
	t.Logf("%d random events", len(vectors))
}

// vectorOf says in the vectors' form what went into e.
func vectorOf(e *Event) vector {
	optional := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	v := vector{Payload: string(e.PayloadText), Salt: e.Salt[:]}
	h := &v.Header
	h.Trail, h.Position, h.RecordedAt = e.Trail[:], e.Position, e.RecordedAt.UnixMicro()
	h.Action, h.SubjectKind, h.SubjectID, h.SubjectVersion = string(e.Action), e.SubjectKind, e.SubjectID, e.SubjectVersion
	h.ActorKind, h.ActorID = e.ActorKind, e.ActorID
	h.IncidentID, h.RequestID, h.MutationID = optional(e.IncidentID), optional(e.RequestID), optional(e.MutationID)
	if e.MutationID != "" {
		h.Fingerprint = e.Fingerprint[:]
	}
	h.Commitment = e.Commitment[:]
	if e.Position != 1 {
		h.Previous = e.Previous[:]
	}
	return v
}

package audit

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Fault is the first thing found wrong with a trail.
type Fault struct {
	Position int64 // of the event, or where it should be
	Field    string
	Expected string
	Found    string
}

func (f *Fault) Error() string {
	return fmt.Sprintf("position %d: %s: expected %s, found %s", f.Position, f.Field, f.Expected, f.Found)
}

// Verifier checks a trail event by event, in order, from its first.
type Verifier struct {
	head    Head
	missing map[int64]bool // positions without payload whose redaction has not come yet
}

// NewVerifier returns a verifier for the trail with the given id.
func NewVerifier(trail TrailID) *Verifier {
	return &Verifier{head: Head{Trail: trail}, missing: map[int64]bool{}}
}

// Head returns the newest event that was found genuine.
func (v *Verifier) Head() Head { return v.head }

// Check takes the next event of the trail: its place, its link to the event
// before, its hash, and its payload against the commitment. It returns a *Fault
// for the first thing wrong; after that the verifier is of no use.
func (v *Verifier) Check(e *Event) error {
	want := v.head.Position + 1
	fault := func(field string, expected, found any) error {
		return &Fault{Position: want, Field: field, Expected: fmt.Sprint(expected), Found: fmt.Sprint(found)}
	}
	switch {
	case e.Trail != v.head.Trail:
		return fault("trail id", v.head.Trail, e.Trail)
	case e.Position != want:
		return fault("position", want, e.Position)
	case e.Previous != v.head.Hash:
		return fault("previous hash", v.head.Hash, e.Previous)
	}
	encoded, err := e.Encode()
	if err != nil {
		return fault("header", "a header that can be encoded", strings.TrimPrefix(err.Error(), ErrEncoding.Error()+": "))
	}
	if hash := HashOf(encoded); hash != e.Hash {
		return fault("hash", hash, e.Hash)
	}
	if err := v.checkPayload(e, fault); err != nil {
		return err
	}
	v.head = e.Head()
	return nil
}

func (v *Verifier) checkPayload(e *Event, fault func(field string, expected, found any) error) error {
	if redacted := e.Redacts(); redacted > 0 {
		if !v.missing[redacted] {
			return &Fault{
				Position: redacted, Field: "payload",
				Expected: fmt.Sprintf("none, as it was redacted at position %d", e.Position), Found: "a payload",
			}
		}
		delete(v.missing, redacted)
	}
	if e.Redacted {
		v.missing[e.Position] = true
		return nil
	}
	if c := Commit(e.Salt, e.PayloadText); c != e.Commitment {
		return fault("payload", "commitment "+e.Commitment.String(), c)
	}
	// Readers get the decoded payload, so it must say what the text says.
	again, err := e.Payload.Encode()
	if err != nil || !bytes.Equal(again, e.PayloadText) {
		return fault("payload", "canonical JSON", "other JSON")
	}
	return nil
}

// Finish says that there are no more events: each payload that is missing must
// have been redacted by one of them. It returns a *Fault for the first that was
// not.
func (v *Verifier) Finish() error {
	if len(v.missing) == 0 {
		return nil
	}
	return &Fault{
		Position: slices.Min(slices.Collect(maps.Keys(v.missing))), Field: "payload",
		Expected: "a payload, or an event that redacted it", Found: "neither",
	}
}

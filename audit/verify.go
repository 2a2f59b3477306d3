package audit

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
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

// Examined is what can be said of an event without those before it.
type Examined struct {
	Leaf  Hash   // of the event in the tree, see [LeafHash]
	fault *Fault // without its position; nil: none
}

// ExamineStored decodes the payload of an event from its text and examines the
// event. The room of the changes that the event has had before is used again.
func ExamineStored(e *Event) Examined {
	if !e.Redacted {
		if e.Payload.parse(e.PayloadText) { // which makes sure that it is canonical
			return e.examine(true)
		}
		var err error
		if e.Payload, err = DecodePayload(e.PayloadText); err != nil {
			return Examined{fault: &Fault{Field: "payload", Expected: "JSON of a payload", Found: "other text"}}
		}
	}
	return Examine(e)
}

// Examine computes the hashes of an event and checks its payload against the
// commitment. Events can be examined in any order and at the same time; what is
// wrong with one is said by [Verifier.Next].
func Examine(e *Event) Examined { return e.examine(false) }

// encodings are encoded headers that are not needed any more.
var encodings = sync.Pool{New: func() any { return new([]byte) }}

func (e *Event) examine(canonical bool) Examined {
	room := encodings.Get().(*[]byte) //nolint:forcetypeassert // there is nothing else in it
	defer encodings.Put(room)
	encoded, err := e.appendTo((*room)[:0])
	*room = encoded
	if err != nil {
		return Examined{fault: &Fault{
			Field: "header", Expected: "a header that can be encoded", Found: strings.TrimPrefix(err.Error(), ErrEncoding.Error()+": "),
		}}
	}
	x := Examined{Leaf: LeafHash(encoded)}
	if hash := HashOf(encoded); hash != e.Hash {
		x.fault = &Fault{Field: "hash", Expected: hash.String(), Found: e.Hash.String()}
		return x
	}
	if e.Redacted {
		return x
	}
	if c := Commit(e.Salt, e.PayloadText); c != e.Commitment {
		x.fault = &Fault{Field: "payload", Expected: "commitment " + e.Commitment.String(), Found: c.String()}
		return x
	}
	// Readers get the decoded payload, so it must say what the text says.
	if !canonical && !e.Payload.isCanonical(e.PayloadText) {
		x.fault = &Fault{Field: "payload", Expected: "canonical JSON", Found: "other JSON"}
	}
	return x
}

// Check takes the next event of the trail: its place, its link to the event
// before, its hash, and its payload against the commitment. It returns a *Fault
// for the first thing wrong; after that the verifier is of no use.
func (v *Verifier) Check(e *Event) error { return v.Next(e, Examine(e)) }

// Next is [Verifier.Check] for an event that was examined before.
func (v *Verifier) Next(e *Event, x Examined) error {
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
	case x.fault != nil:
		x.fault.Position = want
		return x.fault
	}
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
	}
	v.head = e.Head()
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

package audit

import (
	"encoding/hex"
	"fmt"
	"time"
)

// Hash is a SHA-256 digest. The zero Hash stands for "none".
type Hash [32]byte

// String returns the 64 lower-case hexadecimal digits of h.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether h is the zero Hash.
func (h Hash) IsZero() bool { return h == Hash{} }

// TrailID names one trail for ever: 16 random bytes made with the database.
type TrailID [16]byte

// String returns the 32 lower-case hexadecimal digits of id.
func (id TrailID) String() string { return hex.EncodeToString(id[:]) }

// Action says what happened, in the words of the API (TASK_COMPLETED). Which
// actions exist is the domain's business, not the trail's.
type Action string

// Header is the permanent part of an event. Its fields and their order are
// those of the encoding in the package comment. In optional text fields ""
// means absent.
type Header struct {
	Trail          TrailID
	Position       int64
	RecordedAt     time.Time // UTC, whole microseconds
	Action         Action
	SubjectKind    string
	SubjectID      string
	SubjectVersion int64
	IncidentID     string // optional
	ActorKind      string
	ActorID        string
	RequestID      string // optional
	MutationID     string // optional: the client's clientMutationId
	Fingerprint    Hash   // of the mutation's arguments; zero without MutationID
	Commitment     Hash   // to the payload
	Previous       Hash   // zero only at position 1
}

// Event is one entry of the trail.
type Event struct {
	Header
	Payload Payload

	// Redacted says that the payload was removed: Payload, PayloadText and Salt
	// are empty.
	Redacted bool

	// PayloadText and Salt are what the header's commitment was made from.
	PayloadText []byte
	Salt        [16]byte

	Hash Hash // of the encoded header

	// Cause is the event of the same transaction that set this one off, until
	// [Event.Seal] puts its position into the payload.
	Cause *Event
}

// Head is the newest event of a trail in short. The zero position means that
// the trail is empty.
type Head struct {
	Trail      TrailID
	Position   int64
	Hash       Hash
	RecordedAt time.Time
}

// Head returns the head of the trail that ends with e.
func (e *Event) Head() Head {
	return Head{Trail: e.Trail, Position: e.Position, Hash: e.Hash, RecordedAt: e.RecordedAt}
}

// Cursor returns the cursor that stands just behind e.
func (e *Event) Cursor() Cursor { return e.Head().Cursor() }

// Seal gives an unsealed event its place behind head and computes its
// commitment and hash. The salt must already be random; RecordedAt must be UTC
// in whole microseconds; a cause must have been sealed before.
func (e *Event) Seal(head Head) error {
	if e.RecordedAt.Location() != time.UTC || !e.RecordedAt.Equal(e.RecordedAt.Truncate(time.Microsecond)) {
		return fmt.Errorf("audit: recorded at %v is not UTC in whole microseconds", e.RecordedAt)
	}
	if e.Cause != nil {
		e.Payload.CausedBy, e.Cause = e.Cause.Position, nil
	}
	text, err := e.Payload.Encode()
	if err != nil {
		return err
	}
	e.PayloadText = text
	e.Trail = head.Trail
	e.Position = head.Position + 1
	e.Previous = head.Hash
	e.Commitment = Commit(e.Salt, text)
	encoded, err := e.Encode()
	if err != nil {
		return err
	}
	e.Hash = HashOf(encoded)
	return nil
}

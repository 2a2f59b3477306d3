package audit

import (
	"strconv"
	"strings"
)

// A redaction is an event about an event: its subject is the one whose payload
// was removed. There is at most one for each.
const (
	Redacted     = Action("EVENT_REDACTED")
	SubjectEvent = "event"
)

const eventIDPrefix = "evt_"

// EventID returns the id of the event at a position of the trail.
func EventID(position int64) string { return eventIDPrefix + strconv.FormatInt(position, 10) }

// EventPosition reads the position out of an event's id; 0 when it is none.
func EventPosition(id string) int64 {
	digits, ok := strings.CutPrefix(id, eventIDPrefix)
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n < 1 || EventID(n) != id {
		return 0
	}
	return n
}

// Redacts returns the position of the event whose payload e removed; 0 when e
// is no redaction.
func (e *Event) Redacts() int64 {
	if e.SubjectKind != SubjectEvent {
		return 0
	}
	return EventPosition(e.SubjectID)
}

// WithoutPayload returns e as it is after its redaction.
func (e *Event) WithoutPayload() *Event {
	return &Event{Header: e.Header, Hash: e.Hash, Redacted: true}
}

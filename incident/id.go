package incident

import (
	"strings"

	"github.com/google/uuid"

	"tasktrail/audit"
)

// An id says by its first letters what it names; the rest is opaque.
const (
	prefixIncident = "inc_"
	prefixTask     = "tsk_"
	prefixActor    = "act_"
	prefixEvent    = "evt_"
	prefixPlaybook = "pbk_"
	prefixRule     = "rul_"
	prefixWebhook  = "whk_"
	prefixDelivery = "whd_"

	prefixServiceAccount = "sva_"
)

// IDKind is the type of thing an id names.
type IDKind int

// What an id can name.
const (
	IDUnknown IDKind = iota
	IDIncident
	IDTask
	IDActor
	IDEvent
	IDPlaybook
	IDRule
	IDWebhook
	IDDelivery
	IDServiceAccount
)

// KindOfID tells what id names by its prefix. It does not look whether that
// thing exists.
func KindOfID(id string) IDKind {
	switch {
	case strings.HasPrefix(id, prefixIncident):
		return IDIncident
	case strings.HasPrefix(id, prefixTask):
		return IDTask
	case strings.HasPrefix(id, prefixActor):
		return IDActor
	case strings.HasPrefix(id, prefixEvent):
		return IDEvent
	case strings.HasPrefix(id, prefixPlaybook):
		return IDPlaybook
	case strings.HasPrefix(id, prefixRule):
		return IDRule
	case strings.HasPrefix(id, prefixWebhook):
		return IDWebhook
	case strings.HasPrefix(id, prefixDelivery):
		return IDDelivery
	case strings.HasPrefix(id, prefixServiceAccount):
		return IDServiceAccount
	}
	return IDUnknown
}

// newID returns a prefix and a fresh UUIDv7, whose order is that of creation
// closely enough to keep an index compact; nothing else relies on it.
func newID(prefix string) string {
	return prefix + strings.ReplaceAll(uuid.Must(uuid.NewV7()).String(), "-", "")
}

// IDOf returns the id of an event.
func IDOf(e *audit.Event) string { return audit.EventID(e.Position) }

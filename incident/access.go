package incident

import (
	"errors"
	"net/netip"
	"time"
)

// AccessAction is what an entry of the access log is about.
type AccessAction string

// What is recorded. Of operations, those of an AUDITOR and those refused.
const (
	AccessOperation      AccessAction = "OPERATION"      // a GraphQL operation
	AccessAuthentication AccessAction = "AUTHENTICATION" // a token that was not accepted
	AccessExport         AccessAction = "EXPORT"
	AccessExportEnded    AccessAction = "EXPORT_ENDED"
	AccessCheckpoint     AccessAction = "CHECKPOINT"
	AccessProof          AccessAction = "PROOF" // proofs, and the tree and entries they are made of
	AccessRedaction      AccessAction = "REDACTION"
)

// AccessActions lists every action.
var AccessActions = []AccessAction{
	AccessOperation, AccessAuthentication, AccessExport, AccessExportEnded, AccessCheckpoint, AccessProof, AccessRedaction,
}

// AccessOutcome says whether the rights sufficed.
type AccessOutcome string

// The outcomes.
const (
	AccessAllowed AccessOutcome = "ALLOWED"
	AccessRefused AccessOutcome = "REFUSED"
)

// AccessReason says why an access was refused, or an export was not complete.
type AccessReason string

// The reasons.
const (
	ReasonNoToken      AccessReason = "NO_TOKEN"
	ReasonInvalidToken AccessReason = "INVALID_TOKEN"
	ReasonExpiredToken AccessReason = "EXPIRED_TOKEN"
	ReasonForbidden    AccessReason = "FORBIDDEN"
	ReasonRateLimited  AccessReason = "RATE_LIMITED" // the token was not checked
	ReasonCutShort     AccessReason = "CUT_SHORT"
)

// AccessEntry is one entry of the access log. It holds nothing that a client
// wrote but the request id, whose form is checked, and the actor's name.
type AccessEntry struct {
	Number     int64     // 1, 2, 3 … without a gap; given when it is written
	RecordedAt time.Time // when it happened; UTC, whole microseconds
	Action     AccessAction
	Outcome    AccessOutcome
	Reason     *AccessReason // nil when allowed and complete
	Actor      *Actor        // as it was called then, without its email; nil: unknown, or several
	Address    *string       // of the client, or the /64 network of several; nil: unknown, or several
	RequestID  *string       // nil outside of a request, and of several

	// Subjects are what was asked for, by names of ours: root fields of the schema
	// such as Query.incident, the format of an export and the names of its filters,
	// the kind of a file. In the order in which they were asked for.
	Subjects      []string
	FirstPosition *int64 // of the trail, where that is known; likewise LastPosition
	LastPosition  *int64
	Events        *int64 // sent by an export; nil for all else
	Count         int    // how many accesses it stands for, at least 1
}

// AccessLogFilter chooses entries of the access log; what is nil chooses all.
type AccessLogFilter struct {
	ActorID *string
	Actions []AccessAction // any of these
	Outcome *AccessOutcome
	Address *string    // exactly as recorded
	Since   *time.Time // inclusive
	Until   *time.Time // exclusive
}

// AccessLogQuery asks for a page of the access log, newest first.
type AccessLogQuery struct {
	Filter AccessLogFilter
	Page   PageQuery
}

// ErrNotRecorded refuses what may be answered only once it is recorded. The text
// is fit for clients.
var ErrNotRecorded = errors.New("this is answered only once it is recorded in the access log, which cannot be written now; nothing was read, try again")

// recordedRefusal is a refusal that is in the access log already.
type recordedRefusal struct{ error }

func (r recordedRefusal) Unwrap() error { return r.error }

// RefusalOf tells whether err refuses an access for lack of a token or of rights,
// and why; recorded, whether the access log has it already.
func RefusalOf(err error) (reason AccessReason, recorded, ok bool) {
	recorded = errors.As(err, new(recordedRefusal))
	switch {
	case errors.Is(err, ErrForbidden):
		return ReasonForbidden, recorded, true
	case errors.Is(err, ErrUnauthenticated):
		return ReasonNoToken, recorded, true
	}
	return "", false, false
}

// access begins an entry about v.
func (v Viewer) access(action AccessAction, subjects []string) AccessEntry {
	e := AccessEntry{Action: action, Outcome: AccessAllowed, Subjects: subjects, Count: 1}
	if v.Actor.ID != "" {
		e.Actor = &Actor{ID: v.Actor.ID, Name: v.Actor.Name, Kind: v.Actor.Kind}
	}
	if v.Address != "" {
		e.Address = &v.Address
	}
	if v.RequestID != "" {
		e.RequestID = &v.RequestID
	}
	return e
}

// at adds positions; those that are not of the trail are left out.
func (e AccessEntry) at(first, last int64) AccessEntry {
	if first > 0 {
		e.FirstPosition = &first
	}
	if last > 0 {
		e.LastPosition = &last
	}
	return e
}

// refused makes an entry one of a refusal.
func (e AccessEntry) refused(reason AccessReason) AccessEntry {
	e.Outcome, e.Reason = AccessRefused, &reason
	return e
}

// source is who is limited together: an actor, or else an address, of IPv6 the
// network of 64 bits that one client may have for itself.
func (e AccessEntry) source() string {
	switch {
	case e.Actor != nil:
		return e.Actor.ID
	case e.Address == nil:
		return ""
	}
	return networkOf(*e.Address)
}

func networkOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Is4() {
		return address
	}
	prefix, err := a.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

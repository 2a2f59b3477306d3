package incident

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// ActorKind says what sort of somebody acts.
type ActorKind string

// The kinds of actor.
const (
	KindUser           ActorKind = "USER"
	KindService        ActorKind = "SERVICE"
	KindAutomationRule ActorKind = "AUTOMATION_RULE"
	KindPlaybook       ActorKind = "PLAYBOOK"
	KindSystem         ActorKind = "SYSTEM"
)

// Actor is who or what acts: a person, a service account, or tasktrail itself.
type Actor struct {
	ID    string
	Name  string
	Kind  ActorKind
	Email string // "" when unknown
}

// ActorID derives the lasting id of an actor from who vouches for it and the
// name it has there: "act_" and the first 20 hexadecimal digits of
// SHA-256(issuer, 0, subject).
func ActorID(issuer, subject string) string {
	sum := sha256.Sum256([]byte(issuer + "\x00" + subject))
	return prefixActor + hex.EncodeToString(sum[:10])
}

// Role is a set of things one may do.
type Role string

// The roles. Each of them may read everything.
const (
	RoleReader      Role = "READER"      // reads everything, the trail included
	RoleResponder   Role = "RESPONDER"   // also changes incidents and tasks
	RoleContributor Role = "CONTRIBUTOR" // also manages rules and playbooks
	RoleAuditor     Role = "AUDITOR"     // also exports and proves; changes nothing
	RoleAdmin       Role = "ADMIN"       // all
)

// Roles lists every role.
var Roles = []Role{RoleReader, RoleResponder, RoleContributor, RoleAuditor, RoleAdmin}

// Viewer is the actor of a request with the rights it was given.
type Viewer struct {
	Actor     Actor
	RequestID string // of the request being served; stands in its events
	Address   string // that the request comes from; "" outside of one
	Roles     []Role
	ExpiresAt *time.Time // nil: the rights do not run out
}

// CheckRead returns nil when v may read, else [ErrUnauthenticated] or
// [ErrForbidden]; likewise those below.
func (v Viewer) CheckRead() error { return v.check(Roles...) }

// CheckChange asks whether v may change incidents and tasks.
func (v Viewer) CheckChange() error { return v.check(RoleResponder, RoleContributor, RoleAdmin) }

// CheckDefine asks whether v may manage playbooks, rules and webhooks.
func (v Viewer) CheckDefine() error { return v.check(RoleContributor, RoleAdmin) }

// CheckAudit asks whether v may export the trail and have checkpoints and
// proofs.
func (v Viewer) CheckAudit() error { return v.check(RoleAuditor, RoleAdmin) }

// CheckAdmin asks whether v may do all, redact and manage service accounts
// included.
func (v Viewer) CheckAdmin() error { return v.check(RoleAdmin) }

// check asks whether v holds one of the roles.
func (v Viewer) check(roles ...Role) error {
	switch {
	case v.Actor.ID == "":
		return ErrUnauthenticated
	case !slices.ContainsFunc(v.Roles, func(r Role) bool { return slices.Contains(roles, r) }):
		return ErrForbidden
	}
	return nil
}

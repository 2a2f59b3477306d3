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
	Roles     []Role
	ExpiresAt *time.Time // nil: the rights do not run out
}

// has reports whether v holds one of the roles.
func (v Viewer) has(roles ...Role) bool {
	return slices.ContainsFunc(v.Roles, func(r Role) bool { return slices.Contains(roles, r) })
}

// CheckRead returns nil when v may read, else [ErrUnauthenticated] or
// [ErrForbidden].
func (v Viewer) CheckRead() error {
	switch {
	case v.Actor.ID == "":
		return ErrUnauthenticated
	case !v.has(Roles...):
		return ErrForbidden
	}
	return nil
}

// CheckChange returns nil when v may change incidents and tasks, else
// [ErrUnauthenticated] or [ErrForbidden].
func (v Viewer) CheckChange() error {
	if err := v.CheckRead(); err != nil {
		return err
	}
	if !v.has(RoleResponder, RoleContributor, RoleAdmin) {
		return ErrForbidden
	}
	return nil
}

// CheckDefine returns nil when v may manage playbooks, rules and webhooks, else
// [ErrUnauthenticated] or [ErrForbidden].
func (v Viewer) CheckDefine() error {
	if err := v.CheckRead(); err != nil {
		return err
	}
	if !v.has(RoleContributor, RoleAdmin) {
		return ErrForbidden
	}
	return nil
}

// CheckAudit returns nil when v may export the trail and have checkpoints and
// proofs, else [ErrUnauthenticated] or [ErrForbidden].
func (v Viewer) CheckAudit() error {
	if err := v.CheckRead(); err != nil {
		return err
	}
	if !v.has(RoleAuditor, RoleAdmin) {
		return ErrForbidden
	}
	return nil
}

// CheckAdmin returns nil when v may do all, else [ErrUnauthenticated] or
// [ErrForbidden].
func (v Viewer) CheckAdmin() error {
	if err := v.CheckRead(); err != nil {
		return err
	}
	if !v.has(RoleAdmin) {
		return ErrForbidden
	}
	return nil
}

package incident

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// Limits of service accounts. Those of accounts and live keys are of what is
// not deleted, revoked or expired.
const (
	MaxServiceAccounts = 500
	MaxAccountName     = 200 // characters
	MaxLiveKeys        = 10  // of one account
	// MaxListedKeys is how many keys an account lists. When there is one more,
	// the oldest that gives no access any longer leaves the list; the trail
	// still has it.
	MaxListedKeys = 30
)

// ServiceAccount is a program that acts by itself with API keys. Who defines it
// says what it may do; every change of that, of its keys too, is an event.
type ServiceAccount struct {
	Definition
	Description *string   // Markdown; never empty
	Kind        ActorKind // KindService or KindPlaybook; never changes
	Roles       []Role    // at least one, in the order of [Roles]
	Enabled     bool      // its keys give access
	Keys        []APIKey  // oldest first
}

// APIKey is what may be known of a key of a service account. The key itself is
// told once and kept nowhere.
type APIKey struct {
	ID string `json:"id"` // with it the key begins
	// Fingerprint is SHA-256 of what is stored of the key, which is SHA-256 of
	// it, in lower-case hexadecimal digits. By it the trail vouches that what
	// is stored is what was issued.
	Fingerprint string     `json:"fingerprint"`
	CreatedAt   time.Time  `json:"createdAt"`
	CreatedByID string     `json:"createdById"`
	ExpiresAt   *time.Time `json:"expiresAt"` // nil: it does not run out
	RevokedAt   *time.Time `json:"revokedAt"`
	RevokedByID *string    `json:"revokedById"`
}

// Actor is who the account acts as. Its id is that of the account in another
// form, so that neither a new name nor another account of the same name later
// changes who did something.
func (a *ServiceAccount) Actor() Actor {
	return Actor{ID: ActorID("tasktrail:service-account", a.ID), Name: a.Name, Kind: a.Kind}
}

// live reports whether the key gives access, as far as the key goes.
func (k *APIKey) live(now time.Time) bool {
	return k.RevokedAt == nil && (k.ExpiresAt == nil || k.ExpiresAt.After(now))
}

// key returns the place of a key in the list of the account, or -1.
func (a *ServiceAccount) key(id string) int {
	return slices.IndexFunc(a.Keys, func(k APIKey) bool { return k.ID == id })
}

// addKey lists a new key, if there may be one more.
func (a *ServiceAccount) addKey(k APIKey, now time.Time) error {
	live := 0
	for n := range a.Keys {
		if a.Keys[n].live(now) {
			live++
		}
	}
	if live >= MaxLiveKeys {
		return refuse("id", "the service account has %d keys that give access, which is the limit; revoke one first", live)
	}
	a.Keys = append(slices.Clone(a.Keys), k)
	if len(a.Keys) > MaxListedKeys {
		oldest := slices.IndexFunc(a.Keys, func(k APIKey) bool { return !k.live(now) })
		a.Keys = slices.Delete(a.Keys, oldest, oldest+1)
	}
	return nil
}

// revokeKey revokes a listed key. One that is revoked stays as it is.
func (a *ServiceAccount) revokeKey(id, by string, now time.Time) {
	n := a.key(id)
	if a.Keys[n].RevokedAt != nil {
		return
	}
	a.Keys = slices.Clone(a.Keys)
	a.Keys[n].RevokedAt, a.Keys[n].RevokedByID = &now, &by
}

// accountOf returns the live account that lists the key, or nil.
func accountOf(list []ServiceAccount, keyID string) *ServiceAccount {
	for n := range list {
		if list[n].key(keyID) >= 0 {
			return &list[n]
		}
	}
	return nil
}

// account checks a whole account. at is the path of the input with a dot behind
// it.
func (c *checker) account(at string, in ServiceAccountInput) ServiceAccount {
	a := ServiceAccount{
		Definition:  Definition{Name: c.accountName(at+"name", in.Name)},
		Description: c.optional(at+"description", in.Description, MaxDescription),
		Kind:        KindService, Roles: c.roles(at+"roles", in.Roles),
		Enabled: in.Enabled == nil || *in.Enabled, Keys: []APIKey{},
	}
	if in.Kind != nil {
		a.Kind = *in.Kind
	}
	if a.Kind != KindService && a.Kind != KindPlaybook {
		c.fail(at+"kind", "kind must be SERVICE or PLAYBOOK")
	}
	return a
}

// accountName returns s without surrounding white space.
func (c *checker) accountName(field, s string) string {
	trimmed := strings.TrimSpace(s)
	switch {
	case trimmed == "":
		c.fail(field, "%s must have from 1 to %d characters besides white space", nameOf(field), MaxAccountName)
	case strings.ContainsFunc(trimmed, unicode.IsControl):
		c.fail(field, "%s must not contain control characters", nameOf(field))
	default:
		c.plain(field, trimmed, MaxAccountName)
	}
	return trimmed
}

// roles returns the roles without repetitions, in the order of [Roles].
func (c *checker) roles(field string, in []Role) []Role {
	if len(in) == 0 {
		c.fail(field, "roles must name at least one of %v", Roles)
	}
	for _, r := range in {
		if !slices.Contains(Roles, r) {
			c.fail(field, "roles must be of %v", Roles)
			break
		}
	}
	out := []Role{}
	for _, r := range Roles {
		if slices.Contains(in, r) {
			out = append(out, r)
		}
	}
	return out
}

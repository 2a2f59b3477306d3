package incident

import (
	"context"

	"tasktrail/audit"
)

// APIKeyPayload answers a mutation of an API key.
type APIKeyPayload struct {
	DefinitionPayload[ServiceAccount]
	APIKey *APIKey // nil when refused
	// Key is the bearer token. It is told once, when it is made; nil otherwise.
	Key *string
}

// IssueAPIKey makes a key for a service account and tells it.
func (s *Service) IssueAPIKey(ctx context.Context, v Viewer, in IssueAPIKeyInput) (*APIKeyPayload, error) {
	c, check, err := administer(v, "issueApiKey", in.Common, in)
	if err != nil {
		return nil, err
	}
	expires := check.moment("expiresAt", utc(in.ExpiresAt))
	id, key := newAPIKey()
	_, hash, _ := parseAPIKey(key)
	withKey := serviceAccounts
	withKey.save = func(tx Tx, a ServiceAccount, e *audit.Event) { tx.SaveServiceAccount(a, &hash, e) }
	p, err := s.runAccount(ctx, withKey, c, check, func(tx Tx) (ServiceAccount, error) {
		return withKey.edit(tx, c, "", in.ID, APIKeyIssued, func(a *ServiceAccount) error {
			if expires != nil && !expires.After(tx.Now()) {
				return refuse("expiresAt", "expiresAt has passed; give a later time, or null for a key that lasts until it is revoked")
			}
			return a.addKey(APIKey{
				ID: id, Fingerprint: keyFingerprint(hash), CreatedAt: tx.Now(), CreatedByID: v.Actor.ID, ExpiresAt: expires,
			}, tx.Now())
		})
	})
	if err != nil {
		return nil, err
	}
	out := &APIKeyPayload{DefinitionPayload: *p}
	if a := p.Definition; a != nil && len(a.Keys) > 0 {
		out.APIKey = &a.Keys[len(a.Keys)-1] // the newest, also in the version that a replay finds
	}
	if p.Event != nil && !p.Replayed {
		out.Key = &key
	}
	return out, nil
}

// RevokeAPIKey takes the access from a key for good: at once on this server,
// within [KeyCacheTime] on others. For one that is revoked nothing changes.
func (s *Service) RevokeAPIKey(ctx context.Context, v Viewer, in RevokeAPIKeyInput) (*APIKeyPayload, error) {
	c, check, err := administer(v, "revokeApiKey", in.Common, in)
	if err != nil {
		return nil, err
	}
	p, err := s.runAccount(ctx, serviceAccounts, c, check, func(tx Tx) (ServiceAccount, error) {
		found := accountOf(tx.Automation().ServiceAccounts, in.ID)
		if found == nil {
			return ServiceAccount{}, notFound("id", "API key of a service account")
		}
		return serviceAccounts.edit(tx, c, "", found.ID, APIKeyRevoked, func(a *ServiceAccount) error {
			a.revokeKey(in.ID, v.Actor.ID, tx.Now())
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	out := &APIKeyPayload{DefinitionPayload: *p}
	if a := p.Definition; a != nil {
		if n := a.key(in.ID); n >= 0 {
			out.APIKey = &a.Keys[n]
		}
	}
	return out, nil
}

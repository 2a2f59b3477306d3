package incident

import "time"

// ServiceAccountInput is a whole service account.
type ServiceAccountInput struct {
	Name        string
	Description *string
	Kind        *ActorKind // default: KindService
	Roles       []Role
	Enabled     *bool // default: true
}

// CreateServiceAccountInput makes a service account. ExpectedVersion can only be
// 0.
type CreateServiceAccountInput struct {
	Common
	ServiceAccount ServiceAccountInput
}

// UpdateServiceAccountInput changes what is set.
type UpdateServiceAccountInput struct {
	Common
	ID          string
	Name        Optional[*string]
	Description Optional[*string]
	Roles       Optional[[]Role]
	Enabled     Optional[*bool]
}

// IssueAPIKeyInput makes a key for the service account with the id.
type IssueAPIKeyInput struct {
	Common
	ID        string
	ExpiresAt *time.Time // nil: it lasts until it is revoked
}

// RevokeAPIKeyInput takes the access from the key with the id. ExpectedVersion
// is that of its service account.
type RevokeAPIKeyInput struct {
	Common
	ID string
}

package incident

import (
	"time"

	"tasktrail/audit"
)

// Definition is what playbooks, rules and webhooks have in common: people
// define them, and then they act by themselves. Times are UTC in whole
// microseconds.
type Definition struct {
	ID          string
	Name        string // no two live definitions of a kind share it
	CreatedAt   time.Time
	CreatedByID string
	UpdatedAt   time.Time
	UpdatedByID string
	DeletedAt   *time.Time // set once it is deleted; then it never changes again
	Version     int        // 1, then one more with every change
}

// Limits of live definitions. All of them are kept in memory.
const (
	MaxPlaybooks = 1_000
	MaxRules     = 1_000
	MaxWebhooks  = 100
)

// Actor is who acts when a rule or playbook does.
func (d *Definition) actor(kind ActorKind) Actor {
	return Actor{ID: ActorID("tasktrail:automation", d.ID), Name: d.Name, Kind: kind}
}

// reference names the definition in the events it makes.
func (d *Definition) reference() *audit.Automation {
	return &audit.Automation{ID: d.ID, Version: d.Version}
}

// Automation is every live definition, at one moment. It must not be changed.
type Automation struct {
	Playbooks []Playbook // by name
	Rules     []Rule     // in the order in which they run
	Webhooks  []Webhook  // by name
}

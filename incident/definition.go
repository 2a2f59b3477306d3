package incident

import (
	"cmp"
	"slices"
	"time"

	"tasktrail/audit"
)

// Definition is what playbooks, rules, webhooks and service accounts have in
// common: people define them, and then they act by themselves. Times are UTC in whole
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

func (d *Definition) base() *Definition { return d }

// AutomationActor is who a playbook or rule acts as: it has the definition's
// name, and an id of its own.
func (d *Definition) AutomationActor(kind ActorKind) Actor {
	return Actor{ID: ActorID("tasktrail:automation", d.ID), Name: d.Name, Kind: kind}
}

// reference names the definition in the events it makes.
func (d *Definition) reference() *audit.Automation {
	return &audit.Automation{ID: d.ID, Version: d.Version}
}

// definition is a pointer to one of the kinds.
type definition[T any] interface {
	*T
	base() *Definition
}

// Automation is every live definition, at one moment. It must not be changed.
type Automation struct {
	Playbooks []Playbook // by name
	Rules     []Rule     // in the order in which they run
	Webhooks  []Webhook  // by name

	ServiceAccounts []ServiceAccount // by name; they act from outside
}

// NewAutomation puts live definitions into their order.
func NewAutomation(definitions []any) *Automation {
	a := &Automation{}
	for _, definition := range definitions {
		switch d := definition.(type) {
		case Playbook:
			a.Playbooks = append(a.Playbooks, d)
		case Rule:
			a.Rules = append(a.Rules, d)
		case Webhook:
			a.Webhooks = append(a.Webhooks, d)
		case ServiceAccount:
			a.ServiceAccounts = append(a.ServiceAccounts, d)
		}
	}
	slices.SortFunc(a.Playbooks, byName)
	slices.SortFunc(a.Rules, byOrder)
	slices.SortFunc(a.Webhooks, byName)
	slices.SortFunc(a.ServiceAccounts, byName)
	return a
}

// With returns a with one definition added, replaced or (when
// it is deleted) left out. a stays as it is.
func (a *Automation) With(definition any) *Automation {
	out := *a
	switch d := definition.(type) {
	case Playbook:
		out.Playbooks = with(a.Playbooks, d, byName)
	case Rule:
		out.Rules = with(a.Rules, d, byOrder)
	case Webhook:
		out.Webhooks = with(a.Webhooks, d, byName)
	case ServiceAccount:
		out.ServiceAccounts = with(a.ServiceAccounts, d, byName)
	}
	return &out
}

func with[T any, P definition[T]](list []T, d T, order func(a, b T) int) []T {
	id := P(&d).base().ID
	out := slices.DeleteFunc(slices.Clone(list), func(o T) bool { return P(&o).base().ID == id })
	if P(&d).base().DeletedAt != nil {
		return out
	}
	at, _ := slices.BinarySearchFunc(out, d, order)
	return slices.Insert(out, at, d)
}

func byName[T any, P definition[T]](a, b T) int {
	x, y := P(&a).base(), P(&b).base()
	return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID))
}

// byOrder is the order in which rules run.
func byOrder(a, b Rule) int {
	return cmp.Or(cmp.Compare(a.Order, b.Order), a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
}

// Playbook returns the live playbook with the id, or nil.
func (a *Automation) Playbook(id string) *Playbook { return find(a.Playbooks, id) }

// Rule returns the live rule with the id, or nil.
func (a *Automation) Rule(id string) *Rule { return find(a.Rules, id) }

// Webhook returns the live webhook with the id, or nil.
func (a *Automation) Webhook(id string) *Webhook { return find(a.Webhooks, id) }

// ServiceAccount returns the live service account with the id, or nil.
func (a *Automation) ServiceAccount(id string) *ServiceAccount { return find(a.ServiceAccounts, id) }

// find returns the definition with the id, or nil.
func find[T any, P definition[T]](list []T, id string) *T {
	at := slices.IndexFunc(list, func(d T) bool { return P(&d).base().ID == id })
	if at < 0 {
		return nil
	}
	return &list[at]
}

// named returns the definition with the name, or nil.
func named[T any, P definition[T]](list []T, name string) *T {
	at := slices.IndexFunc(list, func(d T) bool { return P(&d).base().Name == name })
	if at < 0 {
		return nil
	}
	return &list[at]
}

// Waits reports whether a rule that can run now waits for one of the triggers.
func (a *Automation) Waits(triggers []Trigger, now time.Time) bool {
	if len(triggers) == 0 {
		return false
	}
	return slices.ContainsFunc(a.Rules, func(r Rule) bool { return r.runsAt(now) && slices.Contains(triggers, r.Trigger) })
}

// runsAt reports whether the rule is enabled and not expired.
func (r *Rule) runsAt(now time.Time) bool {
	return r.Enabled && (r.ExpiresAt == nil || r.ExpiresAt.After(now))
}

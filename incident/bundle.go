package incident

import "tasktrail/audit"

// Bundle is a set of definitions as somebody keeps them in a file: in it a
// rule names its playbooks and webhooks by name, where the API wants an id.
type Bundle struct {
	Playbooks []PlaybookInput
	Rules     []RuleInput
}

// BundleOutcome is what importing one definition came to.
type BundleOutcome string

// The outcomes.
const (
	BundleCreated   BundleOutcome = "created"
	BundleUpdated   BundleOutcome = "updated"
	BundleUnchanged BundleOutcome = "unchanged"
)

// BundleItem is what became of one definition of a bundle.
type BundleItem struct {
	ID      string
	Name    string
	Outcome BundleOutcome
	Changes []audit.Change // every field that differs
}

// BundleReport is what became of a bundle, in its order.
type BundleReport struct {
	Playbooks []BundleItem
	Rules     []BundleItem
}

package incident

// Limits of playbooks.
const (
	MaxSteps    = 100
	MaxGroup    = 100     // characters
	MaxDueAfter = 525_600 // minutes: 365 days
	MaxStepKey  = MaxTitle
)

// Playbook is a list of tasks that can be put on an incident. What it put
// there before it changed stays as it was.
type Playbook struct {
	Definition
	Description *string // Markdown; never empty
	Steps       []PlaybookStep
}

// PlaybookStep is the template of one task.
type PlaybookStep struct {
	TaskTemplate
	// Key is the lasting name of the step: by it a later version knows which of
	// its steps are on an incident already. The title, unless given.
	Key string `json:"key"`
}

// TaskTemplate is what a task made by automation looks like.
type TaskTemplate struct {
	Title       string  `json:"title"`
	Description *string `json:"description,omitempty"` // Markdown, as given; never empty
	Group       *string `json:"group,omitempty"`
	Mandatory   bool    `json:"mandatory,omitempty"`
	// DueAfterMinutes counts from when the task is added.
	DueAfterMinutes *int    `json:"dueAfterMinutes,omitempty"`
	AssigneeID      *string `json:"assigneeId,omitempty"`
	// AssignToOwner gives the task to whoever owns the incident then.
	AssignToOwner bool `json:"assignToOwner,omitempty"`
}

// Webhook is an address that rules can call. Its secret is not part of it.
type Webhook struct {
	Definition
	URL     string
	Enabled bool
	// SecretVersion counts the secrets it has had, from 1.
	SecretVersion int
}

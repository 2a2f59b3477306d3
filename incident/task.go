package incident

import "time"

// TaskStatus is where a task stands.
type TaskStatus string

// The states of a task. The first two are open.
const (
	TaskNew        TaskStatus = "NEW"
	TaskInProgress TaskStatus = "IN_PROGRESS"
	TaskCompleted  TaskStatus = "COMPLETED"
	TaskSkipped    TaskStatus = "SKIPPED"
)

// Open reports whether work on the task is still to be done.
func (s TaskStatus) Open() bool { return s == TaskNew || s == TaskInProgress }

// Task is one step of an incident's list. Times are UTC in whole microseconds.
type Task struct {
	ID            string
	IncidentID    string
	Title         string
	Description   *string // Markdown, as given; never empty
	Status        TaskStatus
	Mandatory     bool
	AssigneeID    *string
	DueAt         *time.Time
	Origin        TaskOrigin
	CreatedAt     time.Time
	CreatedByID   string
	UpdatedAt     time.Time
	UpdatedByID   string
	CompletedAt   *time.Time // the latest completion, while completed
	CompletedByID *string
	ReopenCount   int
	DeletedAt     *time.Time // set while it is a tombstone
	Version       int        // 1, then one more with every change

	// OrderKey sorts the tasks of an incident, bytewise. The rank that people
	// see is counted from it: one more than the live tasks before this one.
	OrderKey string
}

// TaskOrigin is who or what put a task on the list.
type TaskOrigin struct {
	Kind ActorKind `json:"kind"` // USER: added by hand
	Name string    `json:"name"`
	ID   *string   `json:"id"`
	Step *int      `json:"step"` // place in the playbook, from 1
}

// OverdueAt reports whether the task is open, not deleted, and due before now.
func (t *Task) OverdueAt(now time.Time) bool {
	return t.DueAt != nil && t.DueAt.Before(now) && t.Status.Open() && t.DeletedAt == nil
}

// TaskPlace is what the order of a list and the close gate need of a task.
type TaskPlace struct {
	ID        string
	OrderKey  string
	Status    TaskStatus
	Mandatory bool
	Deleted   bool
}

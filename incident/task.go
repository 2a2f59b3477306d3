package incident

import (
	"cmp"
	"slices"
	"time"
)

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
	Group         *string // a phase, such as "Contain"; never empty
	Status        TaskStatus
	Mandatory     bool
	AssigneeID    *string
	DueAt         *time.Time
	OverdueSince  *time.Time // the due time that was seen to pass while it was open
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
	Step *int      `json:"step"` // place in the playbook or among the rule's actions, from 1

	// Of a playbook or rule: its version then, and the lasting name of the step.
	Version *int    `json:"version,omitempty"`
	Key     *string `json:"key,omitempty"`
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
	OriginID  *string
	OriginKey *string
}

// PlaceOf returns the place of a task.
func PlaceOf(t Task) TaskPlace {
	return TaskPlace{
		ID: t.ID, OrderKey: t.OrderKey, Status: t.Status, Mandatory: t.Mandatory, Deleted: t.DeletedAt != nil,
		OriginID: t.Origin.ID, OriginKey: t.Origin.Key,
	}
}

// WithPlace returns a copy of list with the place of t brought up to date.
func WithPlace(list []TaskPlace, t Task) []TaskPlace {
	p := PlaceOf(t)
	out := slices.DeleteFunc(slices.Clone(list), func(o TaskPlace) bool { return o.ID == t.ID })
	at, _ := slices.BinarySearchFunc(out, p, func(a, b TaskPlace) int {
		return cmp.Or(cmp.Compare(a.OrderKey, b.OrderKey), cmp.Compare(a.ID, b.ID))
	})
	return slices.Insert(out, at, p)
}

package incident

import (
	"context"
	"iter"
	"time"

	"tasktrail/audit"
)

// Store keeps incidents, tasks, actors and the trail.
type Store interface {
	Reader

	// Update runs change in a transaction that holds the things named in needs
	// against every other writer, and returns once what it saved is durable, or
	// its error once nothing of it is. It may run change more than once, and
	// together with changes of others: change must have no effect but through
	// tx and variables that it sets anew each time. Events it saved have their
	// position and hash when Update returns nil. While the store does not trust
	// its database, all that would write answers with [ErrReadOnly].
	Update(ctx context.Context, needs Needs, change func(tx Tx) error) error

	// SaveActor makes an actor known, or brings its name and email up to date.
	SaveActor(ctx context.Context, a Actor) error

	// APIKey returns the service account that a key was issued to, deleted ones
	// too, and SHA-256 of the key; nil when there is no key with the id.
	APIKey(ctx context.Context, id string) (*ServiceAccount, audit.Hash, error)
	// SaveKeyUses notes when keys, by id, were used last. An earlier time than
	// the one that is noted changes nothing.
	SaveKeyUses(ctx context.Context, uses map[string]time.Time) error

	// Log is the trail for those who follow it.
	Log() audit.Log

	// TrailReader is the trail for those who prove and export.
	TrailReader

	// RecordAccess adds entries to the access log, all or none, and returns once
	// they are durable. It gives them their numbers. It goes on while the store
	// does not trust its database: what is read then matters all the more.
	RecordAccess(ctx context.Context, entries []AccessEntry) error
	AccessLog(ctx context.Context, q AccessLogQuery) (Page[AccessEntry], error)
	CountAccessLog(ctx context.Context, f AccessLogFilter) (int, error)
}

// Needs names what a change reads. What does not exist is simply absent in the
// transaction.
type Needs struct {
	Incidents []string // by id
	Tasks     []string // by id, each with its incident
	TaskLists bool     // the places of all tasks of those incidents
	Actors    []string // by id
	Number    bool     // a number for a new incident
	Define    bool     // the change may save definitions
	Redacts   int64    // the position of an event that the change may redact; 0: none
	Mutation  MutationKey
	// Triggers are what the change can set off. Where a rule waits for one of
	// them, the task lists of its incidents are read too.
	Triggers []Trigger
}

// MutationKey identifies a mutation for its actor. The zero key: none.
type MutationKey struct {
	ActorID string
	ID      string // the clientMutationId
}

// Tx is what a change sees and does. Reads show what earlier changes of the
// same transaction saved. Nothing but what [Needs] named can be read.
type Tx interface {
	// Now is the time of the transaction: UTC, whole microseconds.
	Now() time.Time

	Incident(id string) (Incident, bool)
	Task(id string) (Task, bool)
	// TaskList returns the places of all tasks of an incident, tombstones
	// included, in the order of the list.
	TaskList(incidentID string) []TaskPlace
	Actor(id string) (Actor, bool)
	// NextNumber returns the number for an incident created now.
	NextNumber() int
	// Automation is every live definition; it needs no naming.
	Automation() *Automation
	// Replayed returns the event that the mutation named in needs has already
	// written.
	Replayed() (*audit.Event, bool)

	// SaveIncident stores i and the event that records the change to it.
	SaveIncident(i Incident, e *audit.Event)
	// SaveTask stores t and the event that records the change to it.
	SaveTask(t Task, e *audit.Event)
	// SavePlaybook stores p and the event that records the change to it, and
	// makes it known as an actor; so does SaveRule.
	SavePlaybook(p Playbook, e *audit.Event)
	SaveRule(r Rule, e *audit.Event)
	// SaveWebhook stores w and the event that records the change to it. A secret
	// that is not empty replaces the one before; it stands in no event.
	SaveWebhook(w Webhook, secret string, e *audit.Event)
	// SaveServiceAccount stores a and the event that records the change to it,
	// and makes it known as an actor. With issued, which is SHA-256 of the newest
	// key of a, that key is stored too; issued stands in no event.
	SaveServiceAccount(a ServiceAccount, issued *audit.Hash, e *audit.Event)
	// Enqueue stores a call that e records.
	Enqueue(d Delivery, e *audit.Event)

	// Event returns the event that [Needs.Redacts] named.
	Event(position int64) (*audit.Event, bool)
	// Redact stores e, which records that the event it is about is redacted, and
	// removes that one's payload and salt and the bodies of calls it records.
	Redact(e *audit.Event)
}

// Reader reads what is committed. Lists of ids may hold unknown ones; maps
// leave them out. A cursor that does not belong to the list is refused with an
// [InputError].
type Reader interface {
	Incidents(ctx context.Context, q IncidentQuery) (Page[Incident], error)
	CountIncidents(ctx context.Context, f IncidentFilter) (int, error)
	IncidentsByID(ctx context.Context, ids []string) (map[string]Incident, error)
	IncidentByNumber(ctx context.Context, number int) (Incident, bool, error)
	Progress(ctx context.Context, incidentIDs []string, now time.Time) (map[string]TaskProgress, error)

	Tasks(ctx context.Context, q TaskQuery) (Page[Task], error)
	CountTasks(ctx context.Context, f TaskFilter, now time.Time) (int, error)
	TasksByID(ctx context.Context, ids []string) (map[string]Task, error)
	// NewlyOverdue returns the ids of at most limit open tasks of open incidents
	// that were due before now and have not been noted, longest overdue first.
	NewlyOverdue(ctx context.Context, now time.Time, limit int) ([]string, error)
	TaskLists(ctx context.Context, q TaskListQuery) (map[string]Page[Task], error)
	CountTaskLists(ctx context.Context, q TaskListQuery) (map[string]int, error)
	// Ranks counts the place of each task in its list: one more than the live
	// tasks before it.
	Ranks(ctx context.Context, taskIDs []string) (map[string]int, error)
	TaskStatistics(ctx context.Context, q TaskStatisticsQuery) (*TaskStatistics, error)

	Events(ctx context.Context, q EventQuery) (Page[*audit.Event], error)
	CountEvents(ctx context.Context, f AuditEventFilter) (int, error)
	EventsByPosition(ctx context.Context, positions []int64) (map[int64]*audit.Event, error)
	// Redactions returns the events that redacted those at the positions, by the
	// positions of these.
	Redactions(ctx context.Context, positions []int64) (map[int64]*audit.Event, error)
	// Histories is keyed by incident id or task id, as asked.
	Histories(ctx context.Context, q HistoryQuery) (map[string]Page[*audit.Event], error)
	CountHistories(ctx context.Context, q HistoryQuery) (map[string]int, error)
	// EventsSince returns the events of a subject after a version, oldest
	// first, at most limit of the newest.
	EventsSince(ctx context.Context, subjectID string, version, limit int) ([]*audit.Event, error)
	// IncidentEvents returns every event of an incident and its tasks up to a
	// position, oldest first.
	IncidentEvents(ctx context.Context, incidentID string, upTo int64) ([]*audit.Event, error)
	// IncidentTrail yields the same event by event, reading a page at a time. It
	// ends with the first error.
	IncidentTrail(ctx context.Context, incidentID string, upTo int64) iter.Seq2[*audit.Event, error]
	// LastRecorded returns the position of the last event of an incident or its
	// tasks that was recorded at a moment or before; 0 when there is none.
	LastRecorded(ctx context.Context, incidentID string, at time.Time) (int64, error)
	// RedactionsOf returns every redaction of an event of an incident or its
	// tasks, oldest first.
	RedactionsOf(ctx context.Context, incidentID string) ([]*audit.Event, error)

	// Automation returns every live definition.
	Automation(ctx context.Context) (*Automation, error)
	// DefinitionEvents returns every event of definitions of a kind, oldest
	// first; of the one with the id where it is not empty.
	DefinitionEvents(ctx context.Context, kind, id string) ([]*audit.Event, error)
	// DefinitionsByID returns each [Playbook], [Rule], [Webhook] and
	// [ServiceAccount] as it is now, deleted ones too.
	DefinitionsByID(ctx context.Context, ids []string) (map[string]any, error)
	// KeyUses returns when API keys, by id, were used last, a minute late at most;
	// of those never used, nothing.
	KeyUses(ctx context.Context, ids []string) (map[string]time.Time, error)
	// Deliveries returns a page of the calls of a webhook, newest first.
	Deliveries(ctx context.Context, webhookID string, q PageQuery) (Page[Delivery], error)
	CountDeliveries(ctx context.Context, webhookID string) (int, error)
	DeliveriesByID(ctx context.Context, ids []string) (map[string]Delivery, error)

	Actors(ctx context.Context, q ActorQuery) (Page[Actor], error)
	CountActors(ctx context.Context, q ActorQuery) (int, error)
	ActorsByID(ctx context.Context, ids []string) (map[string]Actor, error)
}

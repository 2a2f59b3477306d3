package incident

import "time"

// Limits of the lists in statistics.
const (
	MaxStatisticsGroups    = 1_000
	MaxStatisticsIncidents = MaxPage
	MaxAdHocTitles         = MaxPage
)

// TaskStatisticsGroup is what the tasks of statistics are grouped by.
type TaskStatisticsGroup string

// The ways to group. Each task is in one group, but for GroupByPlaybookStep,
// which leaves out what no playbook put on a list.
const (
	GroupByNone         TaskStatisticsGroup = "NONE"
	GroupByTitle        TaskStatisticsGroup = "TITLE"
	GroupByPlaybookStep TaskStatisticsGroup = "PLAYBOOK_STEP"
	GroupByCreator      TaskStatisticsGroup = "CREATOR"
	GroupByOwner        TaskStatisticsGroup = "OWNER" // of the incident
	GroupByAssignee     TaskStatisticsGroup = "ASSIGNEE"
	GroupBySeverity     TaskStatisticsGroup = "SEVERITY" // of the incident
	GroupByOriginKind   TaskStatisticsGroup = "ORIGIN_KIND"
)

// OfActors reports whether the keys of the groups are ids of actors.
func (g TaskStatisticsGroup) OfActors() bool {
	return g == GroupByCreator || g == GroupByOwner || g == GroupByAssignee
}

// TaskStatisticsFilter chooses incidents, and tasks on their lists; what is nil
// chooses all. Lists mean any of.
type TaskStatisticsFilter struct {
	CreatedSince *time.Time // of incidents, inclusive
	CreatedUntil *time.Time // of incidents, exclusive
	Severity     []IncidentSeverity
	Status       []IncidentStatus
	OwnerID      *string
	Label        *string // exactly this label

	AssigneeID *string
	OriginKind []ActorKind
	OriginID   *string // of a playbook, a rule or an actor
}

// TaskStatisticsQuery asks for the statistics of all live tasks that a filter
// chooses.
type TaskStatisticsQuery struct {
	Filter  TaskStatisticsFilter
	GroupBy TaskStatisticsGroup
	Now     time.Time // for what is overdue
}

// TaskStatistics is what managers look at, all of it as of one moment. Deleted
// tasks are nowhere in it.
type TaskStatistics struct {
	AsOf                         time.Time // by which tasks are overdue
	Incidents                    int
	IncidentsWithoutTasks        int
	ClosedIncidentsWithOpenTasks int
	ClosedWithOpenTasksIDs       []string // of those incidents, the highest number first, at most MaxStatisticsIncidents
	Overall                      TaskFigures
	Groups                       []TaskFiguresGroup // most tasks first, then by key bytewise, at most MaxStatisticsGroups
	Truncated                    bool               // there are more groups
	AdHocTitles                  []AdHocTitle       // most tasks first, then by the folded title bytewise, at most MaxAdHocTitles
}

// TaskFigures are those of a set of tasks.
type TaskFigures struct {
	Total          int
	Open           int // NEW or IN_PROGRESS
	Completed      int
	Skipped        int
	Overdue        int             // open and past their due time
	Reopened       int             // reopened at least once, wherever they stand now
	Reopenings     int             // how often all of them together
	CompletionTime *CompletionTime // nil when none is completed
}

// CompletionTime sums up how long completed tasks took, from their creation to
// the completion that holds now, in whole seconds, cut off.
type CompletionTime struct {
	MedianSeconds int
	P90Seconds    int
}

// Took is told, for each of the Completed tasks, that the nth shortest time,
// from 1, is so many seconds.
func (f *TaskFigures) Took(nth, seconds int) {
	if f.CompletionTime == nil {
		f.CompletionTime = &CompletionTime{}
	}
	if nth == nearestRank(50, f.Completed) {
		f.CompletionTime.MedianSeconds = seconds
	}
	if nth == nearestRank(90, f.Completed) {
		f.CompletionTime.P90Seconds = seconds
	}
}

// nearestRank is the place, from 1, of a percentile among n sorted values: the
// first that at least so many percent of them do not exceed. So a percentile is
// one of the values, never a mean of two that could be rounded this way or that.
func nearestRank(percent, n int) int { return (n*percent + 99) / 100 }

// TaskFiguresGroup is one group of tasks.
type TaskFiguresGroup struct {
	// Key is what its tasks have in common: a title, the id of an actor, a
	// severity or a kind, or something made of a playbook and its step. Nil for
	// tasks without owner or assignee.
	Key          *string
	ActorID      *string                // the key, when grouped by actors
	PlaybookStep *PlaybookStepReference // nil unless grouped by it
	Figures      TaskFigures
}

// PlaybookStepReference is a step of a playbook as the newest of its tasks
// knows it. Playbook and step may have changed, or be gone, since.
type PlaybookStepReference struct {
	PlaybookID   *string // nil when the tasks do not know it
	PlaybookName string
	StepKey      *string // nil when the tasks do not know it
	Title        string  // of that task
}

// AdHocTitle counts the tasks that people added by hand under one title,
// whatever the case of its letters.
type AdHocTitle struct {
	Title     string // as the newest of the tasks spells it
	Tasks     int
	Incidents int // on whose lists they are
}

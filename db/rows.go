package db

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"tasktrail/incident"
)

// Times are stored as microseconds since 1970, UTC: exact, sortable and the
// same in both engines.
func micros(t time.Time) int64 { return t.UnixMicro() }

func fromMicros(n int64) time.Time { return time.UnixMicro(n).UTC() }

func optMicros(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	n := micros(*t)
	return &n
}

func optTime(n *int64) *time.Time {
	if n == nil {
		return nil
	}
	t := fromMicros(*n)
	return &t
}

// fold brings text into the form in which it is searched: SQLite and PostgreSQL
// do not agree on upper and lower case beyond ASCII, so Go decides.
func fold(s string) string { return strings.ToLower(s) }

func searchText(title string, description *string) string {
	if description == nil {
		return fold(title)
	}
	return fold(title + "\n" + *description)
}

type incidentRow struct {
	bun.BaseModel `bun:"table:incidents,alias:i"`

	ID                    string  `bun:"id,pk,type:text"`
	Number                int     `bun:"number,type:bigint"`
	Title                 string  `bun:"title,type:text"`
	Description           *string `bun:"description,type:text"`
	Severity              string  `bun:"severity,type:text"`
	SeverityRank          int     `bun:"severity_rank,type:bigint"` // for sorting
	Status                string  `bun:"status,type:text"`
	Classification        *string `bun:"classification,type:text"`
	ClassificationReason  *string `bun:"classification_reason,type:text"`
	ClassificationComment *string `bun:"classification_comment,type:text"`
	OwnerID               *string `bun:"owner_id,type:text"`
	Labels                string  `bun:"labels,type:text"` // a JSON array of text
	CreatedAt             int64   `bun:"created_at,type:bigint"`
	CreatedBy             string  `bun:"created_by,type:text"`
	UpdatedAt             int64   `bun:"updated_at,type:bigint"`
	UpdatedBy             string  `bun:"updated_by,type:text"`
	ClosedAt              *int64  `bun:"closed_at,type:bigint"`
	Version               int     `bun:"version,type:bigint"`
	Search                string  `bun:"search,type:text"` // folded, see fold
}

func incidentRowOf(i incident.Incident) *incidentRow {
	labels, _ := json.Marshal(i.Labels) // text always has a JSON form
	rank := 0
	for n, s := range incident.Severities {
		if s == i.Severity {
			rank = n
		}
	}
	return &incidentRow{
		ID: i.ID, Number: i.Number, Title: i.Title, Description: i.Description,
		Severity: string(i.Severity), SeverityRank: rank, Status: string(i.Status),
		Classification: (*string)(i.Classification), ClassificationReason: (*string)(i.ClassificationReason),
		ClassificationComment: i.ClassificationComment, OwnerID: i.OwnerID, Labels: string(labels),
		CreatedAt: micros(i.CreatedAt), CreatedBy: i.CreatedByID, UpdatedAt: micros(i.UpdatedAt), UpdatedBy: i.UpdatedByID,
		ClosedAt: optMicros(i.ClosedAt), Version: i.Version, Search: searchText(i.Title, i.Description),
	}
}

func (r *incidentRow) incident() (incident.Incident, error) {
	i := incident.Incident{
		ID: r.ID, Number: r.Number, Title: r.Title, Description: r.Description,
		Severity: incident.IncidentSeverity(r.Severity), Status: incident.IncidentStatus(r.Status),
		Classification:        (*incident.IncidentClassification)(r.Classification),
		ClassificationReason:  (*incident.ClassificationReason)(r.ClassificationReason),
		ClassificationComment: r.ClassificationComment, OwnerID: r.OwnerID,
		CreatedAt: fromMicros(r.CreatedAt), CreatedByID: r.CreatedBy, UpdatedAt: fromMicros(r.UpdatedAt), UpdatedByID: r.UpdatedBy,
		ClosedAt: optTime(r.ClosedAt), Version: r.Version,
	}
	if err := json.Unmarshal([]byte(r.Labels), &i.Labels); err != nil {
		return i, fmt.Errorf("incident %d: labels: %w", r.Number, err)
	}
	return i, nil
}

type taskRow struct {
	bun.BaseModel `bun:"table:tasks,alias:t"`

	ID            string  `bun:"id,pk,type:text"`
	IncidentID    string  `bun:"incident_id,type:text"`
	OrderKey      string  `bun:"order_key,type:text"`
	Title         string  `bun:"title,type:text"`
	Description   *string `bun:"description,type:text"`
	GroupName     *string `bun:"group_name,type:text"`
	Status        string  `bun:"status,type:text"`
	Mandatory     bool    `bun:"mandatory,type:boolean"`
	AssigneeID    *string `bun:"assignee_id,type:text"`
	DueAt         *int64  `bun:"due_at,type:bigint"`
	OverdueSince  *int64  `bun:"overdue_since,type:bigint"`
	OriginKind    string  `bun:"origin_kind,type:text"`
	OriginName    string  `bun:"origin_name,type:text"`
	OriginID      *string `bun:"origin_id,type:text"`
	OriginStep    *int    `bun:"origin_step,type:bigint"`
	OriginVersion *int    `bun:"origin_version,type:bigint"`
	OriginKey     *string `bun:"origin_key,type:text"`
	CreatedAt     int64   `bun:"created_at,type:bigint"`
	CreatedBy     string  `bun:"created_by,type:text"`
	UpdatedAt     int64   `bun:"updated_at,type:bigint"`
	UpdatedBy     string  `bun:"updated_by,type:text"`
	CompletedAt   *int64  `bun:"completed_at,type:bigint"`
	CompletedBy   *string `bun:"completed_by,type:text"`
	ReopenCount   int     `bun:"reopen_count,type:bigint"`
	DeletedAt     *int64  `bun:"deleted_at,type:bigint"`
	Version       int     `bun:"version,type:bigint"`
	Search        string  `bun:"search,type:text"` // folded, see fold
}

func taskRowOf(t incident.Task) *taskRow {
	return &taskRow{
		ID: t.ID, IncidentID: t.IncidentID, OrderKey: t.OrderKey, Title: t.Title, Description: t.Description,
		Status: string(t.Status), Mandatory: t.Mandatory, AssigneeID: t.AssigneeID, DueAt: optMicros(t.DueAt),
		OriginKind: string(t.Origin.Kind), OriginName: t.Origin.Name, OriginID: t.Origin.ID, OriginStep: t.Origin.Step,
		OriginVersion: t.Origin.Version, OriginKey: t.Origin.Key, GroupName: t.Group, OverdueSince: optMicros(t.OverdueSince),
		CreatedAt: micros(t.CreatedAt), CreatedBy: t.CreatedByID, UpdatedAt: micros(t.UpdatedAt), UpdatedBy: t.UpdatedByID,
		CompletedAt: optMicros(t.CompletedAt), CompletedBy: t.CompletedByID, ReopenCount: t.ReopenCount,
		DeletedAt: optMicros(t.DeletedAt), Version: t.Version, Search: searchText(t.Title, t.Description),
	}
}

func (r *taskRow) task() incident.Task {
	return incident.Task{
		ID: r.ID, IncidentID: r.IncidentID, OrderKey: r.OrderKey, Title: r.Title, Description: r.Description,
		Status: incident.TaskStatus(r.Status), Mandatory: r.Mandatory, AssigneeID: r.AssigneeID, DueAt: optTime(r.DueAt),
		Origin: incident.TaskOrigin{
			Kind: incident.ActorKind(r.OriginKind), Name: r.OriginName, ID: r.OriginID, Step: r.OriginStep,
			Version: r.OriginVersion, Key: r.OriginKey,
		},
		CreatedAt: fromMicros(r.CreatedAt), CreatedByID: r.CreatedBy, UpdatedAt: fromMicros(r.UpdatedAt), UpdatedByID: r.UpdatedBy,
		Group: r.GroupName, OverdueSince: optTime(r.OverdueSince),
		CompletedAt: optTime(r.CompletedAt), CompletedByID: r.CompletedBy, ReopenCount: r.ReopenCount,
		DeletedAt: optTime(r.DeletedAt), Version: r.Version,
	}
}

type actorRow struct {
	bun.BaseModel `bun:"table:actors,alias:a"`

	ID     string `bun:"id,pk,type:text"`
	Kind   string `bun:"kind,type:text"`
	Name   string `bun:"name,type:text"`
	Email  string `bun:"email,type:text,nullzero"`
	Search string `bun:"search,type:text"` // folded, see fold
}

func actorRowOf(a incident.Actor) *actorRow {
	return &actorRow{ID: a.ID, Kind: string(a.Kind), Name: a.Name, Email: a.Email, Search: fold(a.Name + "\n" + a.Email)}
}

func (r *actorRow) actor() incident.Actor {
	return incident.Actor{ID: r.ID, Kind: incident.ActorKind(r.Kind), Name: r.Name, Email: r.Email}
}

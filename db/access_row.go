package db

import (
	"strings"

	"github.com/uptrace/bun"

	"tasktrail/incident"
)

type accessRow struct {
	bun.BaseModel `bun:"table:access_log,alias:x"`

	Number        int64   `bun:"number,pk,type:bigint"`
	RecordedAt    int64   `bun:"recorded_at,type:bigint"`
	Action        string  `bun:"action,type:text"`
	Outcome       string  `bun:"outcome,type:text"`
	Reason        *string `bun:"reason,type:text"`
	ActorID       *string `bun:"actor_id,type:text"`
	ActorName     *string `bun:"actor_name,type:text"`
	ActorKind     *string `bun:"actor_kind,type:text"`
	Address       *string `bun:"address,type:text"`
	RequestID     *string `bun:"request_id,type:text"`
	Subjects      string  `bun:"subjects,type:text"` // with commas between them
	FirstPosition *int64  `bun:"first_position,type:bigint"`
	LastPosition  *int64  `bun:"last_position,type:bigint"`
	Events        *int64  `bun:"events,type:bigint"`
	Count         int     `bun:"count,type:bigint"`
}

func accessRowOf(e incident.AccessEntry) *accessRow {
	r := &accessRow{
		RecordedAt: micros(e.RecordedAt), Action: string(e.Action), Outcome: string(e.Outcome), Reason: (*string)(e.Reason),
		Address: e.Address, RequestID: e.RequestID, Subjects: strings.Join(e.Subjects, ","),
		FirstPosition: e.FirstPosition, LastPosition: e.LastPosition, Events: e.Events, Count: e.Count,
	}
	if e.Actor != nil {
		kind := string(e.Actor.Kind)
		r.ActorID, r.ActorName, r.ActorKind = &e.Actor.ID, &e.Actor.Name, &kind
	}
	return r
}

func (r *accessRow) entry() incident.AccessEntry {
	e := incident.AccessEntry{
		Number: r.Number, RecordedAt: fromMicros(r.RecordedAt), Action: incident.AccessAction(r.Action), Outcome: incident.AccessOutcome(r.Outcome),
		Reason: (*incident.AccessReason)(r.Reason), Address: r.Address, RequestID: r.RequestID, Subjects: []string{},
		FirstPosition: r.FirstPosition, LastPosition: r.LastPosition, Events: r.Events, Count: r.Count,
	}
	if r.Subjects != "" {
		e.Subjects = strings.Split(r.Subjects, ",")
	}
	if r.ActorID != nil && r.ActorName != nil && r.ActorKind != nil {
		e.Actor = &incident.Actor{ID: *r.ActorID, Name: *r.ActorName, Kind: incident.ActorKind(*r.ActorKind)}
	}
	return e
}

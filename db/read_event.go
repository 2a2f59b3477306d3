package db

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"tasktrail/audit"
	"tasktrail/incident"
)

func filterEvents(q *bun.SelectQuery, f incident.AuditEventFilter) *bun.SelectQuery {
	q = eq(q, "e.incident_id", f.IncidentID)
	q = eq(q, "e.subject_id", f.TaskID)
	q = eq(q, "e.subject_id", f.SubjectID)
	q = eq(q, "e.actor_id", f.ActorID)
	q = in(q, "e.actor_kind", f.ActorKind)
	q = in(q, "e.action", f.Actions)
	if f.Fields != nil {
		q = q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			q = q.Where("1 = 0")
			for _, field := range f.Fields {
				if !strings.Contains(field, ",") { // no field has one in its name
					// Not LIKE: that of SQLite takes a for A.
					q = q.WhereOr("REPLACE(e.fields, ?, '') <> e.fields", ","+field+",")
				}
			}
			return q
		})
	}
	if f.Since != nil {
		q = q.Where("e.recorded_at >= ?", micros(*f.Since))
	}
	if f.Until != nil {
		q = q.Where("e.recorded_at < ?", micros(*f.Until))
	}
	return q
}

// eventPage restricts and sorts q to the page p of the trail.
func eventPage(q *bun.SelectQuery, p incident.PageQuery, after, before *int64) *bun.SelectQuery {
	if after != nil {
		q = q.Where("e.position > ?", *after)
	}
	if before != nil {
		q = q.Where("e.position < ?", *before)
	}
	direction := "ASC"
	if p.Backward {
		direction = "DESC"
	}
	return q.OrderExpr("e.position " + direction).Limit(int64(p.Limit) + 1)
}

// places reads the two cursors of a page. A cursor that the trail cannot
// explain is refused like that of a subscription.
func (s *Store) places(ctx context.Context, p incident.PageQuery) (after, before *int64, err error) {
	if after, err = s.place(ctx, p.After); err == nil {
		before, err = s.place(ctx, p.Before)
	}
	return after, before, err
}

func (s *Store) place(ctx context.Context, cursor string) (*int64, error) {
	if cursor == "" {
		return nil, nil
	}
	c, err := audit.ParseCursor(cursor)
	if err != nil {
		return nil, err
	}
	if err := audit.CheckCursor(ctx, s.tail, c); err != nil {
		return nil, err
	}
	return &c.Position, nil
}

// Events implements [incident.Reader].
func (s *Store) Events(ctx context.Context, q incident.EventQuery) (incident.Page[*audit.Event], error) {
	after, before, err := s.places(ctx, q.Page)
	if err != nil {
		return incident.Page[*audit.Event]{}, err
	}
	var rows []*eventRow
	sel := eventPage(filterEvents(s.read.NewSelect().Model(&rows), q.Filter), q.Page, after, before)
	if err := sel.Scan(ctx); err != nil {
		return incident.Page[*audit.Event]{}, fmt.Errorf("db: read events: %w", err)
	}
	return page(rows, q.Page, s.item)
}

func (s *Store) item(r *eventRow) (*audit.Event, string, error) {
	e, err := r.event(s.trail)
	if err != nil {
		return nil, "", err
	}
	return e, e.Cursor().String(), nil
}

// CountEvents implements [incident.Reader].
func (s *Store) CountEvents(ctx context.Context, f incident.AuditEventFilter) (int, error) {
	return count(ctx, filterEvents(s.read.NewSelect().Model((*eventRow)(nil)), f), "events")
}

// EventsByPosition implements [incident.Reader].
func (s *Store) EventsByPosition(ctx context.Context, positions []int64) (map[int64]*audit.Event, error) {
	events, err := s.events(ctx, s.read.NewSelect().Where("e.position IN (?)", bun.List(positions)))
	if err != nil {
		return nil, err
	}
	out := make(map[int64]*audit.Event, len(events))
	for _, e := range events {
		out[e.Position] = e
	}
	return out, nil
}

// Redactions implements [incident.Reader].
func (s *Store) Redactions(ctx context.Context, positions []int64) (map[int64]*audit.Event, error) {
	out := map[int64]*audit.Event{}
	for chunk := range slices.Chunk(positions, historyPage) {
		ids := make([]string, len(chunk))
		for n, position := range chunk {
			ids[n] = audit.EventID(position)
		}
		events, err := s.events(ctx, s.read.NewSelect().
			Where("e.subject_id IN (?) AND e.subject_version = 1 AND e.subject_kind = ?", bun.List(ids), audit.SubjectEvent))
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			out[e.Redacts()] = e
		}
	}
	return out, nil
}

// events reads what q chooses.
func (s *Store) events(ctx context.Context, q *bun.SelectQuery) ([]*audit.Event, error) {
	var rows []*eventRow
	if err := q.Model(&rows).Scan(ctx); err != nil {
		return nil, fmt.Errorf("db: read events: %w", err)
	}
	events := make([]*audit.Event, len(rows))
	for n, r := range rows {
		var err error
		if events[n], err = r.event(s.trail); err != nil {
			return nil, fmt.Errorf("db: read events: %w", err)
		}
	}
	return events, nil
}

// parents returns the column and the ids by which a history is asked for.
func parents(q incident.HistoryQuery) (string, []string) {
	if q.TaskIDs != nil {
		return "e.subject_id", q.TaskIDs
	}
	return "e.incident_id", q.IncidentIDs
}

// Histories implements [incident.Reader].
func (s *Store) Histories(ctx context.Context, q incident.HistoryQuery) (map[string]incident.Page[*audit.Event], error) {
	after, before, err := s.places(ctx, q.Page)
	if err != nil {
		return nil, err
	}
	column, ids := parents(q)
	byParent := map[string][]*eventRow{}
	for chunk := range slices.Chunk(ids, perStatement) {
		parts := make([]*bun.SelectQuery, len(chunk))
		for n, id := range chunk {
			part := s.read.NewSelect().Model((*eventRow)(nil)).Where("? = ?", bun.Ident(column), id)
			parts[n] = eventPage(filterEvents(part, q.Filter), q.Page, after, before)
		}
		var rows []*eventRow
		if err := s.union(parts).Scan(ctx, &rows); err != nil {
			return nil, fmt.Errorf("db: read histories: %w", err)
		}
		for _, r := range rows {
			id := r.IncidentID
			if q.TaskIDs != nil {
				id = r.SubjectID
			}
			byParent[id] = append(byParent[id], r)
		}
	}
	out := make(map[string]incident.Page[*audit.Event], len(ids))
	for _, id := range ids {
		if out[id], err = page(byParent[id], q.Page, s.item); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CountHistories implements [incident.Reader].
func (s *Store) CountHistories(ctx context.Context, q incident.HistoryQuery) (map[string]int, error) {
	column, ids := parents(q)
	sel := s.read.NewSelect().TableExpr("audit_events AS e").ColumnExpr("? AS id, COUNT(*) AS n", bun.Ident(column)).
		Where("? IN (?)", bun.Ident(column), bun.List(ids)).GroupExpr("?", bun.Ident(column))
	return counts(ctx, filterEvents(sel, q.Filter), "histories")
}

// EventsSince implements [incident.Reader].
func (s *Store) EventsSince(ctx context.Context, subjectID string, version, limit int) ([]*audit.Event, error) {
	events, err := s.events(ctx, s.read.NewSelect().
		Where("e.subject_id = ? AND e.subject_version > ?", subjectID, version).
		OrderExpr("e.subject_version DESC").Limit(int64(limit)))
	slices.Reverse(events)
	return events, err
}

package db

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"tasktrail/incident"
)

// Tasks without a due time sort behind all others in either direction, so they
// stand for the last or the first moment there is.
func taskOrder(o incident.TaskOrder) (keyset, func(*taskRow) int64) {
	k := keyset{tie: "t.id", desc: o.Direction == incident.Descending}
	var value func(*taskRow) int64
	switch o.Field {
	case incident.TaskByUpdatedAt:
		k.expr, value = "t.updated_at", func(r *taskRow) int64 { return r.UpdatedAt }
	case incident.TaskByDueAt:
		never := int64(math.MaxInt64)
		if k.desc {
			never = -math.MaxInt64
		}
		k.expr = fmt.Sprintf("COALESCE(t.due_at, %d)", never)
		value = func(r *taskRow) int64 {
			if r.DueAt == nil {
				return never
			}
			return *r.DueAt
		}
	default:
		k.expr, value = "t.created_at", func(r *taskRow) int64 { return r.CreatedAt }
	}
	k.name = fmt.Sprintf("tasks %s %t", o.Field, k.desc)
	return k, value
}

func (s *Store) filterTasks(q *bun.SelectQuery, f incident.TaskFilter, now time.Time) *bun.SelectQuery {
	q = q.Where("t.deleted_at IS NULL")
	q = eq(q, "t.incident_id", f.IncidentID)
	q = in(q, "t.status", f.Status)
	q = eq(q, "t.assignee_id", f.AssigneeID)
	q = in(q, "t.origin_kind", f.OriginKind)
	q = eq(q, "t.origin_id", f.OriginID)
	q = eq(q, "t.group_name", f.Group)
	q = eq(q, "t.mandatory", f.Mandatory)
	if f.Overdue != nil {
		const overdue = "(t.due_at IS NOT NULL AND t.due_at < ? AND t.status IN ('NEW','IN_PROGRESS'))"
		if *f.Overdue {
			q = q.Where(overdue, micros(now))
		} else {
			q = q.Where("NOT "+overdue, micros(now))
		}
	}
	if f.Search != nil {
		q = q.Where("t.search LIKE ? ESCAPE '!'", like(fold(*f.Search)))
	}
	return q
}

// Tasks implements [incident.Reader].
func (s *Store) Tasks(ctx context.Context, q incident.TaskQuery) (incident.Page[incident.Task], error) {
	var rows []*taskRow
	order, value := taskOrder(q.Order)
	sel, err := order.apply(s.filterTasks(s.read.NewSelect().Model(&rows), q.Filter, q.Now), q.Page)
	if err != nil {
		return incident.Page[incident.Task]{}, err
	}
	if err := sel.Scan(ctx); err != nil {
		return incident.Page[incident.Task]{}, fmt.Errorf("db: read tasks: %w", err)
	}
	return page(rows, q.Page, func(r *taskRow) (incident.Task, string, error) {
		key := incident.Key{Order: order.name, Value: strconv.FormatInt(value(r), 10), ID: r.ID}
		return r.task(), key.Cursor(), nil
	})
}

// CountTasks implements [incident.Reader].
func (s *Store) CountTasks(ctx context.Context, f incident.TaskFilter, now time.Time) (int, error) {
	return count(ctx, s.filterTasks(s.read.NewSelect().Model((*taskRow)(nil)), f, now), "tasks")
}

// TasksByID implements [incident.Reader].
func (s *Store) TasksByID(ctx context.Context, ids []string) (map[string]incident.Task, error) {
	var rows []*taskRow
	if err := s.read.NewSelect().Model(&rows).Where("t.id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("db: read tasks: %w", err)
	}
	out := make(map[string]incident.Task, len(rows))
	for _, r := range rows {
		out[r.ID] = r.task()
	}
	return out, nil
}

// listOrder is the order of one incident's task list.
var listOrder = keyset{name: "task list", expr: "t.order_key", tie: "t.id", text: true}

func filterList(q *bun.SelectQuery, l incident.TaskListQuery) *bun.SelectQuery {
	if !l.IncludeDeleted {
		q = q.Where("t.deleted_at IS NULL")
	}
	return in(q, "t.status", l.Status)
}

// TaskLists implements [incident.Reader].
func (s *Store) TaskLists(ctx context.Context, q incident.TaskListQuery) (map[string]incident.Page[incident.Task], error) {
	byParent := map[string][]*taskRow{}
	for ids := range slices.Chunk(q.IncidentIDs, perStatement) {
		parts := make([]*bun.SelectQuery, len(ids))
		for n, id := range ids {
			part := filterList(s.read.NewSelect().Model((*taskRow)(nil)).Where("t.incident_id = ?", id), q)
			var err error
			if parts[n], err = listOrder.apply(part, q.Page); err != nil {
				return nil, err
			}
		}
		var rows []*taskRow
		if err := s.union(parts).Scan(ctx, &rows); err != nil {
			return nil, fmt.Errorf("db: read task lists: %w", err)
		}
		for _, r := range rows {
			byParent[r.IncidentID] = append(byParent[r.IncidentID], r)
		}
	}
	out := make(map[string]incident.Page[incident.Task], len(q.IncidentIDs))
	for _, id := range q.IncidentIDs {
		var err error
		out[id], err = page(byParent[id], q.Page, func(r *taskRow) (incident.Task, string, error) {
			return r.task(), incident.Key{Order: listOrder.name, Value: r.OrderKey, ID: r.ID}.Cursor(), nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CountTaskLists implements [incident.Reader].
func (s *Store) CountTaskLists(ctx context.Context, q incident.TaskListQuery) (map[string]int, error) {
	sel := s.read.NewSelect().TableExpr("tasks AS t").ColumnExpr("t.incident_id AS id, COUNT(*) AS n").
		Where("t.incident_id IN (?)", bun.List(q.IncidentIDs)).GroupExpr("t.incident_id")
	return counts(ctx, filterList(sel, q), "task lists")
}

// counts reads rows of id and n.
func counts(ctx context.Context, q *bun.SelectQuery, what string) (map[string]int, error) {
	var rows []struct {
		ID string
		N  int
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("db: count %s: %w", what, err)
	}
	out := make(map[string]int, len(rows))
	for _, r := range rows {
		out[r.ID] = r.N
	}
	return out, nil
}

// Ranks implements [incident.Reader].
func (s *Store) Ranks(ctx context.Context, taskIDs []string) (map[string]int, error) {
	q := s.read.NewSelect().TableExpr("tasks AS t").ColumnExpr("t.id").
		ColumnExpr("1 + (SELECT COUNT(*) FROM tasks AS o WHERE o.incident_id = t.incident_id AND o.deleted_at IS NULL"+
			" AND (o.order_key, o.id) < (t.order_key, t.id)) AS n").
		Where("t.id IN (?)", bun.List(taskIDs))
	return counts(ctx, q, "ranks")
}

// NewlyOverdue implements [incident.Reader].
func (s *Store) NewlyOverdue(ctx context.Context, now time.Time, limit int) ([]string, error) {
	var ids []string
	err := s.read.NewSelect().Model((*taskRow)(nil)).Column("t.id").
		Join("JOIN incidents AS i ON i.id = t.incident_id").
		Where("t.status IN ('NEW','IN_PROGRESS') AND t.deleted_at IS NULL AND t.overdue_since IS NULL").
		Where("t.due_at < ? AND i.status <> ?", micros(now), incident.IncidentClosed).
		OrderExpr("t.due_at, t.id").Limit(int64(limit)).Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("db: read overdue tasks: %w", err)
	}
	return ids, nil
}

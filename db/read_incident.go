package db

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"tasktrail/incident"
)

func incidentOrder(o incident.IncidentOrder) keyset {
	k := keyset{tie: "i.number", desc: o.Direction != incident.Ascending}
	switch o.Field {
	case incident.IncidentByUpdatedAt:
		k.expr = "i.updated_at"
	case incident.IncidentByNumber:
		k.expr = "i.number"
	case incident.IncidentBySeverity:
		k.expr = "i.severity_rank"
	default:
		k.expr = "i.created_at"
	}
	k.name = fmt.Sprintf("incidents %s %t", k.expr, k.desc)
	return k
}

func incidentKey(k keyset, r *incidentRow) string {
	value := map[string]int64{
		"i.created_at": r.CreatedAt, "i.updated_at": r.UpdatedAt, "i.number": int64(r.Number), "i.severity_rank": int64(r.SeverityRank),
	}[k.expr]
	return incident.Key{Order: k.name, Value: strconv.FormatInt(value, 10), ID: strconv.Itoa(r.Number)}.Cursor()
}

func (s *Store) filterIncidents(q *bun.SelectQuery, f incident.IncidentFilter) *bun.SelectQuery {
	q = in(q, "i.status", f.Status)
	q = in(q, "i.severity", f.Severity)
	q = eq(q, "i.owner_id", f.OwnerID)
	if f.Label != nil {
		q = hasLabel(q, *f.Label)
	}
	if f.Search != nil {
		q = q.Where("i.search LIKE ? ESCAPE '!'", like(fold(*f.Search)))
	}
	if f.HasOpenTasks != nil {
		not := ""
		if !*f.HasOpenTasks {
			not = "NOT "
		}
		q = q.Where(not + "EXISTS (SELECT 1 FROM tasks AS t WHERE t.incident_id = i.id AND t.deleted_at IS NULL AND t.status IN ('NEW','IN_PROGRESS'))")
	}
	if f.CreatedSince != nil {
		q = q.Where("i.created_at >= ?", micros(*f.CreatedSince))
	}
	if f.CreatedUntil != nil {
		q = q.Where("i.created_at < ?", micros(*f.CreatedUntil))
	}
	return q
}

// hasLabel looks into the JSON array: no pattern over its text can tell the
// label `,` from what stands between two others.
func hasLabel(q *bun.SelectQuery, label string) *bun.SelectQuery {
	if q.Dialect().Name() == dialect.PG {
		return q.Where("jsonb_exists(i.labels::jsonb, ?)", label)
	}
	return q.Where("EXISTS (SELECT 1 FROM json_each(i.labels) AS l WHERE l.value = ?)", label)
}

// Incidents implements [incident.Reader].
func (s *Store) Incidents(ctx context.Context, q incident.IncidentQuery) (incident.Page[incident.Incident], error) {
	var rows []*incidentRow
	order := incidentOrder(q.Order)
	sel, err := order.apply(s.filterIncidents(s.read.NewSelect().Model(&rows), q.Filter), q.Page)
	if err != nil {
		return incident.Page[incident.Incident]{}, err
	}
	if err := sel.Scan(ctx); err != nil {
		return incident.Page[incident.Incident]{}, fmt.Errorf("db: read incidents: %w", err)
	}
	return page(rows, q.Page, func(r *incidentRow) (incident.Incident, string, error) {
		i, err := r.incident()
		return i, incidentKey(order, r), err
	})
}

// CountIncidents implements [incident.Reader].
func (s *Store) CountIncidents(ctx context.Context, f incident.IncidentFilter) (int, error) {
	return count(ctx, s.filterIncidents(s.read.NewSelect().Model((*incidentRow)(nil)), f), "incidents")
}

func count(ctx context.Context, q *bun.SelectQuery, what string) (int, error) {
	n, err := q.Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("db: count %s: %w", what, err)
	}
	return int(n), nil
}

// IncidentsByID implements [incident.Reader].
func (s *Store) IncidentsByID(ctx context.Context, ids []string) (map[string]incident.Incident, error) {
	var rows []*incidentRow
	if err := s.read.NewSelect().Model(&rows).Where("i.id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("db: read incidents: %w", err)
	}
	out := make(map[string]incident.Incident, len(rows))
	for _, r := range rows {
		i, err := r.incident()
		if err != nil {
			return nil, fmt.Errorf("db: read incidents: %w", err)
		}
		out[i.ID] = i
	}
	return out, nil
}

// IncidentByNumber implements [incident.Reader].
func (s *Store) IncidentByNumber(ctx context.Context, number int) (incident.Incident, bool, error) {
	var rows []*incidentRow
	if err := s.read.NewSelect().Model(&rows).Where("i.number = ?", number).Scan(ctx); err != nil {
		return incident.Incident{}, false, fmt.Errorf("db: read incident: %w", err)
	}
	if len(rows) == 0 {
		return incident.Incident{}, false, nil
	}
	i, err := rows[0].incident()
	return i, err == nil, err
}

// Progress implements [incident.Reader].
func (s *Store) Progress(ctx context.Context, incidentIDs []string, now time.Time) (map[string]incident.TaskProgress, error) {
	var rows []struct {
		IncidentID string
		incident.TaskProgress
	}
	const open = "CASE WHEN t.status IN ('NEW','IN_PROGRESS')%s THEN 1 ELSE 0 END"
	err := s.read.NewSelect().TableExpr("tasks AS t").ColumnExpr("t.incident_id").
		ColumnExpr("COUNT(*) AS total").
		ColumnExpr("SUM("+fmt.Sprintf(open, "")+") AS open").
		ColumnExpr("SUM(CASE WHEN t.status = 'COMPLETED' THEN 1 ELSE 0 END) AS completed").
		ColumnExpr("SUM(CASE WHEN t.status = 'SKIPPED' THEN 1 ELSE 0 END) AS skipped").
		ColumnExpr("SUM("+fmt.Sprintf(open, " AND t.mandatory")+") AS mandatory_open").
		ColumnExpr("SUM("+fmt.Sprintf(open, " AND t.due_at < ?")+") AS overdue", micros(now)).
		Where("t.incident_id IN (?) AND t.deleted_at IS NULL", bun.List(incidentIDs)).
		GroupExpr("t.incident_id").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("db: read progress: %w", err)
	}
	out := make(map[string]incident.TaskProgress, len(incidentIDs))
	for _, r := range rows {
		out[r.IncidentID] = r.TaskProgress
	}
	return out, nil
}

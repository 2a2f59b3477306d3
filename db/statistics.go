package db

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/uptrace/bun"

	"tasktrail/incident"
)

// Statistics take three statements, however much there is: of incidents, of
// groups (statistics_group.go) and of completion times. The database counts
// and sorts; what is kept here is bounded by the limits of the answer. Go picks
// the percentiles out of the sorted times, so that both engines say the same.

// TaskStatistics implements [incident.Reader].
func (s *Store) TaskStatistics(ctx context.Context, q incident.TaskStatisticsQuery) (*incident.TaskStatistics, error) {
	tx, err := s.read.BeginTx(ctx, readSnapshot(s.url))
	if err != nil {
		return nil, fmt.Errorf("db: begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	r := statistics{s: s, tx: tx, q: q}
	out := &incident.TaskStatistics{AsOf: q.Now}
	if err := r.readIncidents(ctx, out); err != nil {
		return nil, fmt.Errorf("db: read statistics of incidents: %w", err)
	}
	if err := r.readGroups(ctx, out); err != nil {
		return nil, fmt.Errorf("db: read statistics of groups: %w", err)
	}
	if err := r.readTimes(ctx, out); err != nil {
		return nil, fmt.Errorf("db: read completion times: %w", err)
	}
	return out, nil
}

// statistics reads one answer at one moment.
type statistics struct {
	s  *Store
	tx bun.Tx
	q  incident.TaskStatisticsQuery
}

// chosenIncidents restricts q, whose incidents are called i.
func (r *statistics) chosenIncidents(q *bun.SelectQuery) *bun.SelectQuery {
	f := r.q.Filter
	return r.s.filterIncidents(q, incident.IncidentFilter{
		Status: f.Status, Severity: f.Severity, OwnerID: f.OwnerID, Label: f.Label,
		CreatedSince: f.CreatedSince, CreatedUntil: f.CreatedUntil,
	})
}

// tasks selects from the chosen tasks t, with their incidents i.
func (r *statistics) tasks() *bun.SelectQuery {
	f := r.q.Filter
	q := r.tx.NewSelect().TableExpr("tasks AS t").Join("JOIN incidents AS i ON i.id = t.incident_id")
	q = r.s.filterTasks(r.chosenIncidents(q), incident.TaskFilter{AssigneeID: f.AssigneeID, OriginKind: f.OriginKind}, r.q.Now)
	return eq(q, "t.origin_id", f.OriginID)
}

// figures are the columns of figuresRow.
func (r *statistics) figures(q *bun.SelectQuery) *bun.SelectQuery {
	const sum = "CAST(SUM(CASE WHEN %s THEN 1 ELSE 0 END) AS BIGINT) AS %s"
	return q.ColumnExpr("COUNT(*) AS total").
		ColumnExpr(fmt.Sprintf(sum, "t.status IN ('NEW','IN_PROGRESS')", "open")).
		ColumnExpr(fmt.Sprintf(sum, "t.status = 'COMPLETED'", "completed")).
		ColumnExpr(fmt.Sprintf(sum, "t.status = 'SKIPPED'", "skipped")).
		ColumnExpr(fmt.Sprintf(sum, "t.status IN ('NEW','IN_PROGRESS') AND t.due_at < ?", "overdue"), micros(r.q.Now)).
		ColumnExpr(fmt.Sprintf(sum, "t.reopen_count > 0", "reopened")).
		ColumnExpr("CAST(SUM(t.reopen_count) AS BIGINT) AS reopenings")
}

type figuresRow struct {
	Total, Open, Completed, Skipped, Overdue, Reopened, Reopenings int
}

func (r *figuresRow) add(o figuresRow) {
	r.Total, r.Open, r.Completed, r.Skipped = r.Total+o.Total, r.Open+o.Open, r.Completed+o.Completed, r.Skipped+o.Skipped
	r.Overdue, r.Reopened, r.Reopenings = r.Overdue+o.Overdue, r.Reopened+o.Reopened, r.Reopenings+o.Reopenings
}

func (r *figuresRow) figures() incident.TaskFigures {
	return incident.TaskFigures{
		Total: r.Total, Open: r.Open, Completed: r.Completed, Skipped: r.Skipped,
		Overdue: r.Overdue, Reopened: r.Reopened, Reopenings: r.Reopenings,
	}
}

// readIncidents reads a row for each incident, the newest first, and keeps the
// sums.
func (r *statistics) readIncidents(ctx context.Context, out *incident.TaskStatistics) error {
	chosen := r.chosenIncidents(r.tx.NewSelect().TableExpr("incidents AS i").Column("i.id", "i.number", "i.status"))
	lists := r.figures(r.tasks().ColumnExpr("t.incident_id")).GroupExpr("t.incident_id")
	columns := "c.id, c.status"
	for _, name := range []string{"total", "open", "completed", "skipped", "overdue", "reopened", "reopenings"} {
		columns += fmt.Sprintf(", COALESCE(l.%s, 0)", name)
	}
	rows, err := r.tx.NewSelect().With("chosen", chosen).With("lists", lists).ColumnExpr(columns).
		TableExpr("chosen AS c").Join("LEFT JOIN lists AS l ON l.incident_id = c.id").OrderExpr("c.number DESC").Rows(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var overall figuresRow
	for rows.Next() {
		var id, status sql.RawBytes
		var f figuresRow
		if err := rows.Scan(&id, &status, &f.Total, &f.Open, &f.Completed, &f.Skipped, &f.Overdue, &f.Reopened, &f.Reopenings); err != nil {
			return err
		}
		out.Incidents++
		if f.Total == 0 {
			out.IncidentsWithoutTasks++
		}
		if f.Open > 0 && string(status) == string(incident.IncidentClosed) {
			out.ClosedIncidentsWithOpenTasks++
			if len(out.ClosedWithOpenTasksIDs) < incident.MaxStatisticsIncidents {
				out.ClosedWithOpenTasksIDs = append(out.ClosedWithOpenTasksIDs, string(id))
			}
		}
		overall.add(f)
	}
	out.Overall = overall.figures()
	return rows.Err()
}

// readTimes reads how long each completed task took, the shortest first, and
// tells the figures that it counts in.
func (r *statistics) readTimes(ctx context.Context, out *incident.TaskStatistics) error {
	type told struct {
		figures *incident.TaskFigures
		n       int
	}
	overall, groups := told{figures: &out.Overall}, make(map[string]*told, len(out.Groups))
	for n := range out.Groups {
		key := ""
		if k := out.Groups[n].Key; k != nil {
			key = *k
		}
		groups[key] = &told{figures: &out.Groups[n].Figures}
	}
	key, ok := keys[r.q.GroupBy]
	if !ok {
		key = "''"
	}
	rows, err := r.keyed(r.tasks(), key).ColumnExpr("t.completed_at - t.created_at AS took").
		Where("t.status = 'COMPLETED'").OrderExpr("took").Rows(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var k sql.RawBytes
		var took int64
		if err := rows.Scan(&k, &took); err != nil {
			return err
		}
		seconds := int(max(took, 0) / 1e6) // less than 0 where the clock was put back
		overall.n++
		overall.figures.Took(overall.n, seconds)
		if g := groups[string(k)]; g != nil {
			g.n++
			g.figures.Took(g.n, seconds)
		}
	}
	return rows.Err()
}

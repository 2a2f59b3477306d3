package db

import (
	"context"
	"fmt"
	"strconv"

	"github.com/uptrace/bun"

	"tasktrail/incident"
)

// accessOrder names the cursors of the access log.
const accessOrder = "access"

func filterAccess(q *bun.SelectQuery, f incident.AccessLogFilter) *bun.SelectQuery {
	q = eq(q, "x.actor_id", f.ActorID)
	q = in(q, "x.action", f.Actions)
	q = eq(q, "x.outcome", f.Outcome)
	q = eq(q, "x.address", f.Address)
	if f.Since != nil {
		q = q.Where("x.recorded_at >= ?", micros(*f.Since))
	}
	if f.Until != nil {
		q = q.Where("x.recorded_at < ?", micros(*f.Until))
	}
	return q
}

// AccessLog implements [incident.Store].
func (s *Store) AccessLog(ctx context.Context, q incident.AccessLogQuery) (incident.Page[incident.AccessEntry], error) {
	var rows []*accessRow
	sel := filterAccess(s.read.NewSelect().Model(&rows), q.Filter)
	for _, bound := range []struct{ cursor, argument, where string }{
		{q.Page.After, "after", "x.number < ?"}, {q.Page.Before, "before", "x.number > ?"},
	} {
		if bound.cursor == "" {
			continue
		}
		key, err := incident.ParseKey(bound.cursor, accessOrder, bound.argument)
		if err != nil {
			return incident.Page[incident.AccessEntry]{}, err
		}
		number, err := strconv.ParseInt(key.Value, 10, 64)
		if err != nil || key.ID != "" {
			return incident.Page[incident.AccessEntry]{}, incident.NotACursor(bound.argument)
		}
		sel = sel.Where(bound.where, number)
	}
	direction := "DESC"
	if q.Page.Backward {
		direction = "ASC"
	}
	if err := sel.OrderExpr("x.number " + direction).Limit(int64(q.Page.Limit) + 1).Scan(ctx); err != nil {
		return incident.Page[incident.AccessEntry]{}, fmt.Errorf("db: read the access log: %w", err)
	}
	return page(rows, q.Page, func(r *accessRow) (incident.AccessEntry, string, error) {
		return r.entry(), incident.Key{Order: accessOrder, Value: strconv.FormatInt(r.Number, 10)}.Cursor(), nil
	})
}

// CountAccessLog implements [incident.Store].
func (s *Store) CountAccessLog(ctx context.Context, f incident.AccessLogFilter) (int, error) {
	return count(ctx, filterAccess(s.read.NewSelect().Model((*accessRow)(nil)), f), "accesses")
}

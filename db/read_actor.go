package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"tasktrail/incident"
)

var actorOrder = keyset{name: "actors", expr: "a.name", tie: "a.id", text: true}

func filterActors(q *bun.SelectQuery, a incident.ActorQuery) *bun.SelectQuery {
	q = in(q, "a.kind", a.Kind)
	if a.Search != nil {
		q = q.Where("a.search LIKE ? ESCAPE '!'", like(fold(*a.Search)))
	}
	return q
}

// Actors implements [incident.Reader].
func (s *Store) Actors(ctx context.Context, q incident.ActorQuery) (incident.Page[incident.Actor], error) {
	var rows []*actorRow
	sel, err := actorOrder.apply(filterActors(s.read.NewSelect().Model(&rows), q), q.Page)
	if err != nil {
		return incident.Page[incident.Actor]{}, err
	}
	if err := sel.Scan(ctx); err != nil {
		return incident.Page[incident.Actor]{}, fmt.Errorf("db: read actors: %w", err)
	}
	return page(rows, q.Page, func(r *actorRow) (incident.Actor, string, error) {
		return r.actor(), incident.Key{Order: actorOrder.name, Value: r.Name, ID: r.ID}.Cursor(), nil
	})
}

// CountActors implements [incident.Reader].
func (s *Store) CountActors(ctx context.Context, q incident.ActorQuery) (int, error) {
	return count(ctx, filterActors(s.read.NewSelect().Model((*actorRow)(nil)), q), "actors")
}

// ActorsByID implements [incident.Reader].
func (s *Store) ActorsByID(ctx context.Context, ids []string) (map[string]incident.Actor, error) {
	var rows []*actorRow
	if err := s.read.NewSelect().Model(&rows).Where("a.id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("db: read actors: %w", err)
	}
	out := make(map[string]incident.Actor, len(rows))
	for _, r := range rows {
		out[r.ID] = r.actor()
	}
	return out, nil
}

package db

import (
	"context"

	"tasktrail/audit"
	"tasktrail/incident"
)

// StreamBy is [Store.Stream] with other limits.
func (s *Store) StreamBy(
	ctx context.Context, q incident.TrailQuery, limit int, window int64, page func([]*audit.Event, int64) error,
) error {
	return s.stream(ctx, q, limit, window, page)
}

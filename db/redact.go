package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"tasktrail/incident"
)

// loadRedacted reads the events that changes may redact, under a lock of its
// own: the row of an event cannot be locked by a role that may not change it.
func (s *Store) loadRedacted(ctx context.Context, tx bun.Tx, b *batch, positions []int64) error {
	if err := s.advisoryLock(ctx, tx, lockRedact); err != nil {
		return err
	}
	var rows []*eventRow
	if err := tx.NewSelect().Model(&rows).Where("e.position IN (?)", bun.List(positions)).Scan(ctx); err != nil {
		return err
	}
	for _, r := range rows {
		e, err := r.event(s.trail)
		if err != nil {
			return err
		}
		b.old[e.Position] = e
	}
	return nil
}

// redact removes what redacted events said, once the events that record it are
// there, and gives up calls whose bodies go with them.
func (s *Store) redact(ctx context.Context, tx bun.Tx, writes []write, now time.Time) error {
	for _, w := range writes {
		if w.redacts == 0 {
			continue
		}
		var err error
		if s.url.postgres() { // the function may do it, whatever the role may not
			_, err = tx.ExecContext(ctx, "SELECT tasktrail_redact(?)", w.redacts)
		} else {
			_, err = tx.NewUpdate().Table("audit_events").Set("payload = NULL").Set("salt = NULL").Set("fields = ''").
				Where("position = ?", w.redacts).Exec(ctx)
		}
		if err != nil {
			return fmt.Errorf("redact an event: %w", err)
		}
		if err := redactDeliveries(ctx, tx, w.redacts, now); err != nil {
			return fmt.Errorf("redact deliveries: %w", err)
		}
	}
	return nil
}

// redactDeliveries removes the bodies of calls and gives up those that wait. An
// attempt that is on its way now cannot be recorded any more.
func redactDeliveries(ctx context.Context, tx bun.Tx, position int64, now time.Time) error {
	var waiting []string
	err := tx.NewUpdate().Table("webhook_deliveries").Set("state = ?", incident.DeliveryFailed).Set("next_at = NULL").Set("body = ''").
		Where("position = ? AND state = ?", position, incident.DeliveryPending).Returning("id").Scan(ctx, &waiting)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	for _, id := range waiting {
		_, err := tx.NewRaw("INSERT INTO webhook_attempts (delivery_id, number, at, took_ms, failure)"+
			" SELECT ?, COALESCE(MAX(number), 0) + 1, ?, 0, ? FROM webhook_attempts WHERE delivery_id = ?",
			id, micros(now), incident.FailedRedacted, id).Exec(ctx)
		if err != nil {
			return err
		}
	}
	_, err = tx.NewUpdate().Table("webhook_deliveries").Set("body = ''").Where("position = ? AND body <> ''", position).Exec(ctx)
	return err
}

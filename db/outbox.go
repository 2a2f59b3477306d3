package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"tasktrail/incident"
)

// The outbox is the deliveries that are pending. One is claimed by moving the
// time of its next attempt on; whoever read that time before can then neither
// claim it nor record an attempt. The errors of these methods may be logged.

// DeliveryStored is ready when this process has stored deliveries. It is for
// one receiver.
func (s *Store) DeliveryStored() <-chan struct{} { return s.outbox }

// DueDeliveries returns pending deliveries whose next attempt was due at now,
// the longest waiting first, but none of the webhooks in except.
func (s *Store) DueDeliveries(ctx context.Context, now time.Time, except []string, limit int) ([]incident.DueDelivery, error) {
	var rows []*dueRow
	q := s.read.NewSelect().Model(&rows).ColumnExpr("d.*").
		ColumnExpr("(SELECT COALESCE(MAX(w.number), 0) FROM webhook_attempts AS w WHERE w.delivery_id = d.id) AS attempted").
		Where("d.state = ? AND d.next_at <= ?", incident.DeliveryPending, micros(now)).
		OrderExpr("d.next_at, d.id").Limit(int64(limit))
	if len(except) > 0 {
		q = q.Where("d.webhook_id NOT IN (?)", bun.List(except))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, outboxError("read due deliveries", err)
	}
	ids := set{}
	for _, r := range rows {
		ids.add([]string{r.WebhookID})
	}
	targets, err := s.webhookTargets(ctx, ids.sorted())
	if err != nil {
		return nil, outboxError("read webhooks", err)
	}
	out := make([]incident.DueDelivery, len(rows))
	for n, r := range rows {
		t := targets[r.WebhookID]
		out[n] = incident.DueDelivery{Delivery: r.delivery(), Attempted: r.Attempted, URL: t.url, Secret: t.secret, Enabled: t.enabled}
	}
	return out, nil
}

// target is where and how a webhook is called.
type target struct {
	url, secret string
	enabled     bool
}

// webhookTargets reads webhooks as they are now. One without a secret cannot be
// called, so it counts as disabled.
func (s *Store) webhookTargets(ctx context.Context, ids []string) (map[string]target, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []struct {
		ID        string
		Body      string
		DeletedAt *int64
		Secret    *string
	}
	err := s.read.NewSelect().TableExpr("definitions AS f").Column("f.id", "f.body", "f.deleted_at", "x.secret").
		Join("LEFT JOIN webhook_secrets AS x ON x.webhook_id = f.id").Where("f.id IN (?)", bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	out := make(map[string]target, len(rows))
	for _, r := range rows {
		var body struct {
			URL     string `json:"url"`
			Enabled bool   `json:"enabled"`
		}
		if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
			return nil, err
		}
		t := target{url: body.URL, enabled: body.Enabled && r.DeletedAt == nil && r.Secret != nil}
		if r.Secret != nil {
			t.secret = *r.Secret
		}
		out[r.ID] = t
	}
	return out, nil
}

// ClaimDelivery reserves the next attempt of d until then, and reports whether
// it could: nobody else has claimed it since d was read. When nothing is
// recorded by then, the attempt is due again.
func (s *Store) ClaimDelivery(ctx context.Context, d incident.DueDelivery, until time.Time) (bool, error) {
	if err := s.writable(); err != nil {
		return false, err
	}
	won, err := s.moveDelivery(ctx, s.write, d, incident.DeliveryPending, &until)
	if err != nil {
		return false, outboxError("claim a delivery", err)
	}
	return won, nil
}

// RecordAttempt stores an attempt and what has become of the delivery by it,
// both or neither. d.NextAttemptAt is the time until which d is claimed; when
// that is no longer so the error is [incident.ErrLeaseLost].
func (s *Store) RecordAttempt(ctx context.Context, d incident.DueDelivery, o incident.DeliveryOutcome) error {
	if err := s.writable(); err != nil {
		return err
	}
	record := func(tx bun.Tx) error {
		mine, err := s.moveDelivery(ctx, tx, d, o.State, o.NextAttemptAt)
		if err != nil {
			return err
		}
		if !mine {
			return incident.ErrLeaseLost
		}
		_, err = tx.NewInsert().Model(attemptRowOf(d.ID, o.Attempt)).Exec(ctx)
		return err
	}
	for n := 1; ; n++ {
		err := s.inTx(ctx, record)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, incident.ErrLeaseLost):
			return err
		case n == attempts || !retryable(err) || errors.As(err, new(unknownOutcome)):
			return outboxError("record an attempt", err)
		}
		pause(ctx, n)
	}
}

// moveDelivery sets the state and the next time of d if they are still what d
// says.
func (s *Store) moveDelivery(ctx context.Context, on bun.IDB, d incident.DueDelivery, state incident.DeliveryState, next *time.Time) (bool, error) {
	res, err := on.NewUpdate().Table("webhook_deliveries").
		Set("state = ?", state).Set("next_at = ?", optMicros(next)).
		Where("id = ? AND state = ? AND next_at = ?", d.ID, incident.DeliveryPending, optMicros(d.NextAttemptAt)).Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

func outboxError(what string, err error) error { return fmt.Errorf("db: %s: %w", what, safe{err}) }

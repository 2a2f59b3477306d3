package db

import (
	"context"
	"fmt"
	"strconv"

	"github.com/uptrace/bun"

	"tasktrail/incident"
)

type deliveryRow struct {
	bun.BaseModel `bun:"table:webhook_deliveries,alias:d"`

	ID        string `bun:"id,pk,type:text"`
	WebhookID string `bun:"webhook_id,type:text"`
	Position  int64  `bun:"position,type:bigint"`
	Body      string `bun:"body,type:text"`
	State     string `bun:"state,type:text"`
	CreatedAt int64  `bun:"created_at,type:bigint"`
	NextAt    *int64 `bun:"next_at,type:bigint"`
}

func (r *deliveryRow) delivery() incident.Delivery {
	return incident.Delivery{
		ID: r.ID, WebhookID: r.WebhookID, Position: r.Position, Body: []byte(r.Body),
		State: incident.DeliveryState(r.State), CreatedAt: fromMicros(r.CreatedAt), NextAttemptAt: optTime(r.NextAt),
	}
}

// dueRow is a delivery and how many attempts of it are recorded.
type dueRow struct {
	deliveryRow `bun:",extend"`

	Attempted int `bun:"attempted,scanonly"`
}

type attemptRow struct {
	bun.BaseModel `bun:"table:webhook_attempts,alias:w"`

	DeliveryID string  `bun:"delivery_id,pk,type:text"`
	Number     int     `bun:"number,pk,type:bigint"`
	At         int64   `bun:"at,type:bigint"`
	TookMillis int     `bun:"took_ms,type:bigint"`
	StatusCode *int    `bun:"status_code,type:bigint"`
	Failure    *string `bun:"failure,type:text"`
}

func attemptRowOf(deliveryID string, a incident.DeliveryAttempt) *attemptRow {
	return &attemptRow{
		DeliveryID: deliveryID, Number: a.Number, At: micros(a.At), TookMillis: a.TookMillis,
		StatusCode: a.StatusCode, Failure: (*string)(a.Failure),
	}
}

func (r *attemptRow) attempt() incident.DeliveryAttempt {
	return incident.DeliveryAttempt{
		Number: r.Number, At: fromMicros(r.At), TookMillis: r.TookMillis,
		StatusCode: r.StatusCode, Failure: (*incident.DeliveryFailure)(r.Failure),
	}
}

// deliveryOrder is newest first; one event can set off several calls.
var deliveryOrder = keyset{name: "deliveries", expr: "d.position", tie: "d.id", desc: true}

// Deliveries returns a page of a webhook's deliveries, newest first, each with
// its attempts in order.
func (s *Store) Deliveries(ctx context.Context, webhookID string, p incident.PageQuery) (incident.Page[incident.Delivery], error) {
	none := incident.Page[incident.Delivery]{}
	var rows []*deliveryRow
	q, err := deliveryOrder.apply(s.read.NewSelect().Model(&rows).Where("d.webhook_id = ?", webhookID), p)
	if err != nil {
		return none, err
	}
	if err := q.Scan(ctx); err != nil {
		return none, fmt.Errorf("db: read deliveries: %w", err)
	}
	out, err := page(rows, p, func(r *deliveryRow) (incident.Delivery, string, error) {
		key := incident.Key{Order: deliveryOrder.name, Value: strconv.FormatInt(r.Position, 10), ID: r.ID}
		return r.delivery(), key.Cursor(), nil
	})
	if err != nil {
		return none, err
	}
	return out, s.addAttempts(ctx, out.Items)
}

// CountDeliveries counts the deliveries of a webhook.
func (s *Store) CountDeliveries(ctx context.Context, webhookID string) (int, error) {
	return count(ctx, s.read.NewSelect().Model((*deliveryRow)(nil)).Where("d.webhook_id = ?", webhookID), "deliveries")
}

// DeliveriesByID implements [incident.Reader]: each has its attempts, unknown ids
// are left out.
func (s *Store) DeliveriesByID(ctx context.Context, ids []string) (map[string]incident.Delivery, error) {
	var rows []*deliveryRow
	if err := s.read.NewSelect().Model(&rows).Where("d.id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("db: read deliveries: %w", err)
	}
	list := make([]incident.Delivery, len(rows))
	for n, r := range rows {
		list[n] = r.delivery()
	}
	if err := s.addAttempts(ctx, list); err != nil {
		return nil, err
	}
	out := make(map[string]incident.Delivery, len(list))
	for _, d := range list {
		out[d.ID] = d
	}
	return out, nil
}

// addAttempts reads the attempts of deliveries in one statement.
func (s *Store) addAttempts(ctx context.Context, list []incident.Delivery) error {
	if len(list) == 0 {
		return nil
	}
	at := make(map[string]*incident.Delivery, len(list))
	ids := make([]string, len(list))
	for n := range list {
		ids[n], at[list[n].ID] = list[n].ID, &list[n]
	}
	var rows []*attemptRow
	err := s.read.NewSelect().Model(&rows).Where("w.delivery_id IN (?)", bun.List(ids)).OrderExpr("w.delivery_id, w.number").Scan(ctx)
	if err != nil {
		return fmt.Errorf("db: read attempts: %w", err)
	}
	for _, r := range rows {
		d := at[r.DeliveryID]
		d.Attempts = append(d.Attempts, r.attempt())
	}
	return nil
}

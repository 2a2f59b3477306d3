package db

import (
	"github.com/uptrace/bun"

	"tasktrail/incident"
)

// secretRow is the secret of a webhook. It is kept apart from what the trail
// records.
type secretRow struct {
	bun.BaseModel `bun:"table:webhook_secrets,alias:x"`

	WebhookID string `bun:"webhook_id,pk,type:text"`
	Secret    string `bun:"secret,type:text"`
}

// deliveryRowOf is a new delivery of the call that the event at position
// records.
func deliveryRowOf(d incident.Delivery, position int64) *deliveryRow {
	return &deliveryRow{
		ID: d.ID, WebhookID: d.WebhookID, Position: position, Body: string(d.Body), State: string(d.State),
		CreatedAt: micros(d.CreatedAt), NextAt: optMicros(d.NextAttemptAt),
	}
}

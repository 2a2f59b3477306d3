package dbtest

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// Webhook is one to be put into a database past the program.
type Webhook struct {
	ID      string
	URL     string
	Enabled bool
	Secret  string // empty: none is stored
}

// PutWebhook stores a webhook, made by the actor who made the first event.
func PutWebhook(t testing.TB, databaseURL string, w Webhook) {
	t.Helper()
	Tamper(t, databaseURL, "definitions", "INSERT INTO definitions (id, kind, name, body, created_at, created_by, updated_at, updated_by, version) "+
		"SELECT '"+w.ID+"', 'webhook', '"+w.ID+"', '"+body(t, w)+"', 0, e.actor_id, 0, e.actor_id, 1 FROM audit_events AS e WHERE e.position = 1")
	if w.Secret != "" {
		_, err := Raw(t, databaseURL).ExecContext(context.Background(),
			"INSERT INTO webhook_secrets (webhook_id, secret) VALUES ($1, $2)", w.ID, w.Secret)
		if err != nil {
			t.Fatalf("store the secret of %s: %v", w.ID, err)
		}
	}
}

// ChangeWebhook stores another URL for a webhook, or whether it is enabled.
func ChangeWebhook(t testing.TB, databaseURL string, w Webhook) {
	t.Helper()
	Tamper(t, databaseURL, "definitions", "UPDATE definitions SET body = '"+body(t, w)+"' WHERE id = '"+w.ID+"'")
}

// DeleteWebhook marks a webhook as deleted.
func DeleteWebhook(t testing.TB, databaseURL, id string) {
	t.Helper()
	Tamper(t, databaseURL, "definitions", "UPDATE definitions SET deleted_at = 1 WHERE id = '"+id+"'")
}

// PutDeliveries stores pending deliveries that the first event set off. Their
// next attempts are due at the time they were made.
func PutDeliveries(t testing.TB, databaseURL, webhookID, body string, at time.Time, ids ...string) {
	t.Helper()
	db := Raw(t, databaseURL)
	for _, id := range ids {
		_, err := db.ExecContext(context.Background(), "INSERT INTO webhook_deliveries (id, webhook_id, position, body, state, created_at, next_at) "+
			"VALUES ($1, $2, 1, $3, 'PENDING', $4, $5)", id, webhookID, strings.ReplaceAll(body, "{id}", id), at.UnixMicro(), at.UnixMicro())
		if err != nil {
			t.Fatalf("store delivery %s: %v", id, err)
		}
	}
}

func body(t testing.TB, w Webhook) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"url": w.URL, "enabled": w.Enabled, "secretVersion": 1})
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "'", "''")
}

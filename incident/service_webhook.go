package incident

import (
	"context"
	"crypto/rand"
	"encoding/base64"

	"tasktrail/audit"
)

// WebhookPayload answers a mutation of a webhook.
type WebhookPayload struct {
	DefinitionPayload[Webhook]
	// Secret signs the calls, by the Standard Webhooks specification. It is told
	// once, when it is made; nil otherwise.
	Secret *string
}

// newSecret makes a secret in the form of Standard Webhooks: "whsec_" and 32
// random bytes in base64.
func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(b)
}

// CreateWebhook makes a webhook and tells its secret.
func (s *Service) CreateWebhook(ctx context.Context, v Viewer, in CreateWebhookInput) (*WebhookPayload, error) {
	c, check, err := define(v, "createWebhook", in.Common, in)
	if err != nil {
		return nil, err
	}
	check.newVersion(in.ExpectedVersion)
	w := Webhook{
		Definition: Definition{Name: check.title("webhook.name", in.Webhook.Name)},
		URL:        check.webhookURL("webhook.url", in.Webhook.URL),
		Enabled:    in.Webhook.Enabled == nil || *in.Webhook.Enabled, SecretVersion: 1,
	}
	id, secret := newID(prefixWebhook), newSecret()
	withSecret := webhooks
	withSecret.save = func(tx Tx, w Webhook, e *audit.Event) { tx.SaveWebhook(w, secret, e) }
	p, err := runDefinition(ctx, s, withSecret, c, check, nil, func(tx Tx) (Webhook, error) {
		return withSecret.create(tx, c, "webhook.", id, w)
	})
	return tellSecret(p, secret, err)
}

// RotateWebhookSecret gives a webhook a new secret and tells it.
func (s *Service) RotateWebhookSecret(ctx context.Context, v Viewer, in RotateWebhookSecretInput) (*WebhookPayload, error) {
	c, check, err := define(v, "rotateWebhookSecret", in.Common, in)
	if err != nil {
		return nil, err
	}
	secret := newSecret()
	withSecret := webhooks
	withSecret.save = func(tx Tx, w Webhook, e *audit.Event) { tx.SaveWebhook(w, secret, e) }
	p, err := runDefinition(ctx, s, withSecret, c, check, nil, func(tx Tx) (Webhook, error) {
		return withSecret.edit(tx, c, "", in.ID, WebhookSecretRotated, func(w *Webhook) error { w.SecretVersion++; return nil })
	})
	return tellSecret(p, secret, err)
}

// tellSecret adds the secret to an answer, unless nothing was done.
func tellSecret(p *DefinitionPayload[Webhook], secret string, err error) (*WebhookPayload, error) {
	if err != nil {
		return nil, err
	}
	out := &WebhookPayload{DefinitionPayload: *p}
	if p.Event != nil && !p.Replayed {
		out.Secret = &secret
	}
	return out, nil
}

// UpdateWebhook changes what the input sets.
func (s *Service) UpdateWebhook(ctx context.Context, v Viewer, in UpdateWebhookInput) (*WebhookPayload, error) {
	c, check, err := define(v, "updateWebhook", in.Common, in)
	if err != nil {
		return nil, err
	}
	if in.Name.Set {
		in.Name.Value = check.patchName(in.Name.Value)
	}
	if in.URL.Set {
		url := check.webhookURL("url", valueOf(in.URL.Value))
		in.URL.Value = &url
	}
	if in.Enabled.Set && in.Enabled.Value == nil {
		check.fail("enabled", "enabled cannot be null")
	}
	p, err := runDefinition(ctx, s, webhooks, c, check, nil, func(tx Tx) (Webhook, error) {
		return webhooks.edit(tx, c, "", in.ID, WebhookUpdated, func(w *Webhook) error {
			if in.Name.Set {
				w.Name = *in.Name.Value
			}
			if in.URL.Set {
				w.URL = *in.URL.Value
			}
			if in.Enabled.Set {
				w.Enabled = *in.Enabled.Value
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return &WebhookPayload{DefinitionPayload: *p}, nil
}

func (c *checker) webhookURL(field, url string) string {
	if err := CheckWebhookURL(url); err != nil {
		c.fail(field, "%s", err)
	}
	return url
}

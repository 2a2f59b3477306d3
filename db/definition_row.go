package db

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"tasktrail/incident"
)

// definitionRow is a playbook, a rule, a webhook or a service account. What only
// one kind has is in the body.
type definitionRow struct {
	bun.BaseModel `bun:"table:definitions,alias:d"`

	ID        string `bun:"id,pk,type:text"`
	Kind      string `bun:"kind,type:text"`
	Name      string `bun:"name,type:text"`
	Body      string `bun:"body,type:text"` // JSON
	CreatedAt int64  `bun:"created_at,type:bigint"`
	CreatedBy string `bun:"created_by,type:text"`
	UpdatedAt int64  `bun:"updated_at,type:bigint"`
	UpdatedBy string `bun:"updated_by,type:text"`
	DeletedAt *int64 `bun:"deleted_at,type:bigint"`
	Version   int    `bun:"version,type:bigint"`
}

type playbookBody struct {
	Description *string                 `json:"description"`
	Steps       []incident.PlaybookStep `json:"steps"`
}

type ruleBody struct {
	Description *string               `json:"description"`
	Order       int                   `json:"order"`
	Enabled     bool                  `json:"enabled"`
	ExpiresAt   *time.Time            `json:"expiresAt"`
	Trigger     incident.Trigger      `json:"trigger"`
	Condition   *incident.Condition   `json:"condition"`
	Actions     []incident.RuleAction `json:"actions"`
}

type webhookBody struct {
	URL           string `json:"url"`
	Enabled       bool   `json:"enabled"`
	SecretVersion int    `json:"secretVersion"`
}

type accountBody struct {
	Description *string            `json:"description"`
	Kind        incident.ActorKind `json:"kind"`
	Roles       []incident.Role    `json:"roles"`
	Enabled     bool               `json:"enabled"`
	Keys        []incident.APIKey  `json:"keys"`
}

// definitionRowOf takes an incident.Playbook, Rule, Webhook or ServiceAccount.
func definitionRowOf(definition any) *definitionRow {
	switch d := definition.(type) {
	case incident.Playbook:
		return rowOf(incident.SubjectPlaybook, d.Definition, playbookBody{d.Description, d.Steps})
	case incident.Rule:
		return rowOf(incident.SubjectRule, d.Definition, ruleBody{
			d.Description, d.Order, d.Enabled, d.ExpiresAt, d.Trigger, d.Condition, d.Actions,
		})
	case incident.Webhook:
		return rowOf(incident.SubjectWebhook, d.Definition, webhookBody{d.URL, d.Enabled, d.SecretVersion})
	case incident.ServiceAccount:
		return rowOf(incident.SubjectServiceAccount, d.Definition, accountBody{d.Description, d.Kind, d.Roles, d.Enabled, d.Keys})
	}
	panic(fmt.Sprintf("db: %T is no definition", definition)) // a mistake of ours
}

func rowOf(kind string, d incident.Definition, body any) *definitionRow {
	text, err := json.Marshal(body)
	if err != nil {
		panic("db: a definition has no JSON form: " + err.Error()) // checked definitions are plain data
	}
	return &definitionRow{
		ID: d.ID, Kind: kind, Name: d.Name, Body: string(text), CreatedAt: micros(d.CreatedAt), CreatedBy: d.CreatedByID,
		UpdatedAt: micros(d.UpdatedAt), UpdatedBy: d.UpdatedByID, DeletedAt: optMicros(d.DeletedAt), Version: d.Version,
	}
}

// definition gives back an incident.Playbook, Rule, Webhook or ServiceAccount.
func (r *definitionRow) definition() (any, error) {
	base := incident.Definition{
		ID: r.ID, Name: r.Name, CreatedAt: fromMicros(r.CreatedAt), CreatedByID: r.CreatedBy,
		UpdatedAt: fromMicros(r.UpdatedAt), UpdatedByID: r.UpdatedBy, DeletedAt: optTime(r.DeletedAt), Version: r.Version,
	}
	var err error
	switch r.Kind {
	case incident.SubjectPlaybook:
		var b playbookBody
		if err = json.Unmarshal([]byte(r.Body), &b); err == nil {
			return incident.Playbook{Definition: base, Description: b.Description, Steps: b.Steps}, nil
		}
	case incident.SubjectRule:
		var b ruleBody
		if err = json.Unmarshal([]byte(r.Body), &b); err == nil {
			return incident.Rule{
				Definition: base, Description: b.Description, Order: b.Order, Enabled: b.Enabled, ExpiresAt: b.ExpiresAt,
				Trigger: b.Trigger, Condition: b.Condition, Actions: b.Actions,
			}, nil
		}
	case incident.SubjectWebhook:
		var b webhookBody
		if err = json.Unmarshal([]byte(r.Body), &b); err == nil {
			return incident.Webhook{Definition: base, URL: b.URL, Enabled: b.Enabled, SecretVersion: b.SecretVersion}, nil
		}
	case incident.SubjectServiceAccount:
		var b accountBody
		if err = json.Unmarshal([]byte(r.Body), &b); err == nil {
			return incident.ServiceAccount{
				Definition: base, Description: b.Description, Kind: b.Kind, Roles: b.Roles, Enabled: b.Enabled, Keys: b.Keys,
			}, nil
		}
	default:
		err = fmt.Errorf("unknown kind %q", r.Kind)
	}
	return nil, fmt.Errorf("db: definition %s: %w", r.ID, err)
}

// actorRow is the actor that a playbook, rule or service account acts as; nil
// for a webhook, which only listens.
func (r *definitionRow) actorRow() *actorRow {
	d := incident.Definition{ID: r.ID, Name: r.Name}
	switch r.Kind {
	case incident.SubjectPlaybook:
		return actorRowOf(d.AutomationActor(incident.KindPlaybook))
	case incident.SubjectRule:
		return actorRowOf(d.AutomationActor(incident.KindAutomationRule))
	case incident.SubjectServiceAccount:
		var b accountBody
		if json.Unmarshal([]byte(r.Body), &b) == nil { // it was written a moment ago
			return actorRowOf((&incident.ServiceAccount{Definition: d, Kind: b.Kind}).Actor())
		}
	}
	return nil
}

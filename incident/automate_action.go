package incident

import (
	"encoding/json"
	"slices"
	"time"

	"tasktrail/audit"
)

// carryOut does action n of a rule. What is not allowed now is a [Refusal].
func (c *change) carryOut(tx Tx, set *Automation, r *Rule, n int, o occurrence) error {
	id := o.incidentID
	switch a := r.Actions[n]; {
	case a.AddTask != nil:
		step, version, key := n+1, r.Version, taskKey(r, n)
		origin := TaskOrigin{Kind: KindAutomationRule, Name: r.Name, ID: &r.ID, Step: &step, Version: &version, Key: &key}
		wanted, err := missing(tx, id, []templated{{a.AddTask.TaskTemplate, origin}}, a.AddTask.Again)
		if err == nil {
			c.addTasks(tx, id, wanted)
		}
		return err
	case a.ApplyPlaybook != nil:
		p := set.Playbook(a.ApplyPlaybook.PlaybookID)
		if p == nil {
			return notFound("id", "playbook")
		}
		_, err := c.applyPlaybook(tx, id, p, a.ApplyPlaybook.Again)
		return err
	case a.SetSeverity != nil:
		return c.setIncident(tx, id, IncidentUpdated, func(i *Incident) error { i.Severity = *a.SetSeverity; return nil })
	case a.SetStatus != nil:
		return c.setStatus(tx, id, a.SetStatus)
	case a.SetOwner != nil:
		return c.setIncident(tx, id, IncidentUpdated, func(i *Incident) error { i.OwnerID = a.SetOwner.OwnerID; return nil })
	case a.AddLabels != nil:
		return c.setIncident(tx, id, IncidentUpdated, func(i *Incident) error {
			var check checker
			i.Labels = check.labels(append(slices.Clone(i.Labels), a.AddLabels...))
			return check.err()
		})
	case a.RemoveLabels != nil:
		return c.setIncident(tx, id, IncidentUpdated, func(i *Incident) error {
			i.Labels = slices.DeleteFunc(slices.Clone(i.Labels), func(l string) bool { return slices.Contains(a.RemoveLabels, l) })
			return nil
		})
	default:
		return c.callWebhook(tx, set, r, a.CallWebhook.WebhookID, o)
	}
}

// taskKey is the lasting name of the task that action n of a rule adds: its
// title, with a number when an earlier action's has that name.
func taskKey(r *Rule, n int) (key string) {
	taken := map[string]bool{}
	for _, a := range r.Actions[:n+1] {
		if a.AddTask != nil {
			key = freeKey(a.AddTask.Title, taken)
		}
	}
	return key
}

func (c *change) setIncident(tx Tx, id string, action audit.Action, set func(*Incident) error) error {
	return c.editIncident(tx, id, action, func(_ Tx, i *Incident) ([]audit.Change, error) { return nil, set(i) })
}

// setStatus closes and reopens by the rules that hold for people.
func (c *change) setStatus(tx Tx, id string, to *SetStatusAction) error {
	i, _ := tx.Incident(id)
	switch {
	case to.Status == IncidentClosed:
		return c.editIncident(tx, id, IncidentWasClosed, func(tx Tx, i *Incident) ([]audit.Change, error) {
			return closeIncident(tx, i, CloseIncidentInput{
				Classification: *to.Classification, ClassificationReason: to.ClassificationReason,
				ClassificationComment: to.ClassificationComment,
			})
		})
	case i.Status == IncidentClosed && to.Status == IncidentActive:
		return c.setIncident(tx, id, IncidentReopened, func(i *Incident) error { reopenIncident(i); return nil })
	case i.Status == IncidentClosed:
		return refuse("status", "incident %d is closed", i.Number)
	}
	return c.setIncident(tx, id, IncidentUpdated, func(i *Incident) error { i.Status = to.Status; return nil })
}

// WebhookBody is what a webhook is sent: what happened and where to read more,
// and no text that people wrote.
type WebhookBody struct {
	Type      string    `json:"type"` // "rule.matched"
	Timestamp time.Time `json:"timestamp"`
	Data      struct {
		RuleID         string  `json:"ruleId"`
		RuleVersion    int     `json:"ruleVersion"`
		Trigger        Trigger `json:"trigger"`
		IncidentID     string  `json:"incidentId"`
		IncidentNumber int     `json:"incidentNumber"`
		TaskID         string  `json:"taskId,omitempty"` // of a trigger of tasks
	} `json:"data"`
}

// callWebhook records the call and puts it in the outbox.
func (c *change) callWebhook(tx Tx, set *Automation, r *Rule, webhookID string, o occurrence) error {
	w := set.Webhook(webhookID)
	switch {
	case w == nil:
		return notFound("id", "webhook")
	case !w.Enabled:
		return refuse("id", "webhook %s is not enabled", w.ID)
	}
	now := tx.Now()
	d := Delivery{ID: newID(prefixDelivery), WebhookID: w.ID, State: DeliveryPending, CreatedAt: now, NextAttemptAt: &now}
	called := struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Delivery string `json:"delivery"`
	}{w.ID, w.Name, d.ID}
	err := c.editIncident(tx, o.incidentID, WebhookCalled, func(Tx, *Incident) ([]audit.Change, error) {
		return []audit.Change{{Field: fieldWebhook, From: jsonNull, To: toJSON(called)}}, nil
	})
	if err != nil {
		return err
	}
	i, _ := tx.Incident(o.incidentID)
	body := WebhookBody{Type: "rule.matched", Timestamp: now}
	body.Data.RuleID, body.Data.RuleVersion, body.Data.Trigger = r.ID, r.Version, o.trigger
	body.Data.IncidentID, body.Data.IncidentNumber = i.ID, i.Number
	if o.task != nil {
		body.Data.TaskID = o.task.ID
	}
	if d.Body, err = json.Marshal(body); err != nil {
		return err
	}
	tx.Enqueue(d, c.last)
	return nil
}

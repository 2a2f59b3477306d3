package importer

import (
	"errors"
	"io"
	"strconv"
	"time"

	"tasktrail/incident"
)

// EncodeBundle writes a bundle in the format "yaml": the same bytes for the
// same bundle, in its order, from which [Decode] makes the same bundle again.
// It refuses texts that are not valid UTF-8.
func EncodeBundle(w io.Writer, b incident.Bundle) error {
	y := &bundleWriter{}
	yamlItems(&y.yamlWriter, "playbooks", b.Playbooks, y.playbook)
	yamlItems(&y.yamlWriter, "rules", b.Rules, y.rule)
	if y.invalid {
		return errors.New("a text of the bundle is not valid UTF-8")
	}
	_, err := io.WriteString(w, y.out.String())
	return err
}

// bundleWriter writes the definitions, field by field in a fixed order.
type bundleWriter struct{ yamlWriter }

func (w *bundleWriter) playbook(p *incident.PlaybookInput) {
	w.text("name", p.Name)
	w.optional("description", p.Description)
	yamlItems(&w.yamlWriter, "steps", p.Steps, func(s *incident.PlaybookStepInput) {
		w.optional("key", s.Key)
		w.text("title", s.Title)
		w.optional("description", s.Description)
		w.optional("group", s.Group)
		w.flag("mandatory", s.Mandatory)
		w.number("dueAfterMinutes", s.DueAfterMinutes)
		w.optional("assigneeId", s.AssigneeID)
		w.flag("assignToOwner", s.AssignToOwner)
	})
}

func (w *bundleWriter) rule(r *incident.RuleInput) {
	w.text("name", r.Name)
	w.optional("description", r.Description)
	w.number("order", r.Order)
	w.flag("enabled", r.Enabled)
	if r.ExpiresAt != nil {
		w.literal("expiresAt", r.ExpiresAt.UTC().Format(time.RFC3339Nano))
	}
	w.text("trigger", string(r.Trigger))
	if r.Condition != nil {
		w.mapping("condition", func() { w.condition(r.Condition) })
	}
	yamlItems(&w.yamlWriter, "actions", r.Actions, w.action)
}

func (w *bundleWriter) condition(c *incident.Condition) {
	switch {
	case c.All != nil:
		yamlItems(&w.yamlWriter, "all", c.All, w.condition)
	case c.Any != nil:
		yamlItems(&w.yamlWriter, "any", c.Any, w.condition)
	case c.Property != nil:
		w.mapping("property", func() {
			w.text("property", string(c.Property.Property))
			w.test(&c.Property.ValueTest)
		})
	case c.Labels != nil:
		w.mapping("labels", func() {
			w.text("match", string(c.Labels.Match))
			w.test(&c.Labels.ValueTest)
		})
	case c.Changed != nil:
		w.mapping("changed", func() {
			w.text("property", string(c.Changed.Property))
			if c.Changed.From != nil {
				w.mapping("from", func() { w.test(c.Changed.From) })
			}
			if c.Changed.To != nil {
				w.mapping("to", func() { w.test(c.Changed.To) })
			}
		})
	case c.LabelsAdded != nil:
		w.mapping("labelsAdded", func() { w.test(c.LabelsAdded) })
	default:
		yamlItems[incident.Condition](&w.yamlWriter, "all", nil, nil)
	}
}

func (w *bundleWriter) test(t *incident.ValueTest) {
	w.text("operator", string(t.Operator))
	w.texts("values", t.Values)
	w.ifSet("caseSensitive", t.CaseSensitive)
}

func (w *bundleWriter) action(a *incident.RuleAction) {
	switch {
	case a.AddTask != nil:
		w.mapping("addTask", func() { w.addTask(a.AddTask) })
	case a.ApplyPlaybook != nil:
		w.mapping("applyPlaybook", func() {
			w.text("playbook", a.ApplyPlaybook.PlaybookID)
			w.ifSet("again", a.ApplyPlaybook.Again)
		})
	case a.SetSeverity != nil:
		w.text("setSeverity", string(*a.SetSeverity))
	case a.SetStatus != nil:
		w.mapping("setStatus", func() {
			w.text("status", string(a.SetStatus.Status))
			w.optional("classification", (*string)(a.SetStatus.Classification))
			w.optional("classificationReason", (*string)(a.SetStatus.ClassificationReason))
			w.optional("classificationComment", a.SetStatus.ClassificationComment)
		})
	case a.SetOwner != nil:
		w.mapping("setOwner", func() {
			if a.SetOwner.OwnerID == nil {
				w.null("ownerId")
			}
			w.optional("ownerId", a.SetOwner.OwnerID)
		})
	case a.CallWebhook != nil:
		w.mapping("callWebhook", func() { w.text("webhook", a.CallWebhook.WebhookID) })
	case a.RemoveLabels != nil:
		w.texts("removeLabels", a.RemoveLabels)
	default:
		w.texts("addLabels", a.AddLabels)
	}
}

func (w *bundleWriter) addTask(a *incident.AddTaskAction) {
	w.text("title", a.Title)
	w.optional("description", a.Description)
	w.optional("group", a.Group)
	w.ifSet("mandatory", a.Mandatory)
	w.number("dueAfterMinutes", a.DueAfterMinutes)
	w.optional("assigneeId", a.AssigneeID)
	w.ifSet("assignToOwner", a.AssignToOwner)
	w.ifSet("again", a.Again)
}

func (w *bundleWriter) optional(name string, s *string) {
	if s != nil {
		w.text(name, *s)
	}
}

func (w *bundleWriter) number(name string, n *int) {
	if n != nil {
		w.literal(name, strconv.Itoa(*n))
	}
}

func (w *bundleWriter) flag(name string, b *bool) {
	if b != nil {
		w.literal(name, strconv.FormatBool(*b))
	}
}

// ifSet writes a flag whose default is false.
func (w *bundleWriter) ifSet(name string, b bool) {
	if b {
		w.literal(name, "true")
	}
}

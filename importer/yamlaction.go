package importer

import (
	"go.yaml.in/yaml/v3"

	"tasktrail/incident"
)

func (r yamlReader) action(n *yaml.Node, path string) (a incident.RuleAction) {
	r.object(n, path, map[string]yamlField{
		"addTask":       intoOptional(&a.AddTask, r.addTask),
		"applyPlaybook": intoOptional(&a.ApplyPlaybook, r.applyPlaybook),
		"setSeverity":   intoOptional(&a.SetSeverity, word[incident.IncidentSeverity](r)),
		"setStatus":     intoOptional(&a.SetStatus, r.setStatus),
		"setOwner":      intoOptional(&a.SetOwner, r.setOwner),
		"addLabels":     intoList(r, &a.AddLabels, r.text),
		"removeLabels":  intoList(r, &a.RemoveLabels, r.text),
		"callWebhook":   intoOptional(&a.CallWebhook, r.callWebhook),
	})
	return a
}

func (r yamlReader) addTask(n *yaml.Node, path string) (a incident.AddTaskAction) {
	n, has := r.object(n, path, map[string]yamlField{
		"title":           into(&a.Title, r.text),
		"description":     intoOptional(&a.Description, r.text),
		"group":           intoOptional(&a.Group, r.text),
		"mandatory":       into(&a.Mandatory, r.boolean),
		"dueAfterMinutes": intoOptional(&a.DueAfterMinutes, r.integer),
		"assigneeId":      intoOptional(&a.AssigneeID, r.text),
		"assignToOwner":   into(&a.AssignToOwner, r.boolean),
		"again":           into(&a.Again, r.boolean),
	})
	r.require(n, path, has, "title")
	return a
}

func (r yamlReader) applyPlaybook(n *yaml.Node, path string) (a incident.ApplyPlaybookAction) {
	n, has := r.object(n, path, map[string]yamlField{
		"playbook": into(&a.PlaybookID, r.text),
		"again":    into(&a.Again, r.boolean),
	})
	r.require(n, path, has, "playbook")
	return a
}

func (r yamlReader) setStatus(n *yaml.Node, path string) (a incident.SetStatusAction) {
	n, has := r.object(n, path, map[string]yamlField{
		"status":                into(&a.Status, word[incident.IncidentStatus](r)),
		"classification":        intoOptional(&a.Classification, word[incident.IncidentClassification](r)),
		"classificationReason":  intoOptional(&a.ClassificationReason, word[incident.ClassificationReason](r)),
		"classificationComment": intoOptional(&a.ClassificationComment, r.text),
	})
	r.require(n, path, has, "status")
	return a
}

// setOwner must say ownerId, be it null: nobody is made nobody by leaving
// something out.
func (r yamlReader) setOwner(n *yaml.Node, path string) (a incident.SetOwnerAction) {
	n, has := r.object(n, path, map[string]yamlField{"ownerId": intoOptional(&a.OwnerID, r.text)})
	r.require(n, path, has, "ownerId")
	return a
}

func (r yamlReader) callWebhook(n *yaml.Node, path string) (a incident.CallWebhookAction) {
	n, has := r.object(n, path, map[string]yamlField{"webhook": into(&a.WebhookID, r.text)})
	r.require(n, path, has, "webhook")
	return a
}

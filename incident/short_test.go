package incident_test

import "tasktrail/incident"

func ptr[T any](v T) *T { return &v }

func optional[T any](v T) incident.Optional[T] { return incident.Optional[T]{Set: true, Value: v} }

// Actions and conditions in short.

func addsTask(title string) incident.RuleAction {
	return incident.RuleAction{AddTask: &incident.AddTaskAction{TaskTemplate: incident.TaskTemplate{Title: title}}}
}

func addsMandatory(title string) incident.RuleAction {
	a := addsTask(title)
	a.AddTask.Mandatory = true
	return a
}

func adds(labels ...string) incident.RuleAction    { return incident.RuleAction{AddLabels: labels} }
func removes(labels ...string) incident.RuleAction { return incident.RuleAction{RemoveLabels: labels} }

func rates(s incident.IncidentSeverity) incident.RuleAction {
	return incident.RuleAction{SetSeverity: &s}
}

func closes(as incident.IncidentClassification) incident.RuleAction {
	return incident.RuleAction{SetStatus: &incident.SetStatusAction{Status: incident.IncidentClosed, Classification: &as}}
}

func appliesBook(id string) incident.RuleAction {
	return incident.RuleAction{ApplyPlaybook: &incident.ApplyPlaybookAction{PlaybookID: id}}
}

func callsHook(id string) incident.RuleAction {
	return incident.RuleAction{CallWebhook: &incident.CallWebhookAction{WebhookID: id}}
}

func whole(o incident.ConditionOperator, values ...string) incident.ValueTest {
	return incident.ValueTest{Operator: o, Values: values}
}

func where(p incident.RuleProperty, values ...string) incident.Condition {
	return incident.Condition{Property: &incident.PropertyCondition{Property: p, ValueTest: whole(incident.OpEquals, values...)}}
}

func becomes(p incident.RuleProperty, value string) incident.Condition {
	return incident.Condition{Changed: &incident.ChangedCondition{Property: p, To: ptr(whole(incident.OpEquals, value))}}
}

func gains(label string) *incident.Condition {
	return &incident.Condition{LabelsAdded: ptr(whole(incident.OpEquals, label))}
}

func every(c ...incident.Condition) *incident.Condition { return &incident.Condition{All: c} }

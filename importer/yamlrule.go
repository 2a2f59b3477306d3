package importer

import (
	"go.yaml.in/yaml/v3"

	"tasktrail/incident"
)

func (r yamlReader) playbook(n *yaml.Node, path string) (p incident.PlaybookInput) {
	n, has := r.object(n, path, map[string]yamlField{
		"name":        into(&p.Name, r.text),
		"description": intoOptional(&p.Description, r.text),
		"steps":       intoList(r, &p.Steps, r.step),
	})
	r.require(n, path, has, "name", "steps")
	return p
}

func (r yamlReader) step(n *yaml.Node, path string) (s incident.PlaybookStepInput) {
	n, has := r.object(n, path, map[string]yamlField{
		"key":             intoOptional(&s.Key, r.text),
		"title":           into(&s.Title, r.text),
		"description":     intoOptional(&s.Description, r.text),
		"group":           intoOptional(&s.Group, r.text),
		"mandatory":       intoOptional(&s.Mandatory, r.boolean),
		"dueAfterMinutes": intoOptional(&s.DueAfterMinutes, r.integer),
		"assigneeId":      intoOptional(&s.AssigneeID, r.text),
		"assignToOwner":   intoOptional(&s.AssignToOwner, r.boolean),
	})
	r.require(n, path, has, "title")
	return s
}

func (r yamlReader) rule(n *yaml.Node, path string) (rule incident.RuleInput) {
	n, has := r.object(n, path, map[string]yamlField{
		"name":        into(&rule.Name, r.text),
		"description": intoOptional(&rule.Description, r.text),
		"order":       intoOptional(&rule.Order, r.integer),
		"enabled":     intoOptional(&rule.Enabled, r.boolean),
		"expiresAt":   intoOptional(&rule.ExpiresAt, r.moment),
		"trigger":     into(&rule.Trigger, word[incident.Trigger](r)),
		"condition":   intoOptional(&rule.Condition, r.condition),
		"actions":     intoList(r, &rule.Actions, r.action),
	})
	r.require(n, path, has, "name", "trigger", "actions")
	return rule
}

func (r yamlReader) condition(n *yaml.Node, path string) (c incident.Condition) {
	r.object(n, path, map[string]yamlField{
		"all":         intoList(r, &c.All, r.condition),
		"any":         intoList(r, &c.Any, r.condition),
		"property":    intoOptional(&c.Property, r.propertyCondition),
		"labels":      intoOptional(&c.Labels, r.labelsCondition),
		"changed":     intoOptional(&c.Changed, r.changedCondition),
		"labelsAdded": intoOptional(&c.LabelsAdded, r.valueTest),
	})
	return c
}

func (r yamlReader) propertyCondition(n *yaml.Node, path string) (c incident.PropertyCondition) {
	n, has := r.object(n, path, map[string]yamlField{
		"property":      into(&c.Property, word[incident.RuleProperty](r)),
		"operator":      into(&c.Operator, word[incident.ConditionOperator](r)),
		"values":        intoList(r, &c.Values, r.text),
		"caseSensitive": into(&c.CaseSensitive, r.boolean),
	})
	r.require(n, path, has, "property", "operator", "values")
	return c
}

func (r yamlReader) labelsCondition(n *yaml.Node, path string) (c incident.LabelsCondition) {
	n, has := r.object(n, path, map[string]yamlField{
		"match":         into(&c.Match, word[incident.Match](r)),
		"operator":      into(&c.Operator, word[incident.ConditionOperator](r)),
		"values":        intoList(r, &c.Values, r.text),
		"caseSensitive": into(&c.CaseSensitive, r.boolean),
	})
	r.require(n, path, has, "match", "operator", "values")
	return c
}

func (r yamlReader) changedCondition(n *yaml.Node, path string) (c incident.ChangedCondition) {
	n, has := r.object(n, path, map[string]yamlField{
		"property": into(&c.Property, word[incident.RuleProperty](r)),
		"from":     intoOptional(&c.From, r.valueTest),
		"to":       intoOptional(&c.To, r.valueTest),
	})
	r.require(n, path, has, "property")
	return c
}

func (r yamlReader) valueTest(n *yaml.Node, path string) (t incident.ValueTest) {
	n, has := r.object(n, path, map[string]yamlField{
		"operator":      into(&t.Operator, word[incident.ConditionOperator](r)),
		"values":        intoList(r, &t.Values, r.text),
		"caseSensitive": into(&t.CaseSensitive, r.boolean),
	})
	r.require(n, path, has, "operator", "values")
	return t
}

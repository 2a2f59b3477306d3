package importer

import "tasktrail/incident"

// properties are those that both products have. Where values is not nil, they
// are a fixed set, spelled differently here.
var properties = map[string]struct {
	property incident.RuleProperty
	values   map[string]string
}{
	"IncidentTitle":           {incident.PropIncidentTitle, nil},
	"IncidentDescription":     {incident.PropIncidentDescription, nil},
	"IncidentSeverity":        {incident.PropIncidentSeverity, severities},
	"IncidentStatus":          {incident.PropIncidentStatus, statuses},
	"IncidentOwner":           {incident.PropIncidentOwnerID, map[string]string{}},
	"IncidentUpdatedBySource": {incident.PropActorKind, sources},
	"IncidentLabel":           {"", nil}, // a list, read as one
}

var changeable = map[string]incident.RuleProperty{
	"IncidentSeverity": incident.PropIncidentSeverity,
	"IncidentStatus":   incident.PropIncidentStatus,
	"IncidentOwner":    incident.PropIncidentOwnerID,
}

var severities = map[string]string{
	"Informational": string(incident.SeverityInformational),
	"Low":           string(incident.SeverityLow),
	"Medium":        string(incident.SeverityMedium),
	"High":          string(incident.SeverityHigh),
}

var statuses = map[string]string{
	"New":    string(incident.IncidentNew),
	"Active": string(incident.IncidentActive),
	"Closed": string(incident.IncidentClosed),
}

// sources are those who make changes here too. Alerts grouped into an incident
// and other products of Microsoft do not.
var sources = map[string]string{
	"User":           string(incident.KindUser),
	"Application":    string(incident.KindService),
	"Playbook":       string(incident.KindPlaybook),
	"AutomationRule": string(incident.KindAutomationRule),
}

var classifications = map[string]incident.IncidentClassification{
	"Undetermined":   incident.Undetermined,
	"TruePositive":   incident.TruePositive,
	"BenignPositive": incident.BenignPositive,
	"FalsePositive":  incident.FalsePositive,
}

var reasons = map[string]incident.ClassificationReason{
	"SuspiciousActivity":    incident.SuspiciousActivity,
	"SuspiciousButExpected": incident.SuspiciousButExpected,
	"IncorrectAlertLogic":   incident.IncorrectAlertLogic,
	"InaccurateData":        incident.InaccurateData,
}

var operators = map[string]incident.ConditionOperator{
	"Equals":        incident.OpEquals,
	"NotEquals":     incident.OpNotEquals,
	"Contains":      incident.OpContains,
	"NotContains":   incident.OpNotContains,
	"StartsWith":    incident.OpStartsWith,
	"NotStartsWith": incident.OpNotStartsWith,
	"EndsWith":      incident.OpEndsWith,
	"NotEndsWith":   incident.OpNotEndsWith,
}

// test reads operator and values of a condition on the named property. What
// cannot be expressed is noted, and then ok is false: a test without one of
// its values would be another test.
func (s *sentinelRule) test(p object, name string) (test incident.ValueTest, ok bool) {
	property, known := properties[name]
	if !known {
		s.lost("tasktrail has no %s to test", brief(name))
		return test, false
	}
	given := pick[string](p, "operator").value
	if test.Operator, known = operators[given]; !known {
		s.lost("the condition on %s has an operator %q, which tasktrail does not have", name, brief(given))
		return test, false
	}
	for _, value := range pick[[]loose[string]](p, "propertyValues").value {
		value = s.resolve(value)
		if !value.ok() {
			s.lost("the condition on %s has a value that is no text", name)
			return test, false
		}
		text := value.value
		if property.values != nil {
			if text, known = property.values[value.value]; !known {
				s.lost("the condition on %s has the value %q, which has no counterpart", name, brief(value.value))
				return test, false
			}
		}
		test.Values = append(test.Values, text)
	}
	if len(test.Values) == 0 {
		s.lost("the condition on %s has no values", name)
		return test, false
	}
	if rest := p.rest(); len(rest) > 0 {
		s.lost("the condition on %s says more than tasktrail understands: %s", name, rest[0])
		return test, false
	}
	return test, true
}

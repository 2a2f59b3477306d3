package importer

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"tasktrail/incident"
)

// actions reads the actions in their order.
func (s *sentinelRule) actions(list loose[[]json.RawMessage]) (actions []incident.RuleAction) {
	if list.odd {
		s.note("its actions cannot be read")
	}
	var items []object
	for _, data := range list.value {
		items = append(items, parseObject(data))
	}
	for i, o := range sorted(items) {
		at := *s
		at.name = fmt.Sprintf("%s, action %d", s.name, i+1)
		configuration := parseObject(o["actionConfiguration"])
		var read []incident.RuleAction
		switch kind := pick[string](o, "actionType").value; kind {
		case "AddIncidentTask":
			read = at.addTask(configuration)
		case "ModifyProperties":
			read = at.modify(configuration)
		case "RunPlaybook":
			at.note("it runs the logic app %q; tasktrail can call it by a webhook", logicApp(pick[string](configuration, "logicAppResourceId").value))
			continue
		default:
			at.note("there is no action of the type %q in tasktrail", brief(kind))
			continue
		}
		for _, left := range configuration.rest() {
			at.note("%s was not carried over", left)
		}
		actions = append(actions, read...)
	}
	if n := len(actions); n > incident.MaxActions {
		s.note("it has %d actions once those that change several things are parted; the last %d were left out", n, n-incident.MaxActions)
		actions = actions[:incident.MaxActions]
	}
	return actions
}

// logicApp is the name at the end of the id of a resource, or the whole of an
// expression.
func logicApp(id string) string {
	if strings.HasPrefix(id, "[") {
		return brief(id)
	}
	return brief(path.Base(strings.TrimRight(id, "/")))
}

func (s *sentinelRule) addTask(o object) []incident.RuleAction {
	title, description := s.text(o, "title"), s.text(o, "description")
	if strings.TrimSpace(title.value) == "" {
		s.note("the task has no title that could be read, and was left out")
		return nil
	}
	if description.odd {
		s.note("the description of the task cannot be read")
	}
	var task incident.AddTaskAction
	task.Title, task.Description = s.words(s.name, title.value, description.value)
	return []incident.RuleAction{{AddTask: &task}}
}

// modify reads an action that may change several things, which are as many
// actions here.
func (s *sentinelRule) modify(o object) (actions []incident.RuleAction) {
	if severity := pick[string](o, "severity"); severity.value != "" || severity.odd {
		if known, ok := severities[severity.value]; ok {
			actions = append(actions, incident.RuleAction{SetSeverity: new(incident.IncidentSeverity(known))})
		} else {
			s.note("the severity %q has no counterpart", brief(severity.value))
		}
	}
	if status := pick[string](o, "status"); status.value != "" || status.odd {
		if known, ok := statuses[status.value]; ok {
			actions = append(actions, incident.RuleAction{SetStatus: s.status(o, incident.IncidentStatus(known))})
		} else {
			s.note("the status %q has no counterpart", brief(status.value))
		}
	}
	if owner := parseObject(o["owner"]); len(owner.rest()) > 0 {
		s.note("the owner cannot be looked up: %s", strings.Join(owner.rest(), ", "))
	}
	o.drop("owner")
	if labels := s.labels(pick[[]json.RawMessage](o, "labels").value); len(labels) > 0 {
		actions = append(actions, incident.RuleAction{AddLabels: labels})
	}
	return actions
}

// status reads a change of status; only closing has a classification.
func (s *sentinelRule) status(o object, status incident.IncidentStatus) *incident.SetStatusAction {
	action := &incident.SetStatusAction{Status: status}
	if status != incident.IncidentClosed {
		return action
	}
	classification := incident.Undetermined
	switch given := pick[string](o, "classification"); {
	case given.value == "" && !given.odd:
		s.note("it closes without a classification; here that is %s", incident.Undetermined)
	default:
		known, ok := classifications[given.value]
		if !ok {
			s.note("the classification %q has no counterpart; it closes as %s", brief(given.value), incident.Undetermined)
			break
		}
		classification = known
	}
	action.Classification = &classification
	if given := pick[string](o, "classificationReason"); given.value != "" || given.odd {
		if known, ok := reasons[given.value]; ok {
			action.ClassificationReason = &known
		} else {
			s.note("the reason %q has no counterpart", brief(given.value))
		}
	}
	if comment := s.text(o, "classificationComment"); comment.value != "" {
		text := comment.value
		if short := cutRunes(text, incident.MaxReason); short != text {
			s.note("the comment on closing was cut to %d characters", incident.MaxReason)
			text = short
		}
		action.ClassificationComment = &text
	} else if comment.odd {
		s.note("the comment on closing cannot be read")
	}
	return action
}

func (s *sentinelRule) labels(list []json.RawMessage) (labels []string) {
	for _, data := range list {
		label := strings.TrimSpace(s.text(parseObject(data), "labelName").value)
		switch n := len([]rune(label)); {
		case n == 0:
			s.note("a label has no name that could be read")
		case n > incident.MaxLabel:
			s.note("the label %q has more than %d characters", brief(label), incident.MaxLabel)
		case len(labels) == incident.MaxLabels:
			s.note("the label %q is one more than %d", label, incident.MaxLabels)
		case !slices.Contains(labels, label):
			labels = append(labels, label)
		}
	}
	return labels
}

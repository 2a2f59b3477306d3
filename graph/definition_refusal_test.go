package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// A mistake in a definition is named by the path to it, however deep, and
// nothing is written.
func TestRefusedDefinitions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		alice := start(t, url).as("alice", incident.RoleContributor)
		p, w := alice.mustDefine(t, "Playbook", kinds[0].input("P")), alice.mustDefine(t, "Webhook", kinds[2].input("W"))
		used := alice.mustDefine(t, "Rule", object{"name": "R", "trigger": "TASK_SKIPPED", "actions": []object{
			{"applyPlaybook": object{"playbookId": p}}, {"callWebhook": object{"webhookId": w}},
		}})
		label := object{"addLabels": []string{"l"}}
		steps := func(more ...object) object {
			return object{"playbook": object{"name": "x", "steps": append([]object{}, more...)}}
		}
		actions := func(more ...object) object {
			return object{"rule": object{"name": "x", "trigger": "INCIDENT_CREATED", "actions": append([]object{label, label}, more...)}}
		}
		when := func(condition object) object {
			return object{"rule": object{"name": "x", "trigger": "INCIDENT_CREATED", "condition": condition, "actions": []object{label}}}
		}
		property := func(name, operator string, values ...string) object {
			return object{"property": object{"property": name, "operator": operator, "values": append([]string{}, values...)}}
		}
		deep := property("INCIDENT_TITLE", "EQUALS", "x")
		for range 5 {
			deep = object{"all": []object{deep}}
		}
		hook := func(url string) object { return object{"webhook": object{"name": "x", "url": url}} }
		long := strings.Repeat("é", 10_001)
		before := fmt.Sprint(alice.must(t, "{ auditHead { hash } }", nil))
		for _, test := range []struct {
			mutation, kind string
			input          object
			path, says     string
		}{
			{"create*", "Playbook", steps(), "playbook.steps", "from 1 to 100 steps"},
			{"create*", "Playbook", object{"playbook": object{"name": " ", "steps": []object{{"title": "S"}}}}, "playbook.name", "1 to 500"},
			{"create*", "Playbook", object{"playbook": object{"name": "x\x00", "steps": []object{{"title": "S"}}}}, "playbook.name", "NUL"},
			{"create*", "Playbook", steps(object{"title": "a"}, object{"title": "\x00"}), "playbook.steps.1.title", "NUL"},
			{"create*", "Playbook", steps(object{"title": "a", "key": "k"}, object{"title": "b", "key": "k"}), "playbook.steps.1.key", "another step"},
			{"create*", "Playbook", steps(object{"title": "a", "description": long}), "playbook.steps.0.description", "at most 10000"},
			{"create*", "Playbook", steps(object{"title": "a", "group": strings.Repeat("x", 101)}), "playbook.steps.0.group", "at most 100"},
			{"create*", "Playbook", steps(object{"title": "a", "dueAfterMinutes": 0}), "playbook.steps.0.dueAfterMinutes", "1 to 525600"},
			{"create*", "Playbook", steps(object{"title": "a", "assigneeId": "act_none"}), "playbook.steps.0.assigneeId", "no such actor"},
			{"create*", "Playbook", steps(object{"title": "a", "assigneeId": "act_x", "assignToOwner": true}), "playbook.steps.0.assignToOwner", "not both"},
			{"create*", "Playbook", with(steps(object{"title": "a"}), object{"expectedVersion": 1}), "expectedVersion", "only be 0"},
			{"update*", "Playbook", object{"id": p, "steps": []object{{"title": ""}}}, "steps.0.title", "1 to 500"},
			{"update*", "Playbook", object{"id": p, "name": nil}, "name", "cannot be null"},
			{"update*", "Playbook", object{"id": p, "steps": nil}, "steps", "from 1 to 100"},
			{"update*", "Playbook", object{"id": used, "name": "x"}, "id", "no such playbook"},
			{"delete*", "Playbook", object{"id": p}, "id", `the rule "R" needs this playbook`},
			{"create*", "Rule", actions(object{"addTask": object{"title": " "}}), "rule.actions.2.addTask.title", "1 to 500"},
			{"create*", "Rule", actions(object{"addTask": object{"title": "a\x00"}}), "rule.actions.2.addTask.title", "NUL"},
			{"create*", "Rule", actions(object{"addTask": object{"title": "a", "assigneeId": "act_none"}}), "rule.actions.2.addTask.assigneeId", "no such actor"},
			{"create*", "Rule", actions(object{"applyPlaybook": object{"playbookId": w}}), "rule.actions.2.applyPlaybook.playbookId", "no such playbook"},
			{"create*", "Rule", actions(object{"callWebhook": object{"webhookId": p}}), "rule.actions.2.callWebhook.webhookId", "no such webhook"},
			{"create*", "Rule", actions(object{"setOwner": object{"ownerId": "act_none"}}), "rule.actions.2.setOwner.ownerId", "no such actor"},
			{"create*", "Rule", actions(object{"setStatus": object{"status": "CLOSED"}}), "rule.actions.2.setStatus.classification", "needs a classification"},
			{"create*", "Rule", actions(object{"setStatus": object{"status": "NEW", "classification": "UNDETERMINED"}}), "rule.actions.2.setStatus.classification", "only a CLOSED"},
			{"create*", "Rule", actions(object{"addLabels": []string{}}), "rule.actions.2.addLabels", "1 to 50"},
			{"create*", "Rule", actions(object{"addLabels": []string{"a", "b\x00"}}), "rule.actions.2.addLabels.1", "NUL"},
			{"create*", "Rule", actions(object{"removeLabels": []string{" "}}), "rule.actions.2.removeLabels.0", "1 to 100"},
			{"create*", "Rule", actions(make19(label)...), "rule.actions", "from 1 to 20"},
			{"create*", "Rule", when(property("TASK_TITLE", "EQUALS", "x")), "rule.condition.property.property", "belongs to no task"},
			{"create*", "Rule", when(property("INCIDENT_TITLE", "EQUALS")), "rule.condition.property.values", "from 1 to 50"},
			{"create*", "Rule", when(property("INCIDENT_TITLE", "CONTAINS", "x", "")), "rule.condition.property.values.1", "empty text"},
			{"create*", "Rule", when(property("INCIDENT_TITLE", "CONTAINS", "x", "\x00")), "rule.condition.property.values.1", "NUL"},
			{"create*", "Rule", when(property("INCIDENT_SEVERITY", "EQUALS", "HUGE")), "rule.condition.property.values.0", "always one of"},
			{"create*", "Rule", when(object{"any": []object{property("INCIDENT_TITLE", "EQUALS", "x"), {"all": []object{}}}}), "rule.condition.any.1.all", "at least one"},
			{"create*", "Rule", when(object{"labels": object{"match": "ALL", "operator": "EQUALS", "values": []string{"a", "\x00"}}}), "rule.condition.labels.values.1", "NUL"},
			{"create*", "Rule", when(object{"changed": object{"property": "INCIDENT_STATUS"}}), "rule.condition.changed", "can never run"},
			{"create*", "Rule", when(object{"labelsAdded": object{"operator": "EQUALS", "values": []string{"x"}}}), "rule.condition.labelsAdded", "can never run"},
			{"create*", "Rule", when(object{"all": []object{property("INCIDENT_SEVERITY", "EQUALS", "LOW"), property("INCIDENT_SEVERITY", "EQUALS", "HIGH")}}), "rule.condition.all.1.property", "can never run"},
			{"create*", "Rule", when(deep), "rule.condition.all.0.all.0.all.0.all.0.all.0", "5 levels"},
			{"create*", "Rule", with(actions(), object{"rule": object{"name": "x", "trigger": "TASK_SKIPPED", "order": 1001, "actions": []object{label}}}), "rule.order", "1 to 1000"},
			{"create*", "Rule", with(actions(), object{"rule": object{"name": "x", "trigger": "TASK_SKIPPED", "expiresAt": "2020-01-01T00:00:00Z", "actions": []object{label}}}), "rule.expiresAt", "has passed"},
			{"create*", "Rule", object{"rule": object{"name": "x", "trigger": "INCIDENT_UPDATED", "actions": []object{{"setSeverity": "HIGH"}, {"setSeverity": "LOW"}}, "condition": object{"changed": object{"property": "INCIDENT_SEVERITY"}}}}, "rule.actions.0", "without end"},
			{"update*", "Rule", object{"id": used, "trigger": nil}, "trigger", "cannot be null"},
			{"update*", "Rule", object{"id": used, "actions": []object{label, {"addTask": object{"title": ""}}}}, "actions.1.addTask.title", "1 to 500"},
			{"update*", "Rule", object{"id": used, "condition": object{"changed": object{"property": "INCIDENT_STATUS"}}}, "condition.changed", "can never run"},
			{"create*", "Webhook", hook("ftp://example.com"), "webhook.url", "http"},
			{"create*", "Webhook", hook("https://example.com/\x00"), "webhook.url", ""},
			{"create*", "Webhook", hook("https://user:pa55@example.com/"), "webhook.url", ""},
			{"update*", "Webhook", object{"id": w, "url": nil}, "url", ""},
			{"update*", "Webhook", object{"id": w, "enabled": nil}, "enabled", "cannot be null"},
			{"delete*", "Webhook", object{"id": w}, "id", `the rule "R" needs this webhook`},
		} {
			payload := alice.define(t, test.mutation, test.kind, test.input)
			errs, _ := payload["errors"].([]any)
			if len(errs) == 0 {
				t.Errorf("%s%s %v was not refused", test.mutation, test.kind, test.input)
				continue
			}
			var path []string
			for n := range at(errs, 0, "path").([]any) {
				path = append(path, at(errs, 0, "path", n).(string))
			}
			message, _ := at(errs, 0, "message").(string)
			if strings.Join(path, ".") != "input."+test.path || !strings.Contains(message, test.says) || payload["event"] != nil || payload["thing"] != nil || strings.Contains(message, "pa55") {
				t.Errorf("%s%s, want %s %q: got %v", test.mutation, test.kind, test.path, test.says, payload)
			}
		}
		// An ID that could be none is refused before anything runs.
		for path, in := range map[string]object{
			"input.rule.actions.2.applyPlaybook.playbookId": actions(object{"applyPlaybook": object{"playbookId": "pbk_\x00"}}),
			"input.rule.actions.2.addTask.assigneeId":       actions(object{"addTask": object{"title": "a", "assigneeId": "act_\x00"}}),
			"input.rule.actions.2.setOwner.ownerId":         actions(object{"setOwner": object{"ownerId": "\x00"}}),
			"input.rule.actions.2.callWebhook.webhookId":    actions(object{"callWebhook": object{"webhookId": "\x00"}}),
		} {
			_, errs := alice.do(t, `mutation($in: CreateRuleInput!) { createRule(input: $in) { rule { id } } }`, object{"in": in})
			if len(errs) != 1 || errs[0].Extensions.Code != "BAD_USER_INPUT" || strings.Join(errs[0].Extensions.Argument, ".") != path {
				t.Errorf("%s: got %+v", path, errs)
			}
		}
		if after := fmt.Sprint(alice.must(t, "{ auditHead { hash } }", nil)); after != before {
			t.Error("a refused change was written")
		}
	})
}

// make19 is that many of an action.
func make19(action object) (list []object) {
	for range 19 { // two more are there already
		list = append(list, action)
	}
	return list
}

// Of a oneOf input exactly one field is given, and that is not null: anything
// else is refused before anything runs, in literals and in variables.
func TestOneOf(t *testing.T) {
	alice := start(t, dbtest.SQLite(t)).as("alice", incident.RoleContributor)
	const create = `createRule(input: {rule: {name: "x", trigger: TASK_SKIPPED, condition: %s, actions: [%s]}}) { rule { id } errors { message } }`
	const title = `property: {property: INCIDENT_TITLE, operator: EQUALS, values: ["x"]}`
	const fine = `{addLabels: ["l"]}`
	for _, test := range []struct{ name, condition, action string }{
		{"no action", "null", "{}"},
		{"two actions", "null", `{addLabels: ["l"], removeLabels: ["m"]}`},
		{"a null action", "null", `{addLabels: null}`},
		{"a null beside an action", "null", `{addLabels: ["l"], removeLabels: null}`},
		{"no condition", "{}", fine},
		{"two conditions", `{` + title + `, labelsAdded: {operator: EQUALS, values: ["x"]}}`, fine},
		{"a null condition", "{property: null}", fine},
		{"two conditions within", `{all: [{` + title + `}, {` + title + `, all: [{` + title + `}]}]}`, fine},
		{"none within", `{any: [{}]}`, fine},
	} {
		_, errs := alice.do(t, fmt.Sprintf("mutation { "+create+" }", test.condition, test.action), nil)
		if len(errs) != 1 || errs[0].Extensions.Code != "BAD_USER_INPUT" || errs[0].Path != nil {
			t.Errorf("%s as a literal: got %+v", test.name, errs)
		}
		variables := jsonOf(t, fmt.Sprintf(`{name: "x", trigger: "TASK_SKIPPED", condition: %s, actions: [%s]}`, test.condition, test.action))
		document := `mutation($r: RuleInput!) { createRule(input: {rule: $r}) { rule { id } errors { message } } }`
		_, errs = alice.do(t, document, object{"r": variables})
		if len(errs) != 1 || errs[0].Extensions.Code != "BAD_USER_INPUT" || len(errs[0].Extensions.Argument) == 0 || errs[0].Path != nil {
			t.Errorf("%s as a variable: got %+v", test.name, errs)
		}
		_, errs = alice.do(t, `query($r: RuleInput!) { previewRule(rule: $r) { errors { message } } }`, object{"r": variables})
		if len(errs) != 1 || errs[0].Extensions.Code != "BAD_USER_INPUT" {
			t.Errorf("%s in a preview: got %+v", test.name, errs)
		}
	}
	// The variable inside a literal: one that can be null, and one that is not there.
	for name, variables := range map[string]object{"null": {"l": nil}, "absent": {}} {
		document := `mutation($l: [String!]) { ` + fmt.Sprintf(create, "null", "{addLabels: $l}") + ` }`
		if _, errs := alice.do(t, document, variables); len(errs) == 0 || errs[0].Extensions.Code != "BAD_USER_INPUT" {
			t.Errorf("a variable that is %s: got %+v", name, errs)
		}
	}
	if data := alice.must(t, `{ rules { totalCount } }`, nil); at(data, "rules", "totalCount") != 0.0 {
		t.Error("a rule was made")
	}
	// The control.
	for _, document := range []string{
		"mutation { " + fmt.Sprintf(create, "{"+title+"}", fine) + " }",
		"mutation($l: [String!]!) { " + strings.Replace(fmt.Sprintf(create, "{"+title+"}", "{addLabels: $l}"), `"x", trigger`, `"y", trigger`, 1) + " }",
	} {
		variables := object{}
		if strings.Contains(document, "$l") {
			variables["l"] = []string{"l"}
		}
		if data := alice.must(t, document, variables); at(data, "createRule", "rule") == nil {
			t.Errorf("%s: %v", document, data)
		}
	}
}

// jsonOf reads GraphQL's way of writing an object, where names have no quotes.
func jsonOf(t *testing.T, literal string) (out object) {
	t.Helper()
	var b strings.Builder
	quoted := false
	for n := 0; n < len(literal); n++ {
		c := literal[n]
		word := func(c byte) bool { return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
		if c == '"' {
			quoted = !quoted
		}
		if quoted || !word(c) {
			b.WriteByte(c)
			continue
		}
		end := n
		for end < len(literal) && word(literal[end]) {
			end++
		}
		if name := literal[n:end]; name == "null" {
			b.WriteString(name)
		} else {
			b.WriteString(`"` + name + `"`)
		}
		n = end - 1
	}
	if err := json.Unmarshal([]byte(b.String()), &out); err != nil {
		t.Fatalf("%v in %s", err, b.String())
	}
	return out
}

// NUL and other text that no database of ours stores is the client's mistake
// wherever a query can hold it.
func TestTextsOfQueries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		alice := start(t, url).as("alice", incident.RoleContributor)
		i := alice.newIncident(t, "I")
		for _, field := range []string{
			`playbooks(search: "\u0000") { totalCount }`, `rules(filter: {search: "a\u0000"}) { totalCount }`, `rules(filter: {playbookId: "a\u0000"}) { totalCount }`,
			`rules(filter: {webhookId: "a\u0000"}) { totalCount }`, `playbook(id: "pbk_\u0000") { id }`, `rule(id: "rul_\u0000", version: 1) { id }`, `rulesFor(incidentId: "inc_\u0000") { ran }`,
			`previewRule(rule: {name: "x", trigger: TASK_SKIPPED, actions: [{addLabels: ["l"]}]}, incidentId: "inc_\u0000") { errors { code } }`,
			`tasks(filter: {group: "a\u0000"}) { totalCount }`, `tasks(filter: {originId: "a\u0000"}) { totalCount }`, `auditEvents(filter: {subjectId: "a\u0000"}) { totalCount }`,
			`node(id: "whk_\u0000") { id }`, `playbooks(after: "\u0000") { totalCount }`, `rules(before: "x") { totalCount }`, `webhooks(first: 201) { totalCount }`,
			`previewRule(rule: {name: "x", trigger: TASK_SKIPPED, actions: [{addLabels: ["l"]}]}, incidentId: "` + i + `", lastN: 1) { errors { code } }`,
			`previewRule(rule: {name: "x", trigger: TASK_SKIPPED, actions: [{addLabels: ["l"]}]}, lastN: 51) { errors { code } }`,
			`previewRule(rule: {name: "x", trigger: TASK_SKIPPED, expiresAt: "2026-01-01T00:00:00", actions: [{addLabels: ["l"]}]}) { errors { code } }`,
			`previewRule(rule: {name: "x", trigger: TASK_SKIPPED, actions: [{addLabels: ["l"]}]}, incidentId: "inc_none") { errors { code } }`, `rulesFor(incidentId: "inc_none") { ran }`,
		} {
			if _, errs := alice.do(t, "{ "+field+" }", nil); len(errs) != 1 || errs[0].Extensions.Code != "BAD_USER_INPUT" {
				t.Errorf("%s: got %+v", field, errs)
			}
		}
		data := alice.must(t, `{ previewRule(rule: {name: "a\u0000", trigger: TASK_SKIPPED, condition: {all: [{property: {property: TASK_TITLE, operator: EQUALS, values: ["\u0000"]}}]}, actions: [{addLabels: ["\u0000"]}]}) { errors { path } incidents { runs { matched } } } }`, nil)
		if got := fmt.Sprint(data); got != "map[previewRule:map[errors:[map[path:[rule name]] map[path:[rule actions 0 addLabels 0]] map[path:[rule condition all 0 property values 0]]] incidents:[]]]" {
			t.Errorf("a preview: %s", got)
		}
		// Bytes that are no text, and halves of a character, in a nested input.
		for _, value := range []string{"\"\xff\"", `"\ud800"`} {
			body := `{"query":"mutation($r: RuleInput!) { createRule(input: {rule: $r}) { rule { id } } }","variables":{"r":{"name":"x","trigger":"TASK_SKIPPED","actions":[{"addLabels":["l",` + value + `]}]}}}`
			if status, _, text := alice.send(t, body); status != 400 || !strings.Contains(text, "BAD_USER_INPUT") {
				t.Errorf("%q: got %d, %s", value, status, text)
			}
		}
	})
}

package graph_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// What automation does comes through a subscription in order, each event with
// what caused it and what acted.
func TestSubscribeToAutomation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice := s.as("alice", incident.RoleContributor)
		p := alice.mustDefine(t, "Playbook", object{"name": "P", "steps": []object{{"title": "one"}, {"title": "two"}}})
		first := alice.mustDefine(t, "Rule", object{"name": "first", "order": 1, "trigger": "INCIDENT_CREATED", "actions": []object{{"applyPlaybook": object{"playbookId": p}}, {"setSeverity": "HIGH"}}})
		second := alice.mustDefine(t, "Rule", object{
			"name": "second", "trigger": "INCIDENT_UPDATED", "condition": object{"changed": object{"property": "INCIDENT_SEVERITY"}}, "actions": []object{{"addLabels": []string{"l"}}},
		})
		from := alice.cursor(t)
		i := alice.newIncident(t, "I")
		want := []string{ // what, who, by what version of what, caused by which of these
			"INCIDENT_CREATED USER alice <nil> <nil>",
			"PLAYBOOK_APPLIED AUTOMATION_RULE first map[definitionId:" + first + " version:1] 4",
			"TASK_ADDED PLAYBOOK P map[definitionId:" + p + " version:1] 5",
			"TASK_ADDED PLAYBOOK P map[definitionId:" + p + " version:1] 5",
			"INCIDENT_UPDATED AUTOMATION_RULE first map[definitionId:" + first + " version:1] 4",
			"INCIDENT_UPDATED AUTOMATION_RULE second map[definitionId:" + second + " version:1] 8",
		}
		const document = `subscription($filter: AuditEventFilter, $after: String) { auditEvents(filter: $filter, after: $after) {
			position action actor { kind name } causedBy cause { position action } automation { definitionId version } subjectId incident { id } task { origin { kind id step version key } } } }`
		eachTransport(t, func(t *testing.T, over subscribe) {
			var got []object
			end := over(alice, t.Context(), document, object{"after": from}, take(len(want), &got))
			if !errors.Is(end.err, errStop) || !slices.Equal(positions(got), []int{4, 5, 6, 7, 8, 9}) {
				t.Fatalf("got %v, %+v", positions(got), end)
			}
			for n, e := range got {
				line := fmt.Sprint(e["action"], " ", at(e, "actor", "kind"), " ", at(e, "actor", "name"), " ", e["automation"], " ", e["causedBy"])
				if line != want[n] || at(e, "incident", "id") != i || at(e, "cause", "position") != e["causedBy"] {
					t.Errorf("event %d: got %v, want %s", n, e, want[n])
				}
			}
			if origin := fmt.Sprint(at(got[3], "task", "origin")); origin != "map[id:"+p+" key:two kind:PLAYBOOK step:2 version:1]" {
				t.Errorf("the task comes from %s", origin)
			}
			var ofIncident []object
			if over(alice, t.Context(), document, object{"after": from, "filter": object{"subjectId": i}}, take(4, &ofIncident)); !slices.Equal(positions(ofIncident), []int{4, 5, 8, 9}) {
				t.Errorf("of the incident alone: %v", positions(ofIncident))
			}
			var ofRule []object
			if over(alice, t.Context(), `subscription($filter: AuditEventFilter) { auditEvents(filter: $filter, fromStart: true) { position action incident { id } subjectId } }`,
				object{"filter": object{"subjectId": second}}, take(1, &ofRule)); !slices.Equal(positions(ofRule), []int{3}) || ofRule[0]["incident"] != nil || ofRule[0]["subjectId"] != second {
				t.Errorf("of the rule: %v", ofRule)
			}
		})
	})
}

// A preview tells what a rule would do and why it would not; it writes nothing.
func TestPreviewRule(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice, reader := s.as("alice", incident.RoleContributor), s.as("rob", incident.RoleReader)
		p := alice.mustDefine(t, "Playbook", object{"name": "P", "steps": []object{{"title": "one", "group": "G", "mandatory": true, "dueAfterMinutes": 5}}})
		quiet := alice.newIncident(t, "quiet")
		i := mustID(t, alice.must(t, `mutation { createIncident(input: {title: "Phishing mail", severity: LOW, labels: ["mail"]}) { incident { id } } }`, nil), "createIncident", "incident", "id")
		rule := object{
			"name": "new", "trigger": "INCIDENT_CREATED", "enabled": false,
			"condition": object{"all": []object{
				{"property": object{"property": "INCIDENT_SEVERITY", "operator": "EQUALS", "values": []string{"LOW"}}},
				{"any": []object{
					{"property": object{"property": "INCIDENT_TITLE", "operator": "STARTS_WITH", "values": []string{"phishing"}}},
					{"labels": object{"match": "ANY", "operator": "EQUALS", "values": []string{"nowhere"}}},
				}},
			}},
			"actions": []object{{"applyPlaybook": object{"playbookId": p}}, {"setSeverity": "HIGH"}, {"setStatus": object{"status": "CLOSED", "classification": "TRUE_POSITIVE"}}},
		}
		const document = `query($rule: RuleInput!, $i: ID, $n: Int) { previewRule(rule: $rule, incidentId: $i, lastN: $n) { errors { message path } incidents {
			incident { title } runs { event { action } matched unmet { path message } tasks { title group mandatory dueAt origin { kind id step } assignee { name } } changes { field from to } stopped } } } }`
		before := fmt.Sprint(alice.must(t, "{ auditHead { hash } }", nil))
		data := reader.must(t, document, object{"rule": rule, "n": 5})
		run := at(data, "previewRule", "incidents", 0, "runs", 0)
		if at(data, "previewRule", "incidents", 0, "incident", "title") != "Phishing mail" || at(run, "matched") != true || at(run, "unmet") != nil || at(run, "event", "action") != "INCIDENT_CREATED" ||
			at(run, "tasks", 0, "title") != "one" || at(run, "tasks", 0, "origin", "id") != p || at(run, "tasks", 0, "dueAt") == nil || len(at(run, "stopped").([]any)) != 1 ||
			!strings.Contains(fmt.Sprint(at(run, "changes")), "map[field:severity from:LOW to:HIGH]") {
			t.Errorf("a run: %v", run)
		}
		unmet := at(data, "previewRule", "incidents", 1, "runs", 0)
		if got := fmt.Sprint(at(unmet, "unmet", "path")); at(unmet, "matched") != false || got != "[condition all 1 any]" || at(unmet, "unmet", "message") == "" || len(at(unmet, "tasks").([]any)) != 0 {
			t.Errorf("a run that is none: %v", unmet)
		}
		one := reader.must(t, document, object{"rule": with(rule, object{"condition": object{"property": object{"property": "INCIDENT_SEVERITY", "operator": "EQUALS", "values": []string{"HIGH"}}}}), "i": quiet})
		if got := fmt.Sprint(at(one, "previewRule", "incidents", 0, "runs", 0, "unmet", "path")); got != "[condition property]" || len(at(one, "previewRule", "incidents").([]any)) != 1 {
			t.Errorf("one incident: %v", one)
		}
		late := reader.must(t, document, object{"rule": with(rule, object{"trigger": "TASK_SKIPPED"}), "i": i})
		if runs := at(late, "previewRule", "incidents", 0, "runs").([]any); len(runs) != 0 {
			t.Errorf("nothing set it off, but %v", runs)
		}
		if after := fmt.Sprint(alice.must(t, "{ auditHead { hash } }", nil)); after != before {
			t.Error("a preview was written")
		}
	})
}

// Why rules ran for an incident, and why not.
func TestRulesFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice := s.as("alice", incident.RoleContributor)
		rule := func(name string, more object) string {
			return alice.mustDefine(t, "Rule", with(object{"name": name, "trigger": "INCIDENT_CREATED", "actions": []object{{"addLabels": []string{name}}}}, more))
		}
		ran := rule("ran", nil)
		rule("unmet", object{"condition": object{"all": []object{{"labels": object{"match": "ALL", "operator": "EQUALS", "values": []string{"x"}}}}}})
		rule("disabled", object{"enabled": false})
		rule("useless", object{"actions": []object{{"removeLabels": []string{"nowhere"}}}})
		rule("stopped", object{"actions": []object{{"setStatus": object{"status": "CLOSED", "classification": "UNDETERMINED"}}}})
		rule("waits", object{"trigger": "TASK_SKIPPED"})
		alice.mustDefine(t, "Playbook", kinds[0].input("P"))
		rule("mandatory", object{"order": 1, "actions": []object{{"addTask": object{"title": "T", "mandatory": true}}}})
		i := alice.newIncident(t, "I")
		alice.define(t, "update*", "Rule", object{"id": ran, "order": 200}) // was in force in its older version
		rule("late", nil)
		data := s.as("rob", incident.RoleReader).must(t, `query($i: ID!) { rulesFor(incidentId: $i) { rule { name version } ran evaluations { event { action } version outcome unmet { path } events { action } } } }`, object{"i": i})
		got := map[string]string{}
		for n := range at(data, "rulesFor").([]any) {
			r := at(data, "rulesFor", n)
			got[at(r, "rule", "name").(string)] = fmt.Sprint(at(r, "ran"), " ", at(r, "evaluations"))
		}
		evaluation := func(ran bool, outcome, unmet, events string) string {
			return fmt.Sprintf("%t [map[event:map[action:INCIDENT_CREATED] events:[%s] outcome:%s unmet:%s version:1]]", ran, events, outcome, unmet)
		}
		for name, want := range map[string]string{
			"mandatory": evaluation(true, "RAN", "<nil>", "map[action:TASK_ADDED]"),
			"ran":       evaluation(true, "RAN", "<nil>", "map[action:INCIDENT_UPDATED]"),
			"unmet":     evaluation(false, "UNMET", "map[path:[condition all 0 labels]]", ""),
			"disabled":  evaluation(false, "DISABLED", "<nil>", ""),
			"useless":   evaluation(false, "NO_EFFECT", "<nil>", ""),
			"stopped":   evaluation(false, "STOPPED", "<nil>", "map[action:AUTOMATION_STOPPED]"),
			"waits":     "false []",
			"late":      "",
		} {
			if got[name] != want {
				t.Errorf("%s: got %s, want %s", name, got[name], want)
			}
		}
	})
}

// A bulk mutation answers for each item, with paths into its own input.
func TestBulk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice := s.as("alice")
		i := alice.newIncident(t, "I")
		bulk := func(mutation, kind string, input object) (results []string, payload object) {
			t.Helper()
			data := alice.must(t, "mutation($in: "+kind+"!) { p: "+mutation+"(input: $in) { results { task { title status assignee { name } } event { action } replayed errors { code path } } errors { code path } clientMutationId } }", object{"in": input})
			for n := range at(data, "p", "results").([]any) {
				r := at(data, "p", "results", n)
				results = append(results, fmt.Sprint(at(r, "task", "title"), " ", at(r, "task", "status"), " ", at(r, "event", "action"), " ", at(r, "replayed"), " ", at(r, "errors")))
			}
			return results, data["p"].(object)
		}
		equal := func(what string, got []string, want ...string) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s:\ngot  %q\nwant %q", what, got, want)
			}
		}
		add := object{"incidentId": i, "clientMutationId": "add", "tasks": []object{{"title": "a"}, {"title": " "}, {"title": "c", "assigneeId": "act_none"}, {"title": "d"}}}
		wanted := []string{
			"a NEW TASK_ADDED false []", "<nil> <nil> <nil> false [map[code:VALIDATION path:[input tasks 1 title]]]",
			"<nil> <nil> <nil> false [map[code:NOT_FOUND path:[input tasks 2 assigneeId]]]", "d NEW TASK_ADDED false []",
		}
		got, _ := bulk("addTasks", "AddTasksInput", add)
		if strings.Contains(got[2], "VALIDATION") {
			wanted[2] = strings.Replace(wanted[2], "NOT_FOUND", "VALIDATION", 1)
		}
		equal("add", got, wanted...)
		again, _ := bulk("addTasks", "AddTasksInput", add)
		for _, n := range []int{0, 3} {
			wanted[n] = strings.Replace(wanted[n], "false", "true", 1)
		}
		equal("add again", again, wanted...)
		list := alice.must(t, `query($i: ID!) { incident(id: $i) { tasks { nodes { id title } } } }`, object{"i": i})
		a, d := mustID(t, list, "incident", "tasks", "nodes", 0, "id"), mustID(t, list, "incident", "tasks", "nodes", 1, "id")
		if len(at(list, "incident", "tasks", "nodes").([]any)) != 2 {
			t.Errorf("the list: %v", list)
		}
		got, _ = bulk("completeTasks", "CompleteTasksInput", object{"ids": []string{a, "tsk_none", d}})
		equal("complete", got, "a COMPLETED TASK_COMPLETED false []", "<nil> <nil> <nil> false [map[code:NOT_FOUND path:[input ids 1]]]", "d COMPLETED TASK_COMPLETED false []")
		got, _ = bulk("completeTasks", "CompleteTasksInput", object{"ids": []string{a}})
		equal("complete again", got, "a COMPLETED <nil> false []")
		got, _ = bulk("assignTasks", "AssignTasksInput", object{"ids": []string{a, d}, "assigneeId": "act_none"})
		for n := range got {
			if !strings.Contains(got[n], "path:[input assigneeId]") {
				t.Errorf("assign to nobody known: %s", got[n])
			}
		}
		for path, test := range map[string]struct {
			mutation, kind string
			input          object
		}{
			"[input tasks]":            {"addTasks", "AddTasksInput", object{"incidentId": i, "tasks": []object{}}},
			"[input ids]":              {"completeTasks", "CompleteTasksInput", object{"ids": slices.Repeat([]string{"x"}, 101)}},
			"[input ids 1]":            {"assignTasks", "AssignTasksInput", object{"ids": []string{a, a}}},
			"[input clientMutationId]": {"completeTasks", "CompleteTasksInput", object{"ids": []string{a}, "clientMutationId": strings.Repeat("x", 197)}},
			"[input reason]":           {"completeTasks", "CompleteTasksInput", object{"ids": []string{a}, "reason": "\x00"}},
		} {
			results, payload := bulk(test.mutation, test.kind, test.input)
			if len(results) != 0 || fmt.Sprint(at(payload, "errors", 0, "path")) != path {
				t.Errorf("%s: got %v", path, payload)
			}
		}
	})
}

package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// kinds are the kinds of definitions: what creates one of a name, and a
// change of it.
var kinds = []struct {
	name, field string
	fields      string // to tell two versions apart
	input       func(name string) object
	change      object
}{
	{"Playbook", "playbook", "name description steps { key title }", func(name string) object {
		return object{"name": name, "steps": []object{{"title": "S"}, {"title": "S"}}}
	}, object{"description": "new"}},
	{"Rule", "rule", "name description order enabled trigger actions { kind addLabels }", func(name string) object {
		return object{"name": name, "trigger": "TASK_SKIPPED", "actions": []object{{"addLabels": []string{"l"}}}}
	}, object{"enabled": false, "order": 3}},
	{"Webhook", "webhook", "name url enabled secretVersion", func(name string) object {
		return object{"name": name, "url": "https://example.com/hook"}
	}, object{"enabled": false}},
	{"ServiceAccount", "serviceAccount", "name description kind roles enabled keys { id }", func(name string) object {
		return object{"name": name, "kind": "PLAYBOOK", "roles": []string{"RESPONDER", "READER"}}
	}, object{"enabled": false, "roles": []string{"READER"}}},
}

const payloadFields = `event { position action changes { field from to } subjectId subjectVersion } replayed clientMutationId
	errors { __typename message code path ... on ConflictError { current { __typename id } missed { action subjectId subjectVersion } } }`

// define runs create, update, delete or rotate…Secret for a kind of definition.
func (c client) define(t testing.TB, mutation, kind string, input object) object {
	t.Helper()
	name := strings.Replace(mutation, "*", kind, 1)
	field, more := strings.ToLower(kind[:1])+kind[1:], ""
	if mutation == "create*" && kind == "Webhook" || mutation == "rotate*Secret" {
		more = "secret"
	}
	fields := "name"
	for _, k := range kinds {
		if k.name == kind {
			fields = k.fields
		}
	}
	data := c.must(t, fmt.Sprintf(`mutation($in: %sInput!) { p: %s(input: $in) { thing: %s { id version createdAt updatedAt createdBy { name } updatedBy { name } deletedAt %s } %s %s } }`,
		strings.ToUpper(name[:1])+name[1:], name, field, fields, more, payloadFields), object{"in": input})
	return data["p"].(object)
}

// mustDefine is define that must not be refused; it returns the id.
func (c client) mustDefine(t testing.TB, kind string, input object) string {
	t.Helper()
	p := c.define(t, "create*", kind, object{strings.ToLower(kind[:1]) + kind[1:]: input})
	return mustID(t, p, "thing", "id")
}

func with(o object, more object) object {
	out := object{}
	for _, from := range []object{o, more} {
		for k, v := range from {
			out[k] = v
		}
	}
	return out
}

// The life of a definition of each kind, with its versions, its history and
// what stays of it.
func TestDefinitions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice, reader := s.as("alice", incident.RoleAdmin), s.as("rob", incident.RoleReader)
		for _, kind := range kinds {
			t.Run(kind.name, func(t *testing.T) {
				created := alice.define(t, "create*", kind.name, object{kind.field: kind.input(" N "), "expectedVersion": 0, "clientMutationId": "create" + kind.name, "reason": "r"})
				id := mustID(t, created, "thing", "id")
				if at(created, "thing", "name") != "N" || at(created, "thing", "version") != 1.0 || at(created, "event", "subjectId") != id || at(created, "replayed") != false {
					t.Errorf("created: %v", created)
				}
				updated := alice.define(t, "update*", kind.name, with(kind.change, object{"id": id, "expectedVersion": 1}))
				if at(updated, "thing", "version") != 2.0 || len(at(updated, "event", "changes").([]any)) != len(kind.change) {
					t.Errorf("updated: %v", updated)
				}
				if same := alice.define(t, "update*", kind.name, with(kind.change, object{"id": id})); same["event"] != nil || at(same, "thing", "version") != 2.0 || len(same["errors"].([]any)) > 0 {
					t.Errorf("updated to the same: %v", same)
				}
				again := alice.define(t, "create*", kind.name, object{kind.field: kind.input(" N "), "expectedVersion": 0, "clientMutationId": "create" + kind.name, "reason": "r"})
				if again["replayed"] != true || fmt.Sprint(again["thing"]) != fmt.Sprint(created["thing"]) || at(again, "event", "position") != at(created, "event", "position") || again["secret"] != nil {
					t.Errorf("the same call again: %v, want %v", again, created)
				}
				if other := alice.define(t, "create*", kind.name, object{kind.field: kind.input("M"), "clientMutationId": "create" + kind.name}); at(other, "errors", 0, "__typename") != "IdempotencyError" {
					t.Errorf("another call with its key: %v", other)
				}
				stale := alice.define(t, "update*", kind.name, object{"id": id, "expectedVersion": 1, "name": "late"})
				if at(stale, "errors", 0, "current", "id") != id || at(stale, "errors", 0, "current", "__typename") != kind.name ||
					len(at(stale, "errors", 0, "missed").([]any)) != 1 || at(stale, "errors", 0, "missed", 0, "subjectVersion") != 2.0 || fmt.Sprint(at(stale, "errors", 0, "path")) != "[input expectedVersion]" {
					t.Errorf("a stale version: %v", stale)
				}
				if twice := alice.define(t, "create*", kind.name, object{kind.field: kind.input("N")}); fmt.Sprint(at(twice, "errors", 0, "path")) != "[input "+kind.field+" name]" {
					t.Errorf("a name twice: %v", twice)
				}
				fields := "{ id version deletedAt createdBy { name } history { totalCount nodes { action subjectVersion } } " + kind.fields + " }"
				asNode := func() any {
					data := reader.must(t, "query($id: ID!) { node(id: $id) { __typename ... on "+kind.name+" "+fields+" } nodes(ids: [$id]) { __typename ... on "+kind.name+" "+fields+" } }", object{"id": id})
					if fmt.Sprint(data["node"]) != fmt.Sprint(at(data, "nodes", 0)) || at(data, "node", "__typename") != kind.name {
						t.Errorf("node: %v", data)
					}
					return data["node"]
				}
				if live := asNode(); at(live, "version") != 2.0 || at(live, "history", "totalCount") != 2.0 || at(live, "deletedAt") != nil {
					t.Errorf("live: %v", live)
				}
				deleted := alice.define(t, "delete*", kind.name, object{"id": id})
				if at(deleted, "thing", "deletedAt") == nil || at(deleted, "thing", "version") != 3.0 {
					t.Errorf("deleted: %v", deleted)
				}
				if gone := asNode(); at(gone, "version") != 3.0 || at(gone, "deletedAt") == nil || at(gone, "history", "totalCount") != 3.0 || at(gone, "name") != "N" {
					t.Errorf("deleted, as a node: %v", gone)
				}
				for _, mutation := range []string{"update*", "delete*"} {
					if p := alice.define(t, mutation, kind.name, object{"id": id}); at(p, "errors", 0, "__typename") != "NotFoundError" {
						t.Errorf("%s of a deleted one: %v", mutation, p)
					}
				}
				if list := reader.must(t, "{ list: "+kind.field+"s { totalCount } }", nil); at(list, "list", "totalCount") != 0.0 {
					t.Errorf("the list: %v", list)
				}
				events := reader.must(t, `query($id: ID!) { auditEvents(filter: {subjectId: $id}) { nodes { action incident { id } task { id } causedBy cause { id } subjectId } } }`, object{"id": id})
				upper := strings.ToUpper(strings.Replace(kind.name, "eA", "e_A", 1))
				for n, action := range []string{"_CREATED", "_UPDATED", "_DELETED"} {
					if at(events, "auditEvents", "nodes", n, "action") != upper+action || at(events, "auditEvents", "nodes", n, "incident") != nil {
						t.Errorf("the events: %v", events)
					}
				}
				alice.mustDefine(t, kind.name, kind.input("N")) // the name is free again
				alice.define(t, "delete*", kind.name, object{"id": reader.only(t, kind.field+"s")})
				if kind.name == "Webhook" || kind.name == "ServiceAccount" {
					return
				}
				for version, want := range map[int]any{1: at(created, "thing"), 2: at(updated, "thing"), 3: at(deleted, "thing"), 4: nil} {
					data := reader.must(t, "query($id: ID!, $v: Int) { old: "+kind.field+"(id: $id, version: $v) { id version createdAt updatedAt createdBy { name } updatedBy { name } deletedAt "+kind.fields+" } }", object{"id": id, "v": version})
					if fmt.Sprint(data["old"]) != fmt.Sprint(want) {
						t.Errorf("version %d: %v, want %v", version, data["old"], want)
					}
				}
				if _, errs := reader.do(t, "{ "+kind.field+`(id: "x", version: 0) { id } }`, nil); len(errs) != 1 || fmt.Sprint(errs[0].Extensions.Argument) != "[version]" {
					t.Errorf("version 0: %v", errs)
				}
			})
		}
	})
}

// only returns the id of the one thing in a list.
func (c client) only(t testing.TB, list string) string {
	t.Helper()
	data := c.must(t, "{ list: "+list+" { nodes { id } } }", nil)
	if len(at(data, "list", "nodes").([]any)) != 1 {
		t.Fatalf("%s: %v, want one", list, data)
	}
	return mustID(t, data, "list", "nodes", 0, "id")
}

// The secret of a webhook is told once, to whoever makes it, and is nowhere
// else.
func TestSecretIsToldOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		alice := start(t, url).as("alice", incident.RoleContributor)
		created := alice.define(t, "create*", "Webhook", object{"webhook": kinds[2].input("W")})
		id, first := mustID(t, created, "thing", "id"), mustID(t, created, "secret")
		rotate := object{"id": id, "clientMutationId": "rotate"}
		rotated := alice.define(t, "rotate*Secret", "Webhook", rotate)
		second := mustID(t, rotated, "secret")
		if first == second || !strings.HasPrefix(second, "whsec_") || at(rotated, "thing", "secretVersion") != 2.0 {
			t.Errorf("rotated: %v", rotated)
		}
		if again := alice.define(t, "rotate*Secret", "Webhook", rotate); again["secret"] != nil || again["replayed"] != true {
			t.Errorf("rotated again: %v", again)
		}
		if p := alice.define(t, "rotate*Secret", "Webhook", object{"id": id, "expectedVersion": 1}); p["secret"] != nil || at(p, "errors", 0, "__typename") != "ConflictError" {
			t.Errorf("refused: %v", p)
		}
		all := fmt.Sprint(alice.must(t, `query($id: ID!) { auditEvents { nodes { changes { field from to } } } node(id: $id) { ... on Webhook { name url history { nodes { changes { field from to } } } } } }`, object{"id": id}))
		for _, secret := range []string{first, second} {
			if strings.Contains(all, strings.TrimPrefix(secret, "whsec_")) || strings.Contains(logged.String(), secret) {
				t.Error("a secret is told again")
			}
		}
	})
}

// Every filter of rules chooses what it says.
func TestRuleFilters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		alice := start(t, url).as("alice", incident.RoleContributor)
		p, w := alice.mustDefine(t, "Playbook", kinds[0].input("P")), alice.mustDefine(t, "Webhook", kinds[2].input("W"))
		rule := func(name, trigger string, more object, actions ...object) {
			alice.mustDefine(t, "Rule", with(object{"name": name, "trigger": trigger, "actions": actions}, more))
		}
		rule("Phishing", "INCIDENT_CREATED", object{"order": 3}, object{"applyPlaybook": object{"playbookId": p}}, object{"setSeverity": "HIGH"})
		rule("Überfällig", "TASK_OVERDUE", object{"order": 1, "enabled": false}, object{"callWebhook": object{"webhookId": w}})
		rule("Skipped", "TASK_SKIPPED", object{"order": 2, "description": "Asks about PHISHING"}, object{"addLabels": []string{"l"}})
		for _, test := range []struct {
			filter object
			want   []string
		}{
			{nil, []string{"Überfällig", "Skipped", "Phishing"}},
			{object{}, []string{"Überfällig", "Skipped", "Phishing"}},
			{object{"trigger": []string{"TASK_OVERDUE", "TASK_SKIPPED"}}, []string{"Überfällig", "Skipped"}},
			{object{"trigger": []string{}}, nil},
			{object{"action": []string{"SET_SEVERITY", "CALL_WEBHOOK"}}, []string{"Überfällig", "Phishing"}},
			{object{"action": []string{"SET_OWNER"}}, nil},
			{object{"enabled": false}, []string{"Überfällig"}},
			{object{"enabled": true}, []string{"Skipped", "Phishing"}},
			{object{"playbookId": p}, []string{"Phishing"}},
			{object{"playbookId": w}, nil},
			{object{"webhookId": w}, []string{"Überfällig"}},
			{object{"search": "phish"}, []string{"Skipped", "Phishing"}},
			{object{"search": "ÜBERFÄLLIG"}, []string{"Überfällig"}},
			{object{"search": "phish", "trigger": []string{"INCIDENT_CREATED"}, "enabled": true}, []string{"Phishing"}},
			{object{"search": "%"}, nil},
		} {
			data := alice.must(t, `query($f: RuleFilter) { rules(filter: $f) { totalCount nodes { name } } }`, object{"f": test.filter})
			var got []string
			for n := range at(data, "rules", "nodes").([]any) {
				got = append(got, at(data, "rules", "nodes", n, "name").(string))
			}
			if !slices.Equal(got, test.want) || at(data, "rules", "totalCount") != float64(len(test.want)) {
				t.Errorf("%v: got %v, want %v", test.filter, data, test.want)
			}
		}
		data := alice.must(t, `{ playbooks(search: "p") { nodes { name rules { name } } } none: playbooks(search: "x") { totalCount } }`, nil)
		if fmt.Sprint(data) != "map[none:map[totalCount:0] playbooks:map[nodes:[map[name:P rules:[map[name:Phishing]]]]]]" {
			t.Errorf("playbooks: %v", data)
		}
	})
}

package graph_test

import (
	"fmt"
	"testing"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// pages are what frontends ask for, with everything reached through edges. The
// number behind each is how many SQL statements it takes at most, however many
// rows. One is saved where the task list is read before the history, whose
// tasks are then known.
var pages = []struct {
	name, document string
	want           int64
	automated      bool // over what defineFifty makes
}{
	{"incidents with tasks, progress and last events", `query($n: Int!) {
		incidents(first: $n) { totalCount edges { node {
			number owner { name } createdBy { name } progress { completed total }
			tasks(first: 20) { totalCount edges { node { title rank overdue assignee { name } incident { number } } } }
			history(last: 5) { totalCount edges { node { position actor { name } incident { number } task { title } } } }
		} } } }`, 10, false},
	{"tasks with their incidents", `query($n: Int!) {
		tasks(first: $n) { edges { node { title rank createdBy { name } incident { number progress { open } } history(last: 2) { nodes { position } } } } } }`, 6, false},
	{"events with what they are about", `query($n: Int!) {
		auditEvents(first: $n) { edges { node { position actor { name } incident { title } task { title rank } } } } }`, 4, false},
	{"playbooks with steps, rules and actors", `query($n: Int!) {
		playbooks(first: $n) { totalCount edges { node {
			name createdBy { name } updatedBy { name } steps { key title assignee { name } } rules { name actions { kind } }
			history(last: 5) { totalCount edges { node { position actor { name } action } } } } } } }`, 5, true},
	{"rules with actions, playbooks, actors and last events", `query($n: Int!) {
		rules(first: $n) { totalCount edges { node {
			name createdBy { name } updatedBy { name } condition { property { values } }
			actions { kind addTask { title assignee { name } } setOwner { owner { name } } callWebhook { webhook { name createdBy { name } } }
				applyPlaybook { playbook { name createdBy { name } steps { title assignee { name } } rules { name } } } }
			history(last: 5) { totalCount nodes { position actor { name } action } } } } } }`, 5, true},
	{"what automation did, and why", `query($n: Int!) {
		auditEvents(last: $n) { nodes { position causedBy cause { position action actor { name } incident { title } } automation { definitionId version } actor { name } task { title origin { name } } } } }`, 4, true},
}

func TestStatementsDoNotGrowWithThePage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice, defined := s.as("alice"), false
		for n := range 50 {
			owner := mustID(t, s.as(fmt.Sprint("owner ", n)).must(t, `{ viewer { actor { id } } }`, nil), "viewer", "actor", "id")
			id := alice.newIncident(t, fmt.Sprint("incident ", n))
			alice.must(t, `mutation($i: ID!, $o: ID) { updateIncident(input: {id: $i, ownerId: $o}) { errors { message } } }`, object{"i": id, "o": owner})
			for m := range 3 {
				alice.must(t, `mutation($i: ID!, $t: String!, $o: ID) { addTask(input: {incidentId: $i, title: $t, assigneeId: $o}) { errors { message } } }`,
					object{"i": id, "t": fmt.Sprint("task ", m), "o": owner})
			}
		}
		for _, page := range pages {
			if page.automated && !defined {
				s.defineFifty(t)
				defined = true
			}
			t.Run(page.name, func(t *testing.T) {
				count := func(n int) int64 { return s.made(func() { alice.must(t, page.document, object{"n": n}) }) }
				few, many := count(5), count(50)
				t.Logf("%d statements for 5 rows, %d for 50", few, many)
				if few > page.want || many > page.want {
					t.Errorf("got %d statements for 5 rows and %d for 50, want at most %d", few, many, page.want)
				}
			})
		}
		t.Run("nodes by id", func(t *testing.T) {
			data := alice.must(t, `{ incidents(first: 50) { nodes { id tasks(first: 1) { nodes { id } } } } }`, nil)
			var ids []string
			for n := range 50 {
				ids = append(ids, mustID(t, data, "incidents", "nodes", n, "id"), mustID(t, data, "incidents", "nodes", n, "tasks", "nodes", 0, "id"))
			}
			got := s.made(func() {
				alice.must(t, `query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Task { incident { number } } } }`, object{"ids": ids})
			})
			if got != 2 {
				t.Errorf("got %d statements for 100 nodes, want 2", got)
			}
		})
	})
}

// made is how many statements the requests in f take.
func (s *server) made(f func()) int64 {
	before := s.statements.Load()
	f()
	return s.statements.Load() - before
}

// defineFifty defines 50 playbooks and 50 rules that apply them, all with
// actors of their own, and lets each rule act once.
func (s *server) defineFifty(t *testing.T) {
	t.Helper()
	for n := range 50 {
		author := s.as(fmt.Sprint("author ", n), incident.RoleContributor)
		var actors []string
		for m := range 4 {
			actors = append(actors, mustID(t, s.as(fmt.Sprint("doer ", n, m)).must(t, `{ viewer { actor { id } } }`, nil), "viewer", "actor", "id"))
		}
		name := fmt.Sprint("N", n)
		p := author.mustDefine(t, "Playbook", object{"name": name, "steps": []object{{"title": "a", "assigneeId": actors[0]}, {"title": "b", "assigneeId": actors[1]}}})
		w := author.mustDefine(t, "Webhook", object{"name": name, "url": "https://example.com/"})
		r := author.mustDefine(t, "Rule", object{
			"name": name, "trigger": "INCIDENT_CREATED", "condition": object{"property": object{"property": "INCIDENT_TITLE", "operator": "EQUALS", "values": []string{name}}},
			"actions": []object{{"addTask": object{"title": "c", "assigneeId": actors[2]}}, {"setOwner": object{"ownerId": actors[3]}}, {"callWebhook": object{"webhookId": w}}, {"applyPlaybook": object{"playbookId": p}}},
		})
		for order := range 6 {
			author.define(t, "update*", "Rule", object{"id": r, "order": 100 + order})
			author.define(t, "update*", "Playbook", object{"id": p, "description": fmt.Sprint(order)})
		}
		author.newIncident(t, name)
	}
}

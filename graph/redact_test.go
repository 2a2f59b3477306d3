package graph_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

const redactMutation = `mutation($p: Position!, $k: String) { redactEvent(input: {position: $p, reason: "not to be kept", clientMutationId: $k}) {
	redactedEvent { position redacted } event { position action subjectId subjectVersion incident { id } task { id } changes { field from to } }
	replayed clientMutationId errors { message code path } } }`

// redact redacts an event and returns the payload.
func (s *server) redact(t testing.TB, position int, key any) object {
	t.Helper()
	p, _ := s.as("root", incident.RoleAdmin).must(t, redactMutation, object{"p": position, "k": key})["redactEvent"].(object)
	return p
}

// What an event shows when it is redacted, in every list there is, and what the
// things it changed still show.
func TestRedactedEvent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice := s.as("alice")
		i := alice.newIncident(t, "I")
		id := alice.newTask(t, i, "T")
		alice.taskMutation(t, "startTask", id, `, reason: "because", clientMutationId: "m"`)
		const shown = `{ id position cursor recordedAt actor { id name kind email } action reason incident { title } task { title status } causedBy cause { id } automation { version }
			subjectId subjectVersion changes { field } clientMutationId hash previousHash redacted redaction { position reason actor { name } redacted redaction { id } } }`
		lists := func(filter string) []any {
			data := alice.must(t, `query($t: ID!, $i: ID!) { task(id: $t) { history { nodes `+shown+` } } incident(id: $i) { history `+filter+` { nodes `+shown+` } }
				auditEvents`+filter+` { nodes `+shown+` } node(id: "evt_3") { ... on AuditEvent `+shown+` } }`, object{"t": id, "i": i})
			return []any{
				at(data, "task", "history", "nodes", 1), at(data, "incident", "history", "nodes", 2), at(data, "auditEvents", "nodes", 2), data["node"],
			}
		}
		before := lists("")[3].(object)
		if before["redacted"] != false || before["redaction"] != nil || before["reason"] != "because" {
			t.Fatalf("before: %v", before)
		}
		p := s.redact(t, 3, "k")
		if at(p, "redactedEvent", "redacted") != true || at(p, "event", "subjectId") != "evt_3" || at(p, "event", "incident", "id") != i || at(p, "event", "task") != nil ||
			fmt.Sprint(at(p, "event", "changes")) != "[map[field:payload from:[status] to:<nil>]]" {
			t.Errorf("the answer is %v", p)
		}
		if again := s.redact(t, 3, "k"); again["replayed"] != true || at(again, "event", "position") != at(p, "event", "position") || at(again, "redactedEvent", "redacted") != true {
			t.Errorf("the same again: %v", again)
		}
		if again := s.redact(t, 3, nil); again["event"] != nil || at(again, "redactedEvent", "position") != 3.0 {
			t.Errorf("once more: %v", again)
		}
		want := object{
			"reason": nil, "causedBy": nil, "cause": nil, "automation": nil, "changes": []any{}, "redacted": true,
			"redaction": object{"position": 4.0, "reason": "not to be kept", "actor": object{"name": "root"}, "redacted": false, "redaction": nil},
		}
		for n, event := range lists("") {
			for field, was := range before {
				expected, other := want[field]
				if !other {
					expected = was
				}
				if got := event.(object)[field]; fmt.Sprint(got) != fmt.Sprint(expected) {
					t.Errorf("list %d: %s is %v, want %v", n, field, got, expected)
				}
			}
		}
		for fields, want := range map[string]int{"status": 2, "payload": 1} { // the creations of incident and task set one
			data := alice.must(t, `query($f: [String!]) { auditEvents(filter: {fields: $f}) { totalCount nodes { position } } }`, object{"f": []string{fields}})
			if got := at(data, "auditEvents", "totalCount"); got != float64(want) {
				t.Errorf("%s changed in %v events, want %d", fields, got, want)
			}
		}
		// Whose name was never known has its id for one.
		if _, err := dbtest.Raw(t, url).ExecContext(t.Context(), "UPDATE actors SET name = 'renamed', search = 'renamed' WHERE name = 'alice'"); err != nil {
			t.Fatal(err)
		}
		if got := at(lists("")[3], "actor", "name"); got != "renamed" {
			t.Errorf("the actor is called %v, want as it is called now", got)
		}
		again := alice.must(t, `mutation($t: ID!) { startTask(input: {id: $t, reason: "because", clientMutationId: "m"}) { replayed task { status title version } event { redacted } errors { code } } }`, object{"t": id})
		if got := fmt.Sprint(again["startTask"]); got != "map[errors:[] event:map[redacted:true] replayed:true task:map[status:IN_PROGRESS title:T version:2]]" {
			t.Errorf("the mutation again: %s", got)
		}
	})
}

// Twenty subscribers are in the middle of the stream when events before and
// behind them are redacted through another server: none misses an event, and
// whoever comes afterwards sees nothing of what was removed, though it had been
// rendered.
func TestRedactUnderSubscribers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		const events, middle = 60, 20
		for n := range events {
			s.as("alice").newIncident(t, fmt.Sprint("tell-tale ", n+1))
		}
		other := start(t, url) // which redacts
		redacted := map[int]bool{1: true, middle: true, middle + 1: true, 40: true, events: true}
		const document = `subscription { auditEvents(fromStart: true) { position cursor redacted reason changes { to } redaction { action } } }`
		var reached, done sync.WaitGroup
		goOn := make(chan struct{})
		reached.Add(20)
		for n := range 20 {
			over := transports[[]string{"websocket", "sse"}[n%2]]
			done.Go(func() {
				seen := 0
				end := over(s.as("watcher"), t.Context(), document, nil, func(event object) error {
					seen++
					if event["position"] != float64(seen) {
						return fmt.Errorf("event %v came as number %d", event, seen)
					}
					if (event["redacted"] == true) != (len(event["changes"].([]any)) == 0) || (event["redacted"] == true) != (event["redaction"] != nil) {
						return fmt.Errorf("redacted in part: %v", event)
					}
					switch seen {
					case middle:
						reached.Done()
						<-goOn
					case events + len(redacted):
						return errStop
					}
					return nil
				})
				if !errors.Is(end.err, errStop) {
					t.Errorf("subscriber %d ended with %+v", n, end)
				}
			})
		}
		reached.Wait()
		for position := range redacted {
			other.redact(t, position, nil)
			for changed := s.store.Log().Changed(); !s.store.Log().Redacted(int64(position)); changed = s.store.Log().Changed() {
				<-changed // until this server has heard of it
			}
		}
		var got []object
		end := s.as("watcher").overWebSocket(t.Context(), document, nil, take(events, &got))
		for n, event := range got {
			if event["redacted"] != redacted[n+1] {
				t.Errorf("afterwards: %v, %+v", event, end)
			}
		}
		close(goOn)
		done.Wait()
		if len(got) != events {
			t.Errorf("afterwards %d events came, want %d", len(got), events)
		}
	})
}

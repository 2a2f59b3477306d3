package graph_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// wholeEvent is everything that an event shows.
const wholeEvent = `{ id position cursor recordedAt actor { id name kind email } action reason
	incident { id title version } task { id title version } subjectId subjectVersion
	changes { field from to } requestId clientMutationId hash previousHash }`

// Through every filter, on both transports, come the events that the list of
// the same filter holds, with the same in all their fields.
func TestSubscribe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice, reader := s.as("alice"), s.as("rob", incident.RoleReader)
		other := s.as("bob").newIncident(t, "another")
		i := alice.newIncident(t, "I")
		id := alice.newTask(t, i, "T")
		started := alice.taskMutation(t, "startTask", id, `, reason: "because", clientMutationId: "m"`)
		s.as("bob").newTask(t, other, "another")
		completed := alice.taskMutation(t, "completeTask", id, "")
		me := mustID(t, alice.must(t, `{ viewer { actor { id } } }`, nil), "viewer", "actor", "id")

		tests := []struct {
			name   string
			filter object
			want   []int
		}{
			{"none", nil, []int{1, 2, 3, 4, 5, 6}},
			{"incident", object{"incidentId": i}, []int{2, 3, 4, 6}},
			{"task", object{"taskId": id}, []int{3, 4, 6}},
			{"actor", object{"actorId": me}, []int{2, 3, 4, 6}},
			{"kind", object{"actorKind": []string{"USER", "SYSTEM"}}, []int{1, 2, 3, 4, 5, 6}},
			{"actions", object{"actions": []string{"TASK_STARTED", "INCIDENT_CREATED"}}, []int{1, 2, 4}},
			{"fields", object{"fields": []string{"completedAt", "severity"}}, []int{1, 2, 6}},
			{"since", object{"since": at(started, "event", "recordedAt")}, []int{4, 5, 6}},
			{"until", object{"until": at(completed, "event", "recordedAt")}, []int{1, 2, 3, 4, 5}},
			{"several", object{"taskId": id, "fields": []string{"status"}, "since": at(started, "event", "recordedAt")}, []int{4, 6}},
		}
		// That an event does not come cannot be waited for: this asks the filter.
		all, err := s.store.Log().Read(t.Context(), 0, 6)
		if err != nil {
			t.Fatal(err)
		}
		until := &incident.AuditEventFilter{Until: &all[5].RecordedAt}
		if until.Matches(all[5]) || !until.Matches(all[4]) {
			t.Error("until is not exclusive")
		}
		eachTransport(t, func(t *testing.T, over subscribe) {
			for _, test := range tests {
				list := at(reader.must(t, `query($filter: AuditEventFilter) { auditEvents(filter: $filter) { nodes `+wholeEvent+` } }`,
					object{"filter": test.filter}), "auditEvents", "nodes").([]any)
				var got []object
				end := over(reader, t.Context(), `subscription($filter: AuditEventFilter) { auditEvents(filter: $filter, fromStart: true) `+wholeEvent+` }`,
					object{"filter": test.filter}, take(len(test.want), &got))
				if !errors.Is(end.err, errStop) || !slices.Equal(positions(got), test.want) {
					t.Errorf("%s: got %v and the end %+v, want %v", test.name, positions(got), end, test.want)
				}
				if len(list) != len(got) {
					t.Fatalf("%s: the list has %d events, the stream %d", test.name, len(list), len(got))
				}
				for n, event := range got {
					if !reflect.DeepEqual(any(event), list[n]) {
						t.Errorf("%s: got  %v\nwant %v", test.name, event, list[n])
					}
				}
			}
			var got []object
			end := over(reader, t.Context(), feed, object{"after": at(started, "event", "cursor")}, take(2, &got))
			if !slices.Equal(positions(got), []int{5, 6}) {
				t.Errorf("behind the receipt of a change: got %v and the end %+v", positions(got), end)
			}
		})
	})
}

// From now on means: nothing that was there, everything that comes.
func TestSubscribeFromNow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		alice := s.as("alice")
		alice.newIncident(t, "before")
		eachTransport(t, func(t *testing.T, over subscribe) {
			var got []object
			done := make(chan stream)
			go func() { done <- over(alice, t.Context(), feed, nil, take(5, &got)) }()
			first := int(at(alice.must(t, `{ auditHead { position } }`, nil), "auditHead", "position").(float64)) + 1
			// Whether it has begun cannot be seen from outside, so changes are
			// made until it has what it wants.
			for {
				alice.newIncident(t, "after")
				select {
				case end := <-done:
					list := positions(got)
					if !errors.Is(end.err, errStop) || list[0] < first || list[4]-list[0] != 4 || !slices.IsSorted(list) {
						t.Errorf("got %v, %+v, want five in a row, the first not before %d", list, end, first)
					}
					return
				default:
				}
			}
		})
	})
}

// When the token runs out, sockets are closed with 4403 and streams end with
// UNAUTHENTICATED.
func TestExpiry(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	soon := client{url: s.URL, token: "alice:READER:" + time.Now().Add(time.Second).UTC().Format(time.RFC3339Nano)}
	done := make(chan stream)
	go func() { done <- soon.overSSE(t.Context(), feed, nil, "", nothing) }()
	if end := soon.overWebSocket(t.Context(), feed, nil, nothing); !closedWith(end.err, 4403, "Token expired") {
		t.Errorf("the socket ended with %+v, want 4403 Token expired", end)
	}
	if end := <-done; end.code != "UNAUTHENTICATED" || !end.final {
		t.Errorf("the stream ended with %+v, want UNAUTHENTICATED and that it is complete", end)
	}
}

// A server that stops sends everybody to another one: sockets with 1012, which
// clients take for "come back", streams by ending without complete.
func TestDrain(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	s.as("alice").newIncident(t, "1")
	ends := map[string]chan stream{}
	for name, over := range transports {
		ends[name] = make(chan stream, 1)
		seen := make(chan bool)
		go func() {
			ends[name] <- over(s.as("alice"), context.Background(), feed, object{"start": true}, func(object) error { close(seen); return nil })
		}()
		<-seen
	}
	s.stop()
	if end := <-ends["websocket"]; !closedWith(end.err, 1012, "Service restart") {
		t.Errorf("the socket ended with %+v, want 1012 Service restart", end)
	}
	if end := <-ends["sse"]; end.final || end.code != "" {
		t.Errorf("the stream ended with %+v, want that it is not complete", end)
	}
}

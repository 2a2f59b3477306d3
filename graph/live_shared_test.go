package graph_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// shapes are subscriptions that differ in what they show, or to whom. Filters
// and cursors in variables make no difference: each watcher has others.
var shapes = []struct {
	document  string
	variables object
	role      incident.Role
	shows     string // of an event of an incident of some title
}{
	{`subscription($f: AuditEventFilter, $after: String) { auditEvents(filter: $f, after: $after) { position cursor incident { title } } }`, nil, incident.RoleReader, "title:T"},
	{`subscription($f: AuditEventFilter, $after: String) { auditEvents(filter: $f, after: $after) { position cursor incident { title } } }`, nil, incident.RoleAuditor, "title:T"},
	{`subscription($f: AuditEventFilter, $after: String) { auditEvents(filter: $f, after: $after) { position cursor incident { name: title } } }`, nil, incident.RoleReader, "name:T"},
	{`subscription($f: AuditEventFilter, $after: String, $x: Boolean!) { auditEvents(filter: $f, after: $after) { position cursor incident { title severity @include(if: $x) } } }`, object{"x": true}, incident.RoleReader, "severity:LOW title:T"},
	{`subscription($f: AuditEventFilter, $after: String, $x: Boolean!) { auditEvents(filter: $f, after: $after) { position cursor incident { title severity @include(if: $x) } } }`, object{"x": false}, incident.RoleReader, "title:T"},
}

// Two hundred who watch five shapes cost as much as five: what an event shows
// is read once for each shape.
func TestRenderedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		s.as("alice").newIncident(t, "first")
		const events = 20
		alone := s.watched(t, events, 0)
		few := s.watched(t, events, 1) - alone
		many := s.watched(t, events, 200/len(shapes)) - alone
		t.Logf("%d events: %d statements to write them, %d more to show them to %d watchers, %d to 200",
			events, alone, few, len(shapes), many)
		if want := int64(events * len(shapes)); few < want {
			t.Errorf("got %d statements for %d shapes, want %d: some share what differs", few, len(shapes), want)
		}
		// A rendering is kept for a second; those who come later, on a busy
		// machine, make it anew. One by one it would be forty times as many.
		if many > 5*few {
			t.Errorf("got %d statements for 200 watchers, want about the %d for %d", many, few, len(shapes))
		}
	})
}

// watched returns how many statements it takes to write events, one after the
// other, while some watchers of each shape see them.
func (s *server) watched(t *testing.T, events, watchers int) int64 {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var began, done, ended sync.WaitGroup
	cursor := s.as("alice").cursor(t)
	s.as("alice").newIncident(t, "the first that each of them sees")
	for n := range watchers * len(shapes) {
		shape, over := shapes[n%len(shapes)], transports[[]string{"websocket", "sse"}[n/len(shapes)%2]]
		variables := object{"after": cursor, "f": object{"until": fmt.Sprintf("%d-01-01T00:00:00Z", 3000+n)}}
		for name, value := range shape.variables {
			variables[name] = value
		}
		began.Add(1)
		done.Add(1)
		ended.Go(func() {
			seen := 0
			over(s.as("watcher", shape.role), ctx, shape.document, variables, func(event object) error {
				switch seen++; seen {
				case 1:
					began.Done()
				case events + 1:
					done.Done()
				}
				shown := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(event["incident"]), "map["), "]")
				if title := fmt.Sprintf("T%d", seen-2); seen > 1 && shown != strings.Replace(shape.shows, ":T", ":"+title, 1) {
					t.Errorf("shape %d: got %s, want %s of %s", n%len(shapes), shown, shape.shows, title)
				}
				return nil
			})
		})
	}
	began.Wait()
	before := s.statements.Load()
	for n := range events {
		s.as("alice").newIncident(t, fmt.Sprint("T", n))
	}
	done.Wait()
	took := s.statements.Load() - before
	stop()
	ended.Wait()
	return took
}

// What cannot be shown to one is that one's trouble alone, and for as long as
// it lasts.
func TestFailingSubscriberHarmsNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := start(t, url)
		for n := range 3 {
			s.as("alice").newIncident(t, fmt.Sprint(n))
		}
		const plain, deep = `subscription { auditEvents(fromStart: true) { position cursor } }`,
			`subscription { auditEvents(fromStart: true) { position cursor incident { title } } }`
		rename := func(from, to string) {
			if _, err := dbtest.Raw(t, url).ExecContext(t.Context(), "ALTER TABLE "+from+" RENAME TO "+to); err != nil {
				t.Fatal(err)
			}
		}
		rename("incidents", "away")
		for range 3 {
			if end := s.as("bob").overWebSocket(t.Context(), deep, nil, nothing); end.code != "INTERNAL" {
				t.Errorf("got %+v, want INTERNAL", end)
			}
			var got []object
			if end := s.as("alice").overWebSocket(t.Context(), plain, nil, take(3, &got)); len(got) != 3 {
				t.Errorf("got %v, %+v", got, end)
			}
		}
		rename("away", "incidents")
		var got []object
		if end := s.as("bob").overWebSocket(t.Context(), deep, nil, take(3, &got)); len(got) != 3 || at(got[2], "incident", "title") != "2" {
			t.Errorf("afterwards: got %v, %+v", got, end)
		}
	})
}

// When subscribers leave, in whichever way, and the server stops, nothing of
// them stays.
func TestNothingIsLeftOfSubscribers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		here := goleak.IgnoreCurrent()
		s := start(t, url)
		s.as("alice").newIncident(t, "1")
		var work sync.WaitGroup
		for n := range 40 {
			over := transports[[]string{"websocket", "sse"}[n%2]]
			began := make(chan bool)
			work.Go(func() {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				over(s.as("watcher"), ctx, feed, object{"start": true}, func(object) error {
					close(began)
					switch n / 2 % 3 {
					case 0:
						return errStop
					case 1:
						cancel()
					}
					return nil // and the server ends it
				})
			})
			<-began
		}
		s.stop()
		work.Wait()
		goleak.VerifyNone(t, here)
	})
}

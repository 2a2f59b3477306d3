package graph_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"tasktrail/db/dbtest"
)

// A new server on the same database goes on where the old one ended.
func TestResumeAfterRestart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		eachTransport(t, func(t *testing.T, over subscribe) {
			s := start(t, url)
			var got []object
			variables := object{"after": s.as("alice").cursor(t)}
			head := int(at(s.as("alice").must(t, `{ auditHead { position } }`, nil), "auditHead", "position").(float64))
			var want []int
			for n := range 15 {
				want = append(want, head+1+n)
			}
			for life := range 3 {
				for n := range 5 {
					s.as("alice").newIncident(t, fmt.Sprint(life, n))
				}
				// The last life shows what is left, the others leave something behind.
				all := min(5*life+3, 15)
				if life == 2 {
					all = 15
				}
				if end := over(s.as("alice"), t.Context(), feed, variables, take(all, &got)); !errors.Is(end.err, errStop) {
					t.Fatalf("life %d: %+v", life, end)
				}
				variables = object{"after": got[len(got)-1]["cursor"]}
				s.stop()
				s = start(t, url)
			}
			s.stop()
			if !slices.Equal(positions(got), want) {
				t.Errorf("got %v, want %v", positions(got), want)
			}
		})
	})
}

// A browser's EventSource connects again with the same address and the last
// id. Wherever the document said to begin, it goes on behind that id.
func TestEventSourceResumes(t *testing.T) {
	s := start(t, dbtest.SQLite(t))
	alice := s.as("alice")
	for n := range 6 {
		alice.newIncident(t, fmt.Sprint(n))
	}
	first := at(alice.must(t, `{ auditEvents { nodes { cursor } } }`, nil), "auditEvents", "nodes", 0, "cursor")
	for name, document := range map[string]string{
		"from the start":  `subscription { auditEvents(fromStart: true) { position cursor } }`,
		"behind a cursor": fmt.Sprintf(`subscription { auditEvents(after: %q) { position cursor } }`, first),
		"with a variable": fmt.Sprintf(`subscription($after: String = %q) { auditEvents(after: $after) { position cursor } }`, first),
	} {
		var got []object
		alice.overEventSource(t.Context(), document, "", take(2, &got))
		from := positions(got)[0]
		want := []int{from, from + 1, from + 2, from + 3}
		end := alice.overEventSource(t.Context(), document, got[1]["cursor"].(string), take(4, &got))
		if !slices.Equal(positions(got), want) {
			t.Errorf("%s: got %v and the end %+v, want %v", name, positions(got), end, want)
		}
	}
	var got []object
	last := alice.cursor(t)
	alice.newIncident(t, "missed")
	end := alice.overEventSource(t.Context(), `subscription { auditEvents { position cursor } }`, last, take(1, &got))
	if !slices.Equal(positions(got), []int{7}) {
		t.Errorf("from now: got %v and the end %+v, want 7", positions(got), end)
	}
}

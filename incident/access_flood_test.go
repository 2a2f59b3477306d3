package incident_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// flood is how many attempts are refused, and of how many minutes.
const (
	floodAttempts = 100_000
	floodMinutes  = 4
)

// entries reads the whole access log, newest first.
func entries(t testing.TB, s *svc) []incident.AccessEntry {
	t.Helper()
	var all []incident.AccessEntry
	for q := (incident.AccessLogQuery{Page: incident.PageQuery{Limit: incident.MaxPage}}); ; {
		page, err := s.AccessLog(t.Context(), person("boss", incident.RoleAdmin), q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Items...)
		if !page.HasNext {
			return all
		}
		q.Page.After = page.Cursors[len(page.Cursors)-1]
	}
}

// However many attempts are refused, from however many addresses: the log grows
// by a bounded number of entries a minute, and their counts add up exactly.
func TestAccessLogFlood(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		now := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
		_, s := openAt(t, url, func() time.Time { return now })
		write := func() {
			t.Helper()
			if err := s.FlushAccessLog(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for n := range floodAttempts {
			if n%(floodAttempts/floodMinutes) == 0 && n > 0 {
				write()
				now = now.Add(time.Minute)
			}
			v := incident.Viewer{RequestID: fmt.Sprint("r", n)}
			switch n % 4 {
			case 0: // one address that hammers
				v.Address = "192.0.2.1"
			case 1: // many
				v.Address = fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)
			case 2: // one client with a network of its own
				v.Address = fmt.Sprintf("2001:db8::%x", n&0xffff)
			default:
				v.Actor = person(fmt.Sprint("mallory", n%50)).Actor
			}
			if v.Actor.ID != "" {
				s.NoteRefusal(v, incident.AccessOperation, incident.ReasonForbidden, []string{"Mutation.createRule"})
			} else {
				s.NoteRefusal(v, incident.AccessAuthentication, incident.ReasonInvalidToken, nil)
			}
		}
		write()
		counts, rows, single := map[incident.AccessReason]int{}, 0, 0
		network := 0
		for _, e := range entries(t, s) {
			rows++
			counts[*e.Reason] += e.Count
			if e.Count == 1 && e.RequestID != nil {
				single++
			}
			if e.Address != nil && *e.Address == "2001:db8::/64" {
				network += e.Count
			}
		}
		if most := floodMinutes * (100 + 256 + 2); rows > most || counts[incident.ReasonInvalidToken] != floodAttempts*3/4 || counts[incident.ReasonForbidden] != floodAttempts/4 {
			t.Errorf("%d entries, want at most %d; they stand for %v", rows, most, counts)
		}
		if single < 100 || single > floodMinutes*100 || network < floodAttempts/4-floodMinutes*10 {
			t.Errorf("%d written one by one, %d of one network", single, network)
		}
		t.Logf("%d refused attempts in %d minutes: %d entries, %d of them single; the counts add up", floodAttempts, floodMinutes, rows, single)
	})
}

// failing is a store whose access log cannot be written for now.
type failing struct {
	incident.Store
	err error
}

func (f *failing) RecordAccess(ctx context.Context, list []incident.AccessEntry) error {
	if f.err != nil {
		return f.err
	}
	return f.Store.RecordAccess(ctx, list)
}

// While the log cannot be written, what is sensitive is refused and changes
// nothing; everything else goes on, and is written when it works again, with
// nothing missing, however much that is.
func TestAccessLogFailsClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		store, good := open(t, url)
		event := mustHead(t, good, person("boss", incident.RoleAdmin))
		if _, err := good.CreateIncident(t.Context(), person("alice", incident.RoleResponder), incident.CreateIncidentInput{Title: "I", Severity: incident.SeverityLow}); err != nil {
			t.Fatal(err)
		}
		down := &failing{store, errors.New("inner text")}
		s := incident.New(down, nil)
		eve, boss := person("eve", incident.RoleAuditor), person("boss", incident.RoleAdmin)
		for name, do := range map[string]func() error{
			"export":      func() error { _, err := s.Export(t.Context(), eve, incident.ExportScope{Format: "csv"}); return err },
			"tree":        func() error { _, err := s.Tree(t.Context(), eve, incident.TreeRead{Subject: "tile"}); return err },
			"checkpoint":  func() error { _, err := s.AuditCheckpoint(t.Context(), eve, nil); return err },
			"proof":       func() error { _, err := s.AuditProof(t.Context(), eve, 1, nil); return err },
			"consistency": func() error { _, err := s.AuditConsistency(t.Context(), eve, 1, 1); return err },
			"redaction": func() error {
				_, err := s.RedactEvent(t.Context(), boss, incident.RedactEventInput{Common: incident.Common{Reason: text("r")}, Position: event + 1})
				return err
			},
		} {
			if err := do(); !errors.Is(err, incident.ErrNotRecorded) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		const operations = 6000 // more than may wait
		for range operations {
			s.NoteOperation(eve, func() []string { return []string{"Query.viewer"} })
		}
		for _, role := range incident.Roles {
			if role != incident.RoleAuditor {
				s.NoteOperation(person("other", role), func() []string { t.Errorf("an operation of %s is noted", role); return nil })
			}
		}
		for range 3 {
			if err := s.FlushAccessLog(t.Context()); err == nil {
				t.Error("the failure is not told")
			}
		}
		if e, err := store.EventsByPosition(t.Context(), []int64{event + 1}); err != nil || e[event+1] == nil || e[event+1].Redacted {
			t.Errorf("the event was redacted, or is not there: %v", err)
		}
		down.err = nil
		if err := s.FlushAccessLog(t.Context()); err != nil {
			t.Fatal(err)
		}
		sum, rows := 0, 0
		for _, e := range entries(t, s) {
			if e.Action != incident.AccessOperation || e.Outcome != incident.AccessAllowed || e.Actor == nil || e.Actor.ID != eve.Actor.ID {
				t.Errorf("got %+v", e)
			}
			sum, rows = sum+e.Count, rows+1
		}
		if sum != operations || rows != 4096+1 {
			t.Errorf("%d entries for %d operations, want 4097 for %d", rows, sum, operations)
		}
	})
}

// What is sensitive is in the log, with who and what, when the answer begins;
// what was refused is there too, once.
func TestAccessIsRecorded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		_, s := open(t, url)
		eve, mallory := person("eve", incident.RoleAuditor), person("mallory", incident.RoleReader)
		eve.RequestID, eve.Address = "r1", "192.0.2.7"
		x, err := s.Export(t.Context(), eve, incident.ExportScope{Format: "csv", Filters: []string{"actorId"}, After: 7})
		if err != nil {
			t.Fatal(err)
		}
		first := entries(t, s)
		if len(first) != 1 {
			t.Fatalf("%d entries when the export begins", len(first))
		}
		x.Ended(5, 20, false)
		if _, err := s.Tree(t.Context(), eve, incident.TreeRead{Subject: "entries", First: 1, Last: 256}); err != nil {
			t.Fatal(err)
		}
		_, err = s.Export(t.Context(), mallory, incident.ExportScope{Format: "jsonl"})
		if reason, recorded, ok := incident.RefusalOf(err); reason != incident.ReasonForbidden || !recorded || !ok || !errors.Is(err, incident.ErrForbidden) {
			t.Errorf("got %v, %q, %t, %t", err, reason, recorded, ok)
		}
		if _, err = s.Tree(t.Context(), incident.Viewer{Address: "192.0.2.8"}, incident.TreeRead{Subject: "checkpoint"}); !errors.Is(err, incident.ErrUnauthenticated) {
			t.Errorf("got %v", err)
		}
		if err := s.FlushAccessLog(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries(t, s) {
			show := func(p any) string {
				switch p := p.(type) {
				case *incident.Actor:
					if p != nil {
						return p.Name
					}
				case *string:
					if p != nil {
						return *p
					}
				case *int64:
					if p != nil {
						return fmt.Sprint(*p)
					}
				case *incident.AccessReason:
					if p != nil {
						return string(*p)
					}
				}
				return "-"
			}
			got = append(got, fmt.Sprint(e.Number, " ", e.Action, " ", e.Outcome, " ", show(e.Reason), " ", show(e.Actor), " ", show(e.Address), " ", show(e.RequestID), " ",
				e.Subjects, " ", show(e.FirstPosition), " ", show(e.LastPosition), " ", show(e.Events), " ", e.Count))
		}
		want := []string{
			"5 CHECKPOINT REFUSED NO_TOKEN - 192.0.2.8 - [checkpoint] - - - 1",
			"4 EXPORT REFUSED FORBIDDEN mallory - - [jsonl] 1 - - 1",
			"3 EXPORT_ENDED ALLOWED CUT_SHORT eve 192.0.2.7 r1 [csv actorId] 8 20 5 1",
			"2 PROOF ALLOWED - eve 192.0.2.7 r1 [entries] 1 256 - 1",
			"1 EXPORT ALLOWED - eve 192.0.2.7 r1 [csv actorId] 8 - - 1",
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got\n%q, want\n%q", got, want)
		}
	})
}

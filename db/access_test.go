package db_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// documented returns the statements of docs/access-log.md that remove entries,
// without those that begin and end the transaction.
func documented(t testing.TB, sqlite bool) []string {
	t.Helper()
	text, err := os.ReadFile("../docs/access-log.md")
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(string(text), "    BEGIN;\n") {
		sql, _, found := strings.Cut(block, "    COMMIT;\n")
		if !found || strings.Contains(sql, "DROP TRIGGER") != sqlite {
			continue
		}
		if sqlite { // one of them has a semicolon within
			drop, rest, _ := strings.Cut(sql, ";\n")
			remove, create, _ := strings.Cut(rest, ";\n")
			var lines []string
			for line := range strings.SplitSeq(strings.TrimSuffix(create, ";\n"), "\n") {
				lines = append(lines, strings.TrimPrefix(line, "    "))
			}
			return []string{drop, remove, strings.Join(lines, "\n")}
		}
		return strings.Split(strings.TrimSuffix(strings.TrimSpace(sql), ";"), ";\n")
	}
	t.Fatal("docs/access-log.md does not say how to remove entries")
	return nil
}

// Several servers that write at once give their entries numbers without a gap,
// those of one call one behind the other.
func TestAccessLogNumbers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		stores := []*db.Store{open(t, url, db.Options{}), open(t, url, db.Options{})}
		const writers, each = 8, 20
		var work errgroup.Group
		for w := range writers {
			work.Go(func() error {
				for n := range each {
					entries := make([]incident.AccessEntry, 1+n%3)
					for i := range entries {
						entries[i] = incident.AccessEntry{
							RecordedAt: time.Now(), Action: incident.AccessProof, Outcome: incident.AccessAllowed,
							Subjects: []string{fmt.Sprint(w), fmt.Sprint(n), fmt.Sprint(i)}, Count: 1,
						}
					}
					if err := stores[w%2].RecordAccess(t.Context(), entries); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := work.Wait(); err != nil {
			t.Fatal(err)
		}
		var all []incident.AccessEntry
		q := incident.AccessLogQuery{Page: incident.PageQuery{Limit: 100}}
		for more := true; more; {
			page, err := stores[0].AccessLog(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			all, more = append(all, page.Items...), page.HasNext
			q.Page.After = page.Cursors[len(page.Cursors)-1]
		}
		slices.Reverse(all)
		place := map[string]int64{}
		for n, e := range all {
			if e.Number != int64(n)+1 {
				t.Fatalf("entry %d has number %d", n+1, e.Number)
			}
			call := e.Subjects[0] + "," + e.Subjects[1]
			if before, ok := place[call]; ok && before+1 != e.Number {
				t.Errorf("call %s is torn apart at %d", call, e.Number)
			}
			place[call] = e.Number
		}
		if len(place) != writers*each {
			t.Errorf("%d calls, want %d", len(place), writers*each)
		}
		t.Logf("%d entries of %d calls by 2 servers, numbered without a gap", len(all), len(place))
	})
}

// Of those who share a transaction, one whose entry the database refuses is told
// so, and only that one.
func TestAccessLogSharedFailure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		const pairs = 30
		begin := make(chan struct{})
		var work sync.WaitGroup
		for n := range 2 * pairs {
			count := n % 2 // an entry for nothing is refused
			work.Go(func() {
				<-begin
				err := s.RecordAccess(t.Context(), []incident.AccessEntry{{RecordedAt: time.Now(), Action: incident.AccessProof, Outcome: incident.AccessAllowed, Count: count}})
				if (err == nil) != (count == 1) {
					t.Errorf("an entry that stands for %d: got %v", count, err)
				}
			})
		}
		close(begin)
		work.Wait()
		if got := len(accessLog(t, s)); got != pairs {
			t.Errorf("%d entries, want %d", got, pairs)
		}
	})
}

// A time that bounds the log chooses to the microsecond: since with it, until
// without.
func TestAccessLogBounds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		first := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
		second := first.Add(time.Microsecond)
		for _, at := range []time.Time{first, second} {
			if err := s.RecordAccess(t.Context(), []incident.AccessEntry{{RecordedAt: at, Action: incident.AccessProof, Outcome: incident.AccessAllowed, Count: 1}}); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			since, until *time.Time
			want         string
		}{
			{nil, nil, "[2 1]"}, {&first, nil, "[2 1]"}, {&second, nil, "[2]"}, {nil, &first, "[]"}, {nil, &second, "[1]"}, {&first, &second, "[1]"},
		} {
			f := incident.AccessLogFilter{Since: c.since, Until: c.until}
			page, err := s.AccessLog(t.Context(), incident.AccessLogQuery{Filter: f, Page: incident.PageQuery{Limit: 10}})
			if err != nil {
				t.Fatal(err)
			}
			numbers := []int64{}
			for _, e := range page.Items {
				numbers = append(numbers, e.Number)
			}
			if n, err := s.CountAccessLog(t.Context(), f); fmt.Sprint(numbers) != c.want || n != len(numbers) || err != nil {
				t.Errorf("since %v until %v: got %v, counted %d, %v; want %s", c.since, c.until, numbers, n, err, c.want)
			}
		}
	})
}

// An access that a failing database did not record is an error, whatever fails,
// and what is said to be recorded is there.
func TestAccessLogFaults(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		type mine struct{}
		f := &dbtest.Faults{Counts: func(ctx context.Context) bool { return ctx.Value(mine{}) != nil }}
		if _, err := db.Migrate(t.Context(), url); err != nil {
			t.Fatal(err)
		}
		s, err := db.Open(t.Context(), url, db.Options{Wrap: f.Wrap, Log: zerolog.Nop()})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		ctx, recorded, failed, more := context.WithValue(t.Context(), mine{}, true), 0, 0, 0
		for _, fault := range dbtest.FaultsOf(url) {
			for at := 1; ; at++ {
				before := len(accessLog(t, s))
				f.Arm(fault, at, at%2 == 0)
				err := s.RecordAccess(ctx, []incident.AccessEntry{{Action: incident.AccessExport, Outcome: incident.AccessAllowed, Count: 1}})
				calls := f.Disarm()
				after := len(accessLog(t, s))
				switch {
				case err == nil && after != before+1:
					t.Errorf("%s at %d: said to be recorded, %d entries more", fault.Name, at, after-before)
				case err == nil:
					recorded++
				case after > before:
					more++
				default:
					failed++
				}
				if calls < at {
					break
				}
			}
		}
		t.Logf("%d recorded, %d refused, %d refused although recorded", recorded, failed, more)
		if recorded == 0 || failed == 0 {
			t.Error("the faults came all to the same")
		}
	})
}

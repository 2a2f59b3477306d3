package db_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// held is a store whose writer is kept busy, so that what is asked for
// meanwhile becomes one batch.
func held(t *testing.T, s *db.Store) (release func()) {
	t.Helper()
	busy, free := make(chan struct{}), make(chan struct{})
	var once sync.Once
	go func() {
		_ = s.Update(context.Background(), incident.Needs{}, func(incident.Tx) error {
			once.Do(func() { close(busy) })
			<-free
			return nil
		})
	}()
	<-busy
	return sync.OnceFunc(func() { close(free) })
}

// stoppable opens a store for tests that end it themselves, and see how.
func stoppable(t *testing.T, url string, log zerolog.Logger) (s *db.Store, stop func(), ended <-chan error) {
	t.Helper()
	if _, err := db.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	s, err := db.Open(t.Context(), url, db.Options{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	ctx, stop := context.WithCancel(t.Context())
	end := make(chan error, 1)
	go func() { end <- s.Run(ctx) }()
	return s, stop, end
}

// In a batch, a change that panics, one that is refused and one that the
// database refuses fail alone.
func TestPoisonFailsAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		service, v := incident.New(s, nil), person("alice")
		if err := service.Admit(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		release := held(t, s)
		defer release()
		errRule := errors.New("a rule says no")
		var work sync.WaitGroup
		results := map[string]error{}
		var mu sync.Mutex
		waiting := make(chan struct{}, 100)
		update := func(name string, change func(incident.Tx) error) {
			work.Go(func() {
				waiting <- struct{}{}
				err := s.Update(t.Context(), incident.Needs{}, change)
				mu.Lock()
				defer mu.Unlock()
				results[name] = err
			})
		}
		update("panics", func(incident.Tx) error { panic("secret of a user") })
		update("refused", func(incident.Tx) error { return errRule })
		update("poison", func(tx incident.Tx) error {
			// An actor that nobody has made known: the foreign key refuses it.
			i := incident.Incident{ID: "inc_poison", Number: 7, Title: "x", Severity: incident.SeverityLow, Status: incident.IncidentNew, CreatedByID: "act_none", UpdatedByID: "act_none", Version: 1, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
			tx.SaveIncident(i, event(tx, i))
			return nil
		})
		const good = 20
		for n := range good {
			work.Go(func() {
				waiting <- struct{}{}
				p, err := service.CreateIncident(t.Context(), v, incident.CreateIncidentInput{Title: fmt.Sprint(n), Severity: incident.SeverityLow})
				if err != nil || p.Event == nil {
					t.Errorf("a good change: %v, %+v", err, p)
				}
			})
		}
		for range good + 3 {
			<-waiting
		}
		release()
		work.Wait()
		if err := results["panics"]; err == nil {
			t.Error("the panic was swallowed")
		}
		if err := results["refused"]; !errors.Is(err, errRule) {
			t.Errorf("the refused change: got %v", err)
		}
		if err := results["poison"]; err == nil {
			t.Error("the poisonous change was accepted")
		}
		if got := verify(t, s); got.Head.Position != good || got.Incidents != good {
			t.Errorf("got %+v, want %d incidents", got, good)
		}
	})
}

// A caller that has left before its change is begun has no effect.
func TestCancelledBeforeBegun(t *testing.T) {
	s := open(t, dbtest.SQLite(t), db.Options{})
	release := held(t, s)
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	begun := make(chan struct{})
	result := make(chan error)
	go func() {
		close(begun)
		result <- s.Update(ctx, incident.Needs{}, func(incident.Tx) error {
			t.Error("the change was carried out")
			return nil
		})
	}()
	<-begun
	cancel()
	release()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// What waits when the store is told to stop is carried out; what comes later is
// refused.
func TestStop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s, stop, ended := stoppable(t, url, zerolog.Nop())
		service, v := incident.New(s, nil), person("alice")
		if err := service.Admit(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		release := held(t, s)
		var done, refused sync.Map
		var work sync.WaitGroup
		for n := range 50 {
			work.Go(func() {
				p, err := service.CreateIncident(t.Context(), v, incident.CreateIncidentInput{Title: fmt.Sprint(n), Severity: incident.SeverityLow})
				switch {
				case errors.Is(err, db.ErrStopped):
					refused.Store(n, true)
				case err != nil:
					t.Error(err)
				default:
					done.Store(p.Event.Position, true)
				}
			})
		}
		stop()
		release()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		work.Wait()
		if err := s.Update(t.Context(), incident.Needs{}, func(incident.Tx) error { return nil }); !errors.Is(err, db.ErrStopped) {
			t.Errorf("after the end: got %v", err)
		}
		count := func(m *sync.Map) (n int64) {
			m.Range(func(any, any) bool { n++; return true })
			return n
		}
		if got := verify(t, s); got.Head.Position != count(&done) || count(&done)+count(&refused) != 50 {
			t.Errorf("%d events, %d acknowledged, %d refused", got.Head.Position, count(&done), count(&refused))
		}
	})
}

// A log line about a failed batch holds no value of a user.
func TestFailedBatchIsLoggedWithoutValues(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		var log strings.Builder
		s, stop, ended := stoppable(t, url, zerolog.New(&log))
		release := held(t, s)
		var work, asked sync.WaitGroup
		for n := range 2 {
			asked.Add(1)
			work.Go(func() {
				asked.Done()
				err := s.Update(t.Context(), incident.Needs{}, func(tx incident.Tx) error {
					i := incident.Incident{ID: fmt.Sprint("inc_", n), Number: 1, Title: "tell-tale", Severity: incident.SeverityLow, Status: incident.IncidentNew, CreatedByID: "act_none", UpdatedByID: "act_none", Version: 1, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
					tx.SaveIncident(i, event(tx, i))
					return nil
				})
				if err == nil {
					t.Error("the change was accepted")
				}
			})
		}
		asked.Wait()
		release()
		work.Wait()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if strings.Contains(log.String(), "tell-tale") || strings.Contains(log.String(), "act_none") {
			t.Errorf("the log holds values: %s", &log)
		}
	})
}

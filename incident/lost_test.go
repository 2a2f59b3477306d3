package incident_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

const (
	lostClients = 8
	lostTasks   = 20
)

// lostOperations is how many operations there are in all, on one engine. SQLite
// is Go code here, and several times slower under the race detector.
func lostOperations(url string) int {
	switch {
	case os.Getenv("TASKTRAIL_SOAK") != "":
		return 250_000
	case strings.HasPrefix(url, "sqlite:"):
		return 600
	}
	return 2_000
}

// writer is one of the clients: it counts in the titles of tasks, by the version
// it has read, and overwrites descriptions whatever they are.
type writer struct {
	service  *incident.Service
	viewer   incident.Viewer
	careless bool // counts without saying which version it has read

	counted  map[string]int // by task, of what was acknowledged
	versions map[int64]int  // that a count had read, by position of its event
	events   []*audit.Event // acknowledged
	refused  int            // for a conflict
	nothing  int            // was the same already
}

func (w *writer) work(t *testing.T, store incident.Reader, ids []string, operations int, seed uint64) error {
	r := rand.New(rand.NewPCG(10, seed))
	for n := range operations {
		id := ids[r.IntN(len(ids))]
		in := incident.UpdateTaskInput{ID: id}
		read := 0
		if counts := r.IntN(2) == 0; counts {
			found, err := store.TasksByID(t.Context(), []string{id})
			if err != nil {
				return err
			}
			count, err := strconv.Atoi(found[id].Title)
			if err != nil {
				return err
			}
			title := strconv.Itoa(count + 1)
			in.Title = incident.Optional[*string]{Set: true, Value: &title}
			if read = found[id].Version; !w.careless {
				in.ExpectedVersion = &read
			}
		} else {
			text := fmt.Sprint(w.viewer.Actor.Name, " ", n/4) // the same four times
			in.Description = incident.Optional[*string]{Set: true, Value: &text}
		}
		p, err := w.service.UpdateTask(t.Context(), w.viewer, in)
		switch {
		case err != nil:
			return err
		case len(p.Errors) > 0:
			if p.Errors[0].Code() != incident.CodeConflict {
				return p.Errors[0]
			}
			w.refused++
		case p.Event == nil:
			w.nothing++
		default:
			w.events = append(w.events, p.Event)
			if read > 0 {
				w.counted[id]++
				w.versions[p.Event.Position] = read
			}
		}
	}
	return nil
}

var errLostUpdate = errors.New("an update was lost")

// checkLost reads the history of the trail: what was acknowledged is in it, as
// the one event of its version, directly behind the version its writer had read;
// each value goes on from the one before; and every count is there.
func checkLost(history []*audit.Event, writers []*writer, current map[string]incident.Task) error {
	type version struct {
		id string
		n  int64
	}
	byPosition, seen, last := map[int64]*audit.Event{}, map[version]bool{}, map[string]map[string]string{}
	for _, e := range history {
		byPosition[e.Position] = e
		v := version{e.SubjectID, e.SubjectVersion}
		if seen[v] || (v.n > 1 && !seen[version{v.id, v.n - 1}]) {
			return fmt.Errorf("%w: %s version %d is there twice, or without the one before", errLostUpdate, v.id, v.n)
		}
		seen[v] = true
		if last[v.id] == nil {
			last[v.id] = map[string]string{}
		}
		for _, c := range e.Payload.Changes {
			if before, known := last[v.id][c.Field]; known && before != string(c.From) {
				return fmt.Errorf("%w: %s version %d: %s goes on from %s, it was %s", errLostUpdate, v.id, v.n, c.Field, c.From, before)
			}
			last[v.id][c.Field] = string(c.To)
		}
	}
	counted := map[string]int{}
	for _, w := range writers {
		for _, e := range w.events {
			got := byPosition[e.Position]
			if got == nil || got.Hash != e.Hash {
				return fmt.Errorf("%w: position %d was acknowledged and is not in the history", errLostUpdate, e.Position)
			}
			if read, counts := w.versions[e.Position]; counts && got.SubjectVersion != int64(read)+1 {
				return fmt.Errorf("%w: position %d made version %d out of version %d", errLostUpdate, e.Position, got.SubjectVersion, read)
			}
		}
		for id, n := range w.counted {
			counted[id] += n
		}
	}
	for id, n := range counted {
		task := current[id]
		if task.Title != strconv.Itoa(n) {
			return fmt.Errorf("%w: %s was counted up to %d by %d acknowledged changes", errLostUpdate, id, n, n)
		}
		if title, _ := json.Marshal(task.Title); string(title) != last[id]["title"] {
			return fmt.Errorf("%w: %s is %s in the table and %s in the history", errLostUpdate, id, title, last[id]["title"])
		}
	}
	return nil
}

// playLost lets clients at the same tasks and returns what the checker
// says.
func playLost(t *testing.T, url string, operations int, careless bool) ([]*writer, int, error) {
	t.Helper()
	store, service := open(t, url)
	second := service
	if !strings.HasPrefix(url, "sqlite:") { // whose servers do not wait for each other in turn
		_, second = open(t, url)
	}
	v := person("alice")
	i, err := service.CreateIncident(t.Context(), v, incident.CreateIncidentInput{Title: "x", Severity: incident.SeverityLow})
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, lostTasks)
	for n := range ids {
		p, err := service.AddTask(t.Context(), v, incident.AddTaskInput{IncidentID: i.Incident.ID, Title: "0"})
		if err != nil {
			t.Fatal(err)
		}
		ids[n] = p.Task.ID
	}
	var work sync.WaitGroup
	writers := make([]*writer, lostClients)
	for n := range writers {
		writers[n] = &writer{
			service: []*incident.Service{service, second}[n%2], viewer: person(fmt.Sprint("client ", n)), careless: careless,
			counted: map[string]int{}, versions: map[int64]int{},
		}
		work.Go(func() {
			if err := writers[n].work(t, store, ids, operations/lostClients, uint64(n)); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	verified, err := store.Verify(t.Context(), db.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var history []*audit.Event
	for position := int64(0); position < verified.Head.Position; {
		page, err := store.Log().Read(t.Context(), position, 1000)
		if err != nil {
			t.Fatal(err)
		}
		history, position = append(history, page...), position+int64(len(page))
	}
	current, err := store.TasksByID(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkLost(history, writers, current); err != nil {
		return writers, len(history), err
	}
	// The checker must mind when the history is not whole.
	w := writers[slices.IndexFunc(writers, func(w *writer) bool { return len(w.events) > 0 })]
	at := w.events[len(w.events)/2].Position
	if checkLost(slices.Concat(history[:at-1], history[at:]), writers, current) == nil {
		t.Error("control: nobody missed an event")
	}
	return writers, len(history), nil
}

// Eight clients on twenty tasks, on PostgreSQL of two servers: no update is lost.
func TestNoLostUpdate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		writers, events, err := playLost(t, url, lostOperations(url), false)
		if err != nil {
			t.Error(err)
		}
		total := writer{}
		for _, w := range writers {
			total.refused, total.nothing = total.refused+w.refused, total.nothing+w.nothing
			total.events = append(total.events, w.events...)
		}
		t.Logf("%d operations: %d changes, %d conflicts, %d without effect; %d events, 0 lost",
			lostOperations(url), len(total.events), total.refused, total.nothing, events)
		if total.refused == 0 || total.nothing == 0 {
			t.Error("the clients never met")
		}
	})
	t.Run("control", func(t *testing.T) {
		dbtest.Each(t, func(t *testing.T, url string) {
			_, _, err := playLost(t, url, 400, true)
			t.Log("control, without expectedVersion: ", err)
			if !errors.Is(err, errLostUpdate) {
				t.Errorf("got %v, want a lost update to be found", err)
			}
		})
	})
}

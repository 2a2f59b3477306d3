package db_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// errLost is what a checker of crashes must find: an acknowledged change is not
// there, or not as it was.
var errLost = errors.New("an acknowledged change was lost")

// soak says whether tests are to take the sizes for a long night.
func soak() bool { return os.Getenv("TASKTRAIL_SOAK") != "" }

// acknowledged is what a caller was told before the crash, by position.
type acknowledged map[int64]audit.Hash

// survived opens a database as after a crash and returns how many events are
// left. All that was acknowledged must be among them, the trail be whole and
// the tables be what it makes of them.
func survived(ctx context.Context, url string, told acknowledged) (int64, error) {
	s, err := db.Open(ctx, url, db.Options{Log: zerolog.Nop()})
	if err != nil {
		return 0, err
	}
	defer func() { _ = s.Close() }()
	v, err := s.Verify(ctx, db.VerifyOptions{})
	if err != nil {
		return 0, err
	}
	events, err := s.Log().Read(ctx, 0, int(v.Head.Position)+1)
	if err != nil {
		return 0, err
	}
	for position, hash := range told {
		if position > v.Head.Position {
			return 0, fmt.Errorf("%w: position %d, the trail ends at %d", errLost, position, v.Head.Position)
		}
		if got := events[position-1].Hash; got != hash {
			return 0, fmt.Errorf("%w: position %d has hash %s, was told %s", errLost, position, got, hash)
		}
	}
	return v.Head.Position, nil
}

// recorded is a history written to a disk that was watched.
type recorded struct {
	before map[string][]byte
	ops    []dbtest.Op
	told   acknowledged
	dir    string // for what is left of it
}

// recordDisk has changes made by four at once, while the log of SQLite is moved to
// the database now and then.
func recordDisk(t *testing.T, changes int, lies bool) recorded {
	t.Helper()
	url := dbtest.SQLite(t)
	path := strings.TrimPrefix(url, "sqlite:")
	if _, err := db.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := recorded{before: map[string][]byte{path: content}, told: acknowledged{}}
	disk := dbtest.NewDisk(t, filepath.Dir(path))
	if lies {
		disk.Lie()
	}
	s := open(t, url, db.Options{})
	raw, service, v := dbtest.Raw(t, url), incident.New(s, nil), person("alice")
	i, err := service.CreateIncident(t.Context(), v, incident.CreateIncidentInput{Title: "power", Severity: incident.SeverityLow})
	if err != nil {
		t.Fatal(err)
	}
	answers := make(chan *audit.Event)
	var work errgroup.Group
	for w := range 4 {
		work.Go(func() error {
			for n := range changes / 4 {
				p, err := service.AddTask(t.Context(), v, incident.AddTaskInput{IncidentID: i.Incident.ID, Title: fmt.Sprint(w, n)})
				if err != nil {
					return err
				}
				disk.Mark(p.Event.Position)
				answers <- p.Event
			}
			return nil
		})
	}
	go func() { _ = work.Wait(); close(answers) }()
	for e := range answers {
		out.told[e.Position] = e.Hash
		if every := changes / 8; len(out.told)%every == every/2 {
			how := []string{"PASSIVE", "RESTART", "TRUNCATE"}[len(out.told)/every%3]
			if _, err := raw.ExecContext(t.Context(), "PRAGMA wal_checkpoint("+how+")"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := work.Wait(); err != nil {
		t.Fatal(err)
	}
	out.ops = disk.Ops()
	disk.Idle()
	if out.dir = filepath.Join(filepath.Dir(path), "cut"); os.Mkdir(out.dir, 0o700) != nil {
		t.Fatal("cannot make a directory")
	}
	return out
}

// cutPower lets the power fail at cuts moments, evenly over the history, each
// in one of the ways that Power knows. It returns the errors of the checker.
func (h recorded) cutPower(t *testing.T, cuts int) (failed []error) {
	t.Helper()
	r := rand.New(rand.NewPCG(4, 4))
	power, told, next := dbtest.NewPower(maps.Clone(h.before)), acknowledged{}, 0
	for cut := range cuts {
		for end := (cut + 1) * len(h.ops) / cuts; next < end; next++ {
			power.Do(h.ops[next])
			if op := h.ops[next]; op.Kind == dbtest.OpMark {
				told[op.At] = h.told[op.At]
			}
		}
		how := dbtest.Loss(cut) % dbtest.Losses
		var url string
		for path, content := range power.Cut(r, how) {
			path = filepath.Join(h.dir, filepath.Base(path))
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(path, ".db") {
				url = "sqlite:" + path
			}
		}
		if _, err := survived(t.Context(), url, told); err != nil {
			failed = append(failed, fmt.Errorf("operation %d, loss %d: %w", next, how, err))
		}
		left, _ := filepath.Glob(filepath.Join(h.dir, "*"))
		for _, path := range left {
			_ = os.Remove(path)
		}
	}
	return failed
}

// What was acknowledged is there after the power failed, wherever SQLite was
// and whatever became of what it had not synced. The writes and syncs are those
// that it really made.
func TestPowerLoss(t *testing.T) {
	changes, cuts := 64, 100
	if soak() {
		changes, cuts = 800, 50_000
	}
	t.Run("control", func(t *testing.T) {
		failed := recordDisk(t, changes, true).cutPower(t, 50)
		lost := slices.ContainsFunc(failed, func(err error) bool { return errors.Is(err, errLost) })
		if !lost {
			t.Errorf("nothing was lost on a disk that does not sync: %v", failed)
		}
		t.Logf("control: on a disk that syncs nothing, %d of 50 cuts were found to have lost or broken something", len(failed))
	})
	t.Run("synced", func(t *testing.T) {
		h := recordDisk(t, changes, false)
		count := map[dbtest.OpKind]int{}
		for _, op := range h.ops {
			count[op.Kind]++
		}
		for _, err := range h.cutPower(t, cuts) {
			t.Error(err)
		}
		t.Logf("%d cuts in %d writes, %d syncs and %d truncations for %d acknowledged changes, 0 lost",
			cuts, count[dbtest.OpWrite], count[dbtest.OpSync], count[dbtest.OpTruncate], len(h.told))
	})
}

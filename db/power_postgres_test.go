package db_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// answer is what a caller was told, and how far the log of PostgreSQL was
// durable by then.
type answer struct {
	event   *audit.Event
	durable dbtest.LSN
}

// answers has tasks added by four at once.
func answers(t *testing.T, cluster *dbtest.Cluster, s *db.Store, changes int) []answer {
	t.Helper()
	raw, service, v := dbtest.Raw(t, cluster.URL()), incident.New(s, nil), person("alice")
	i, err := service.CreateIncident(t.Context(), v, incident.CreateIncidentInput{Title: "power", Severity: incident.SeverityLow})
	if err != nil {
		t.Fatal(err)
	}
	all := make([]answer, changes)
	var work errgroup.Group
	work.SetLimit(4)
	for n := range all {
		work.Go(func() error {
			p, err := service.AddTask(t.Context(), v, incident.AddTaskInput{IncidentID: i.Incident.ID, Title: fmt.Sprint(n)})
			if err != nil {
				return err
			}
			var text string
			if err := raw.QueryRowContext(t.Context(), "SELECT pg_current_wal_flush_lsn()::text").Scan(&text); err != nil {
				return err
			}
			lsn, err := dbtest.ParseLSN(text)
			all[n] = answer{p.Event, lsn}
			return err
		})
	}
	if err := work.Wait(); err != nil {
		t.Fatal(err)
	}
	return all
}

// cutLog starts a server from the files of the last checkpoint and the log up to
// at, behind which there is anything, and returns what the checker says.
func cutLog(t *testing.T, cluster *dbtest.Cluster, base string, log map[dbtest.LSN][]byte, r *rand.Rand, at dbtest.LSN, told acknowledged) error {
	t.Helper()
	cut := maps.Clone(log)
	for start, content := range cut {
		from := 0
		if at > start {
			from = int(min(at-start, dbtest.LSN(len(content))))
		}
		content = append([]byte(nil), content...)
		// Of a block being written, any sectors can be there; later blocks are not.
		for n := from; n < len(content); n++ {
			if torn := n < from+16384 && r.IntN(3) > 0; torn {
				end := min(n/512*512+512, len(content))
				if r.IntN(2) == 0 {
					for ; n < end; n++ {
						content[n] = byte(r.Uint32())
					}
				}
				n = end - 1
				continue
			}
			content[n] = 0
		}
		if cut[start] = content; from == 0 {
			delete(cut, start)
		}
	}
	data := filepath.Join(cluster.Dir(), "cut")
	cluster.CopyDir(t, base, data)
	cluster.PutLog(t, data, cut)
	after := cluster.Another(t, data, "fsync=off") // it is thrown away
	after.Start(t)
	_, err := survived(t.Context(), after.URL(), told)
	return err
}

// What was acknowledged is there after the power failed and took with it all
// that PostgreSQL had not made durable: the files are those of the last
// checkpoint, and the log ends, torn, at or behind the place up to which it was
// durable when the caller had its answer.
func TestPowerLossPostgres(t *testing.T) {
	cuts := 5
	if soak() {
		cuts = 300
	}
	cluster := dbtest.NewCluster(t)
	s := open(t, cluster.URL(), db.Options{NoHints: true})
	raw := dbtest.Raw(t, cluster.URL())
	exec := func(statement string) {
		t.Helper()
		if _, err := raw.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	exec("ALTER SYSTEM SET wal_writer_delay = '10s'") // or the control is a race
	exec("SELECT pg_reload_conf()")
	exec("CHECKPOINT")
	base := filepath.Join(cluster.Dir(), "base")
	cluster.CopyData(t, base)
	honest := answers(t, cluster, s, 200)
	exec("CREATE FUNCTION careless() RETURNS trigger LANGUAGE plpgsql AS " +
		"$$ BEGIN PERFORM set_config('synchronous_commit', 'off', true); RETURN NULL; END $$")
	exec("CREATE TRIGGER careless BEFORE INSERT ON audit_events EXECUTE FUNCTION careless()")
	careless := answers(t, cluster, s, 20)
	cluster.Kill()
	log, r := dbtest.Log(t, cluster.Data()), rand.New(rand.NewPCG(4, 4))

	told := acknowledged{}
	for _, a := range honest {
		told[a.event.Position] = a.event.Hash
	}
	last := careless[len(careless)-1]
	told[last.event.Position] = last.event.Hash
	t.Run("control", func(t *testing.T) {
		if err := cutLog(t, cluster, base, log, r, last.durable, told); !errors.Is(err, errLost) {
			t.Errorf("got %v, want what was acknowledged under synchronous_commit = off to be lost", err)
		}
	})
	expected := 0
	for n := range cuts {
		// Every second one exactly where the log was durable.
		at := honest[r.IntN(len(honest))].durable
		if n%2 == 1 {
			at += dbtest.LSN(r.IntN(4096))
		}
		told := acknowledged{}
		for _, a := range honest {
			if a.durable <= at {
				told[a.event.Position] = a.event.Hash
			}
		}
		expected += len(told)
		t.Run("cut", func(t *testing.T) {
			if err := cutLog(t, cluster, base, log, r, at, told); err != nil {
				t.Errorf("log cut at %X: %v", at, err)
			}
		})
	}
	t.Logf("%d cuts, %d acknowledged changes expected after them, 0 lost; control: lost with synchronous_commit = off", cuts, expected)
}

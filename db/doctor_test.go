package db_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// sabotage breaks an installation. It must be found under this name, and
// changes be refused.
type sabotage struct {
	name, sql      string // statements between ;;
	check, subject string
	tamper         string // the table whose triggers are away meanwhile
	reconnect      bool   // it takes effect on new connections only
}

func (s sabotage) on(t *testing.T, databaseURL string) {
	t.Helper()
	if s.tamper != "" {
		dbtest.Tamper(t, databaseURL, s.tamper, s.sql)
		return
	}
	execute(t, databaseURL, s.sql)
}

// at puts the position of the newest event where it is meant.
func (s sabotage) at(newest int) sabotage {
	fill := strings.NewReplacer("{newest}", fmt.Sprint(newest))
	s.sql, s.subject = fill.Replace(s.sql), fill.Replace(s.subject)
	return s
}

// Each way of breaking an installation is found by name, and a server that runs
// refuses changes, with no half of one done. On PostgreSQL, where a copy of a
// database takes its time, most are tried within a transaction that is rolled
// back, so that the same server then has to accept changes again.
func TestSabotage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, base string) {
		makeReady(t, base)
		found, total := 0, 0
		try := func(s sabotage, on func(t *testing.T, s sabotage) db.Diagnosis) {
			total++
			t.Run(s.name, func(t *testing.T) {
				if d := on(t, s); named(d, db.Failure, s.check, s.subject) {
					found++
				} else {
					t.Errorf("not among %v", d.Findings)
				}
			})
		}
		copied := func(t *testing.T, s sabotage) db.Diagnosis { return onCopy(t, base, s) }
		if strings.HasPrefix(base, "sqlite:") {
			for _, s := range sqliteSabotages {
				try(s, copied)
			}
		} else {
			for _, s := range postgresSabotages {
				if s.reconnect || os.Getenv("TASKTRAIL_SOAK") != "" {
					try(s.at(readyEvents+1), copied)
				}
			}
			store := open(t, base, db.Options{})
			for _, s := range postgresSabotages {
				if !s.reconnect {
					try(s.at(readyEvents), func(t *testing.T, s sabotage) db.Diagnosis { return rolledBack(t, store, base, s) })
				}
			}
		}
		t.Logf("%d of %d found", found, total)
	})
}

// onCopy breaks a copy of a database under a server that has just written to
// it, or before a server starts.
func onCopy(t *testing.T, base string, s sabotage) db.Diagnosis {
	t.Helper()
	broken := dbtest.Copy(t, base)
	if s.reconnect {
		s.on(t, broken)
	}
	store, err := db.Open(t.Context(), broken, db.Options{Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	defer running(t, store)()
	if !s.reconnect {
		sound(t, store)
		if err := createIncident(t.Context(), store); err != nil {
			t.Fatal(err)
		}
		s.on(t, broken)
	}
	d, err := store.Check(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	refuses(t, store, broken)
	return d
}

// rolledBack breaks a database for the time of an examination.
func rolledBack(t *testing.T, store *db.Store, base string, s sabotage) db.Diagnosis {
	t.Helper()
	statements := strings.Split(strings.ReplaceAll(s.sql, "{db}", nameOf(base)), ";;")
	if s.tamper != "" {
		statements = slices.Concat([]string{"ALTER TABLE " + s.tamper + " DISABLE TRIGGER USER"}, statements)
	}
	d, err := store.CheckAfter(t.Context(), statements)
	if err != nil {
		t.Fatal(err)
	}
	refuses(t, store, base)
	sound(t, store)
	return d
}

// Each trigger is missed, whatever becomes of it, and none is missed that is
// there again. On every change each trigger has one thing done to it, in a soak
// all of them.
func TestEachTrigger(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		raw := dbtest.Raw(t, url)
		list := `SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid) || ';; ALTER TABLE ' || c.relname || ' ENABLE ALWAYS TRIGGER ' || t.tgname
			FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal`
		drop, others := "DROP TRIGGER {trigger} ON {table}", []string{"DISABLE", "ENABLE", "ENABLE REPLICA"}
		if strings.HasPrefix(url, "sqlite:") {
			list, drop, others = "SELECT tbl_name, name, sql FROM sqlite_schema WHERE type = 'trigger'", "DROP TRIGGER {trigger}", nil
		}
		all := triples(t, raw, list)
		tried := 0
		for n, one := range all {
			fill := strings.NewReplacer("{table}", one[0], "{trigger}", one[1])
			ways := append([]string{drop}, others...)
			if os.Getenv("TASKTRAIL_SOAK") == "" {
				ways = ways[n%len(ways):][:1]
			}
			for _, how := range ways {
				undo := one[2]
				if how != drop {
					how, undo = "ALTER TABLE {table} "+how+" TRIGGER {trigger}", "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}"
				}
				execute(t, url, fill.Replace(how))
				d, err := s.Diagnose(t.Context())
				if err != nil || !named(d, db.Failure, "trigger", one[0]+"."+one[1]) || len(failures(d)) != 1 {
					t.Errorf("%s: got %v, %v", fill.Replace(how), d.Findings, err)
				}
				execute(t, url, fill.Replace(undo))
				tried++
			}
		}
		sound(t, s)
		t.Logf("%d triggers, %d sabotages", len(all), tried)
		if len(all) < 15 {
			t.Errorf("only %d triggers", len(all))
		}
	})
}

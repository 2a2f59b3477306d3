package db_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// Programs that are started at once migrate once.
func TestProcessesMigrateOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		var all []*process
		for range 4 {
			p, _ := spawn(t, url, 0)
			all = append(all, p)
		}
		applied := int64(0)
		for n, p := range all {
			<-p.done
			if !p.ended || len(p.acked) != 1 {
				t.Fatalf("process %d: %v", n, p.errs)
			}
			applied += p.acked[0]
		}
		if want := len(migrationsOf(t, url)); applied != int64(want) {
			t.Errorf("four processes applied %d migrations, want %d", applied, want)
		}
		verify(t, open(t, url, db.Options{}))
	})
}

// A migration that fails in its middle leaves nothing of itself behind, and is
// done as a whole once its obstacle is gone.
func TestMigrateFailsHalfWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		raw := dbtest.Raw(t, url)
		exec := func(statement string) {
			t.Helper()
			if _, err := raw.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		exec("CREATE TABLE tasks (x INTEGER)") // is in the way of the fifth table
		if names, err := db.Migrate(t.Context(), url); err == nil || !strings.Contains(err.Error(), "tasks") {
			t.Fatalf("got %v, %v", names, err)
		}
		got := slices.DeleteFunc(tablesOf(t, raw, url), func(name string) bool { return strings.HasPrefix(name, "bun_") })
		if !slices.Equal(got, []string{"tasks"}) {
			t.Errorf("tables %v were left", got)
		}
		if s, err := db.Open(t.Context(), url, db.Options{}); err == nil {
			_ = s.Close()
			t.Error("half a database was opened")
		}
		exec("DROP TABLE tasks")
		if names, err := db.Migrate(t.Context(), url); err != nil || len(names) != len(migrationsOf(t, url)) {
			t.Errorf("again: got %v, %v", names, err)
		}
		filled(t, open(t, url, db.Options{}), url)
	})
}

// A program killed while it migrates leaves a database that the next one
// brings to its end.
func TestMigrateKilled(t *testing.T) {
	for n := range 5 {
		t.Run(fmt.Sprint("kill ", n), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, url string) {
				p, _ := spawn(t, url, 0)
				// The moment is the point of this test, so time must pass.
				select {
				case <-time.After(time.Duration(10+n*10) * time.Millisecond):
					_ = p.cmd.Process.Kill() // it may have ended just now
				case <-p.done:
				}
				<-p.done
				s := open(t, url, db.Options{})
				filled(t, s, url)
				verify(t, s)
			})
		})
	}
}

// The server goes on with the migration of a program that was killed; another
// program waits for that.
func TestMigrateWaitsForTheKilled(t *testing.T) {
	url := dbtest.Postgres(t)
	raw := dbtest.Raw(t, url)
	obstacle, err := raw.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = obstacle.Rollback() }()
	if _, err := obstacle.ExecContext(t.Context(), "CREATE TABLE bun_migrations (x INTEGER)"); err != nil {
		t.Fatal(err)
	}
	held := func(want int) {
		t.Helper()
		for got := 0; got != want; runtime.Gosched() {
			const query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
			if err := raw.QueryRowContext(t.Context(), query).Scan(&got); err != nil {
				t.Fatal(err)
			}
		}
	}
	p, _ := spawn(t, url, 0)
	held(1)
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.done
	second := make(chan error, 1)
	go func() {
		_, err := db.Migrate(context.Background(), url)
		second <- err
	}()
	held(2)
	if err := obstacle.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-second; err != nil {
		t.Fatal(err)
	}
	verify(t, open(t, url, db.Options{}))
}

func tablesOf(t *testing.T, from querier, url string) []string {
	t.Helper()
	query := "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
	if strings.HasPrefix(url, "sqlite:") {
		query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1"
	}
	rows, err := from.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		out = append(out, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

package db_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// triples returns the rows of a query of three columns.
func triples(t *testing.T, raw *sql.DB, query string) (all [][3]string) {
	t.Helper()
	rows, err := raw.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var one [3]string
		if err := rows.Scan(&one[0], &one[1], &one[2]); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// readyEvents is how many events makeReady leaves.
const readyEvents = 4

// makeReady fills a database with a little of everything and leaves it.
func makeReady(t *testing.T, url string) {
	t.Helper()
	if _, err := db.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	s, err := db.Open(t.Context(), url, db.Options{Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	stop := running(t, s)
	defer stop()
	for range readyEvents {
		if err := createIncident(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

// execute runs statements as whoever owns the database.
func execute(t *testing.T, databaseURL, statements string) {
	t.Helper()
	raw := dbtest.Raw(t, databaseURL)
	defer func() { _ = raw.Close() }() // not at the end of a test that does this hundreds of times
	conn, err := raw.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for s := range strings.SplitSeq(strings.ReplaceAll(statements, "{db}", nameOf(databaseURL)), ";;") {
		if _, err := conn.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// nameOf is the name of a database of PostgreSQL.
func nameOf(databaseURL string) string {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return ""
	}
	return strings.Trim(u.Path, "/")
}

// named reports whether a finding is among those of a diagnosis.
func named(d db.Diagnosis, severity db.Severity, check, subject string) bool {
	return slices.ContainsFunc(d.Findings, func(f db.Finding) bool {
		return f.Severity == severity && f.Check == check && f.Subject == subject && f.Expected != f.Found && f.Remedy != ""
	})
}

func failures(d db.Diagnosis) []db.Finding {
	return slices.DeleteFunc(slices.Clone(d.Findings), func(f db.Finding) bool { return f.Severity != db.Failure })
}

// refuses fails the test unless every kind of write is refused and leaves
// nothing behind, while reading works.
func refuses(t *testing.T, s *db.Store, url string) {
	t.Helper()
	ctx, service := t.Context(), incident.New(s, nil)
	count := func() (n int) {
		t.Helper()
		if err := dbtest.Raw(t, url).QueryRowContext(ctx, "SELECT count(*) FROM actors").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()
	if err := service.Admit(ctx, person("stranger")); err != nil {
		t.Errorf("a reader: %v", err)
	}
	for name, write := range map[string]func() error{
		"a change":   func() error { return createIncident(ctx, s) },
		"an actor":   func() error { return s.SaveActor(ctx, person("stranger").Actor) },
		"an attempt": func() error { return s.RecordAttempt(ctx, incident.DueDelivery{}, incident.DeliveryOutcome{}) },
		"a claim":    func() error { _, err := s.ClaimDelivery(ctx, incident.DueDelivery{}, time.Now()); return err },
		"a checkpoint": func() error {
			return s.Tree().SaveCheckpoint(ctx, audit.StoredCheckpoint{Checkpoint: audit.Checkpoint{Size: 1}})
		},
		"tiles of a tree": func() error { return s.Tree().SaveTiles(ctx, []audit.Tile{{}}) },
	} {
		if err := write(); !errors.Is(err, incident.ErrReadOnly) {
			t.Errorf("%s: got %v, want %v", name, err, incident.ErrReadOnly)
		}
	}
	if !s.ReadOnly() || count() != before {
		t.Error("something was written")
	}
	if _, err := s.Log().Head(context.WithoutCancel(ctx)); err != nil {
		t.Errorf("reading: %v", err)
	}
}

// sound fails the test if anything is found that refuses changes.
func sound(t *testing.T, s *db.Store) {
	t.Helper()
	d, err := s.Check(t.Context(), false)
	if err != nil || len(failures(d)) > 0 || s.ReadOnly() {
		t.Errorf("a false alarm: %v, %v", d.Findings, err)
	}
}

package db

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
)

// expectedSQLite is what the migrations make of an empty database: here it
// takes no rights and a few milliseconds to try that out.
var expectedSQLite = sync.OnceValues(func() (facts, error) {
	ctx := context.Background()
	pool, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1) // each connection has a memory of its own
	db := bun.NewDB(pool, sqlitedialect.New())
	defer func() { _ = db.Close() }()
	m, err := newMigrator(db, "sqlite")
	if err != nil {
		return nil, err
	}
	if _, err := m.lockedSQLite(ctx); err != nil {
		return nil, err
	}
	return sqliteFacts(ctx, db, nil)
})

// sqliteFacts reads the schema in its own words. Nil tables are all that there
// are; others than these are of kind "other table".
func sqliteFacts(ctx context.Context, from bun.IDB, tables map[string]bool) (facts, error) {
	var rows []struct{ Type, Name, TblName, SQL string }
	err := from.NewRaw(`SELECT type, name, tbl_name, COALESCE(sql, '') AS sql FROM main.sqlite_schema
		WHERE tbl_name NOT LIKE 'sqlite\_%' ESCAPE '\' AND tbl_name NOT LIKE 'bun\_%' ESCAPE '\'`).Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	out := facts{}
	for _, r := range rows {
		f := fact{kind: r.Type, subject: r.Name, properties: map[string]string{"definition": r.SQL}}
		if r.Name != r.TblName {
			f.subject = r.TblName + "." + r.Name
		}
		if r.Type == "table" && tables != nil && !tables[r.Name] {
			f.kind = "other table"
		}
		out.add(f)
	}
	return out, nil
}

func (s *Store) diagnoseSQLite(ctx context.Context, d *Diagnosis) error {
	expected, err := expectedSQLite()
	if err != nil {
		return err
	}
	tables := map[string]bool{}
	for _, name := range expected.ours("table") {
		tables[name] = true
	}
	// First, since a new connection of the readers may set the journal right.
	if err := s.diagnosePragmas(ctx, d); err != nil {
		return err
	}
	tx, err := s.read.BeginTx(ctx, readSnapshot(s.url))
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	found, err := sqliteFacts(ctx, tx, tables)
	if err != nil {
		return err
	}
	d.compare(expected, found)
	if found.holdsAll(expected) {
		if err := s.diagnoseTrail(ctx, tx, d); err != nil {
			return err
		}
	}
	return d.file(s.url.file)
}

// pragmas are what the writer's connection rests on, with the values that do.
var pragmas = []struct {
	name     string
	accepted []string // the first is ours
	words    string
}{
	{"journal_mode", []string{"wal"}, "wal"},
	{"synchronous", []string{"2", "3"}, "2 (FULL)"},
	{"foreign_keys", []string{"1"}, "1"},
	{"recursive_triggers", []string{"1"}, "1"},
	{"trusted_schema", []string{"0"}, "0"},
	{"ignore_check_constraints", []string{"0"}, "0"},
	{"writable_schema", []string{"0"}, "0"},
}

func (s *Store) diagnosePragmas(ctx context.Context, d *Diagnosis) error {
	const remedy = "restart the server; if it comes back, move the file to a local disk of its own"
	return s.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		for _, p := range pragmas {
			var value string
			if err := tx.NewRaw("PRAGMA ?", bun.Safe(p.name)).Scan(ctx, &value); err != nil {
				return fmt.Errorf("pragma %s: %w", p.name, err)
			}
			ok := false
			for _, v := range p.accepted {
				ok = ok || v == value
			}
			d.holds(ok, Failure, "setting", p.name, p.words, value, remedy)
		}
		// Names lead to temporary and attached things too.
		var names []string
		err := tx.NewRaw(`SELECT name FROM temp.sqlite_schema UNION ALL SELECT name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')`).Scan(ctx, &names)
		if err != nil {
			return err
		}
		d.equal(Failure, "shadow", "the writer's connection", "main alone", strings.Join(append([]string{"main alone"}, names...)[min(1, len(names)):], ", "), remedy)
		return nil
	})
}

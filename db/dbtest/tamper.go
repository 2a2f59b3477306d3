package dbtest

import (
	"context"
	"database/sql"
	"net/url"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Tamper does what the tables refuse, as whoever owns a database can: it runs a
// statement while the table has no triggers.
func Tamper(t testing.TB, databaseURL, table, statement string) {
	t.Helper()
	db := Raw(t, databaseURL)
	before, after := []string{"ALTER TABLE " + table + " DISABLE TRIGGER ALL"}, []string{
		"ALTER TABLE " + table + " ENABLE TRIGGER ALL",
		`DO $$ DECLARE t TEXT; BEGIN -- as the migrations do
			FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = '` + table + `'::regclass AND NOT tgisinternal LOOP
				EXECUTE format('ALTER TABLE ` + table + ` ENABLE ALWAYS TRIGGER %I', t);
			END LOOP; END $$`,
	}
	if strings.HasPrefix(databaseURL, "sqlite:") {
		before, after = triggers(t, db, table)
	}
	for _, s := range append(append(before, statement), after...) {
		if _, err := db.ExecContext(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// Raw opens a database past the program, with nothing set, until the test ends.
func Raw(t testing.TB, databaseURL string) *sql.DB {
	t.Helper()
	var db *sql.DB
	if path, ok := strings.CutPrefix(databaseURL, "sqlite:"); ok {
		var err error
		if db, err = sql.Open("sqlite", path+"?_pragma=busy_timeout(10000)"); err != nil {
			t.Fatal(err)
		}
	} else {
		u, err := url.Parse(databaseURL)
		if err != nil {
			t.Fatal(err)
		}
		db = connect(u)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// triggers returns the statements that drop a table's triggers and make them
// again.
func triggers(t testing.TB, db *sql.DB, table string) (drop, create []string) {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?", table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			t.Fatal(err)
		}
		drop, create = append(drop, "DROP TRIGGER "+name), append(create, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return drop, create
}

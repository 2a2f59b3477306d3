package db_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// A SQLite file with bytes flipped is found to be damaged, or cannot be read, or
// nothing that matters has changed in it; verification ends in any case.
func TestDamagedFile(t *testing.T) {
	files := 60
	if os.Getenv("TASKTRAIL_SOAK") != "" {
		files = 5_000
	}
	p := prepare(t, dbtest.SQLite(t))
	var err error
	if p.now, err = readContents(t.Context(), dbtest.Raw(t, p.url), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := dbtest.Raw(t, p.url).ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil { // all into the one file
		t.Fatal(err)
	}
	path, _ := strings.CutPrefix(p.url, "sqlite:")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	random, found := rand.New(rand.NewPCG(seed, 1)), map[string]int{}
	for n := range files {
		damaged, where := append([]byte{}, good...), []int{}
		for range 1 + random.IntN(4) {
			at := random.IntN(len(damaged))
			where = append(where, at)
			damaged[at] ^= 1 << random.IntN(8)
		}
		file := filepath.Join(t.TempDir(), fmt.Sprint(n, ".db"))
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		by := verifyFile(t, file, p)
		if by == "nothing" && !p.sameIn(t, "sqlite:"+file) {
			t.Errorf("seed %d: bytes %v: something changed and nothing was found", seed, where)
		}
		if by, _, ok := strings.Cut(by, ":"); ok {
			found[by]++
			continue
		}
		found[by]++
	}
	t.Logf("seed %d: %v", seed, found)
}

func verifyFile(t *testing.T, file string, p *proven) string {
	t.Helper()
	s, err := db.Open(t.Context(), "sqlite:"+file, db.Options{Log: zerolog.Nop()})
	if err != nil {
		return "error: " + err.Error()
	}
	defer func() { _ = s.Close() }()
	_, err = s.Verify(t.Context(), db.VerifyOptions{Keys: &p.keys})
	return layer(err)
}

// sameIn reports whether a database holds what the trail answers for.
func (p *proven) sameIn(t *testing.T, url string) bool {
	t.Helper()
	got, err := readContents(t.Context(), dbtest.Raw(t, url), "")
	if err != nil {
		return false
	}
	for _, content := range []map[string]table{got, p.now} {
		for name, c := range content {
			for n, column := range c.columns {
				for _, row := range c.rows {
					if uncovered[name+"."+column] {
						row[n] = nil
					}
				}
			}
		}
	}
	return maps.EqualFunc(got, p.now, func(a, b table) bool {
		return fmt.Sprintf("%T %v", a.rows, a.rows) == fmt.Sprintf("%T %v", b.rows, b.rows)
	})
}

// Whatever was done by the rules, nothing is found: after each few changes of a
// lively history the trail is another one.
func TestNoFalseAlarm(t *testing.T) {
	trails := 15
	if os.Getenv("TASKTRAIL_SOAK") != "" {
		trails = 500 // on each engine
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		s, stop := run(t, url)
		defer stop()
		defined(t, s, url)
		if !strings.HasPrefix(url, "sqlite:") && os.Getenv("TASKTRAIL_SOAK") == "" {
			trails = 5 // each waits for the disk
		}
		for range trails {
			lively(t, s, 1)
			verify(t, s)
		}
	})
}

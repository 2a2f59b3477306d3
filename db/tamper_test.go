package db_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// layer is what found a tampering.
func layer(err error) string {
	var fault *audit.Fault
	var difference *db.Difference
	switch {
	case err == nil:
		return "nothing"
	case errors.As(err, &difference):
		return "replay"
	case !errors.As(err, &fault):
		return "error: " + err.Error()
	case strings.Contains(err.Error(), "kept outside"):
		return "outside"
	case strings.Contains(err.Error(), "checkpoint"):
		return "checkpoint"
	case strings.Contains(fault.Field, "tile"):
		return "tree"
	case fault.Field == "changes":
		return "replay"
	}
	return "chain"
}

// layers that may find a change of a table.
var layers = map[string][]string{
	"trail":        {"chain", "error: db: read the id of the trail: the id of the trail has a wrong length", "error: db: read the id of the trail: sql: no rows in result set"},
	"audit_events": {"chain", "checkpoint", "replay"}, "incidents": {"replay"}, "tasks": {"replay"}, "definitions": {"replay"}, "tree_tiles": {"tree"}, "checkpoints": {"checkpoint"},
}

// uncovered are columns that the trail does not answer for: times at which
// something was stored, and the keys of an order that stays as it is.
var uncovered = map[string]bool{"trail.one": true, "trail.created_at": true, "checkpoints.signed_at": true, "tasks.order_key": true}

// attack is one tampering: statements with their arguments.
type attack struct {
	what, table string
	steps       []step
}

type step struct {
	query string
	args  []any
}

// attacker draws tamperings with one random place each.
type attacker struct {
	*proven
	foreign map[string]table
	random  *rand.Rand
	only    string // the table; empty: any
}

func (a *attacker) draw() attack {
	tables := slices.Sorted(maps.Keys(covered))
	for {
		name := tables[a.random.IntN(len(tables))]
		if a.only != "" {
			name = a.only
		} else if a.random.IntN(2) == 0 {
			name = "audit_events"
		}
		content := a.now[name]
		row, other := content.rows[a.random.IntN(len(content.rows))], content.rows[a.random.IntN(len(content.rows))]
		column := a.random.IntN(len(content.columns))
		kind := []string{"change", "change", "null", "swap", "delete", "insert", "reorder", "splice"}[a.random.IntN(8)]
		x := attack{what: kind + " " + name, table: name}
		switch field := name + "." + content.columns[column]; {
		case kind == "change" && !uncovered[field]:
			x.what += "." + content.columns[column]
			x.steps = []step{a.update(name, content, row, column, a.other(content.columns[column], row[column]))}
		case kind == "null" && !uncovered[field] && row[column] != nil:
			x.what += "." + content.columns[column]
			x.steps = []step{a.update(name, content, row, column, nil)}
		case kind == "swap" && !uncovered[field] && !same(row[column], other[column]) && content.columns[column] != keyColumn(name):
			x.steps = []step{a.update(name, content, row, column, other[column]), a.update(name, content, other, column, row[column])}
		case kind == "delete" && name != "tree_tiles" && name != "checkpoints": // tiles can be made again; see TestBeyondTheDatabase
			x.steps = []step{{"DELETE FROM " + name + " WHERE " + where(content, row, 1), keyArgs(content, row)}}
		case kind == "insert" && name != "trail":
			copied, key := slices.Clone(row), slices.Index(content.columns, keyColumn(name))
			if a.random.IntN(2) == 0 || name == "tree_tiles" || name == "checkpoints" {
				copied[key] = a.other(content.columns[key], copied[key])
			}
			x.steps = []step{insertion(name, content, copied)}
		case kind == "reorder" && name == "audit_events" && !same(row[0], other[0]):
			x.steps = []step{a.update(name, content, row, 0, int64(-1)), a.update(name, content, other, 0, row[0])}
			last := a.update(name, content, row, 0, other[0])
			last.args[1] = int64(-1)
			x.steps = append(x.steps, last)
		case kind == "splice" && name == "audit_events":
			from := a.foreign[name].rows
			spliced := from[a.random.IntN(len(from))]
			if a.random.IntN(2) == 0 { // in the place of the event of that position, else behind the end
				x.steps = []step{{"DELETE FROM audit_events WHERE position = $1", []any{spliced[0]}}}
			} else {
				spliced = slices.Clone(spliced)
				spliced[0] = int64(len(content.rows) + 1)
			}
			x.steps = append(x.steps, insertion(name, content, spliced))
		}
		if x.steps != nil {
			return x
		}
	}
}

func keyColumn(table string) string { return covered[table] }

func same(a, b any) bool { return fmt.Sprintf("%T %v", a, a) == fmt.Sprintf("%T %v", b, b) }

// update sets one value of one row.
func (a *attacker) update(name string, content table, row []any, column int, to any) step {
	return step{"UPDATE " + name + " SET " + content.columns[column] + " = $1 WHERE " + where(content, row, 2), append([]any{to}, keyArgs(content, row)...)}
}

// where names a row by its first column, which is not null, and of tiles by the
// second too.
func where(content table, _ []any, n int) string {
	if content.columns[0] == "level" {
		return fmt.Sprintf("level = $%d AND number = $%d", n, n+1)
	}
	return fmt.Sprintf("%s = $%d", content.columns[0], n)
}

func keyArgs(content table, row []any) []any {
	if content.columns[0] == "level" {
		return []any{row[0], row[1]}
	}
	return []any{row[0]}
}

func insertion(name string, content table, row []any) step {
	values := make([]string, len(row))
	for n := range row {
		values[n] = fmt.Sprint("$", n+1)
	}
	return step{"INSERT INTO " + name + " (" + strings.Join(content.columns, ", ") + ") VALUES (" + strings.Join(values, ", ") + ")", row}
}

// other is a value that is not v, but of its kind.
func (a *attacker) other(column string, v any) any {
	switch v := v.(type) {
	case nil:
		switch {
		case column == "fingerprint" || column == "previous" || column == "salt":
			return make([]byte, 32)
		case strings.HasSuffix(column, "_at") || strings.HasSuffix(column, "_step") || strings.HasSuffix(column, "_version") || column == "overdue_since":
			return int64(a.random.IntN(1000))
		}
		return []string{"x", ""}[a.random.IntN(2)]
	case int64:
		if column == "mandatory" {
			return 1 - v
		}
		return v + []int64{1, -1, 1000, -1000, 1 << 40}[a.random.IntN(5)]
	case bool:
		return !v
	case []byte:
		out := slices.Clone(v)
		switch at := a.random.IntN(len(out)); a.random.IntN(4) {
		case 0:
			return out[:at]
		case 1:
			return append(out, 0)
		default:
			out[at] ^= 1 << a.random.IntN(8)
		}
		return out
	case string:
		out := []rune(v)
		if len(out) == 0 || a.random.IntN(4) == 0 {
			return v + "x"
		}
		at := a.random.IntN(len(out))
		if a.random.IntN(2) == 0 {
			return string(slices.Delete(out, at, at+1))
		}
		out[at] = map[bool]rune{true: 'y', false: 'x'}[out[at] == 'x']
		return string(out)
	}
	panic(fmt.Sprintf("%T", v))
}

// Every change of anything that the trail answers for is found, by the layer
// that is promised to find it.
func TestTampering(t *testing.T) {
	counts := map[bool]int{true: 300, false: 60}
	if os.Getenv("TASKTRAIL_SOAK") != "" {
		counts = map[bool]int{true: 50_000, false: 500}
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		sqlite := strings.HasPrefix(url, "sqlite:")
		p, foreign := prove(t, url), prove(t, another(t, url))
		seed := rand.Uint64()
		a := &attacker{p, foreign.now, rand.New(rand.NewPCG(seed, 1)), ""}
		found, missed := a.campaign(t, counts[sqlite], p.check)
		t.Logf("seed %d: %v", seed, found)
		for _, m := range missed {
			t.Errorf("seed %d: %s", seed, m)
		}
		// The control: a verifier without one of its checks misses what that is for.
		for without, table := range map[string]string{"chain": "audit_events", "replay": "tasks", "tree": "tree_tiles", "checkpoint": "checkpoints"} {
			a.only = table
			_, missed := a.campaign(t, 10, func(verify func(db.VerifyOptions) (db.Verified, error)) error {
				if err := p.check(verify); layer(err) != without {
					return err
				}
				return nil
			})
			if !slices.ContainsFunc(missed, func(m string) bool { return strings.Contains(m, table) }) {
				t.Errorf("without the check of the %s, nothing is missed in %s", without, table)
			}
		}
	})
}

func (p *proven) check(verify func(db.VerifyOptions) (db.Verified, error)) error {
	_, err := verify(db.VerifyOptions{Keys: &p.keys})
	return err
}

// campaign tries n tamperings and returns how often what found them, and those
// that were missed or found by something that should not have.
func (a *attacker) campaign(t *testing.T, n int, check func(func(db.VerifyOptions) (db.Verified, error)) error) (found map[string]int, missed []string) {
	t.Helper()
	found = map[string]int{}
	var mu sync.Mutex
	for range n {
		x := a.draw()
		refused := false
		err := a.store.Attempt(t.Context(), func(exec func(string, ...any) error, verify func(db.VerifyOptions) (db.Verified, error)) error {
			for _, s := range x.steps {
				if err := exec(s.query, s.args...); err != nil {
					refused = true // such as text in a column of numbers, which PostgreSQL has no place for
					return nil
				}
			}
			by := layer(check(verify))
			mu.Lock()
			defer mu.Unlock()
			found[by]++
			if !slices.Contains(layers[x.table], by) {
				missed = append(missed, fmt.Sprintf("%s %v: found by %s", x.what, x.steps, by))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if refused {
			found["refused by the database"]++
		}
	}
	return found, missed
}

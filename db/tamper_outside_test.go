package db_test

import (
	"slices"
	"testing"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// What somebody can do who makes everything anew is found only with a
// checkpoint that was kept outside, and there it is always found.
func TestBeyondTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		p := prove(t, url)
		outside, other := p.outside(t), newKeys(t)
		last := int64(len(p.now["audit_events"].rows))
		anew := func(events []*audit.Event, keys *audit.Keys) []step {
			steps := []step{{"DELETE FROM audit_events", nil}, {"DELETE FROM tree_tiles", nil}, {"DELETE FROM checkpoints", nil}}
			for n, e := range events {
				row := slices.Clone(p.now["audit_events"].rows[n])
				for m, column := range p.now["audit_events"].columns {
					switch column {
					case "payload":
						row[m] = string(e.PayloadText)
					case "commitment":
						row[m] = e.Commitment[:]
					case "hash":
						row[m] = e.Hash[:]
					case "previous":
						if n > 0 {
							row[m] = e.Previous[:]
						}
					}
				}
				steps = append(steps, insertion("audit_events", p.now["audit_events"], row))
			}
			if keys == nil {
				return steps
			}
			for _, x := range proofs(t, events, *keys) {
				if x.tile == nil {
					steps = append(steps, insertion("checkpoints", p.now["checkpoints"], []any{x.Size, x.Root[:], x.Note, int64(1)}))
					continue
				}
				var hashes []byte
				for _, h := range x.tile.Hashes {
					hashes = append(hashes, h[:]...)
				}
				root := x.tile.Root()
				steps = append(steps, insertion("tree_tiles", p.now["tree_tiles"], []any{int64(x.tile.Level), x.tile.Number, root[:], hashes}))
			}
			return steps
		}
		chained := anew(p.forge(t, 30), nil)
		restored := []step{}
		for name, content := range p.old {
			restored = append(restored, step{"DELETE FROM " + name, nil})
			for _, row := range content.rows {
				restored = append(restored, insertion(name, content, row))
			}
		}
		behind := func(table, column string) step {
			return step{"DELETE FROM " + table + " WHERE " + column + " > $1", []any{last - 1}}
		}
		for _, test := range []struct {
			what            string
			steps           []step
			keys            audit.Keys
			inside, outside string
		}{
			{"nothing", nil, p.keys, "nothing", "nothing"},
			{"rewritten from an event on, tiles and checkpoints as they were", append([]step{{"DELETE FROM audit_events", nil}}, chained[3:]...), p.keys, "checkpoint", "checkpoint"},
			{"rewritten from an event on, checkpoints as they were", append([]step{{"DELETE FROM audit_events", nil}, {"DELETE FROM tree_tiles", nil}}, chained[3:]...), p.keys, "checkpoint", "checkpoint"},
			{"rewritten, tiles as they were", append([]step{{"DELETE FROM audit_events", nil}, {"DELETE FROM checkpoints", nil}}, chained[3:]...), p.keys, "tree", "outside"},
			{"rewritten, without checkpoints", chained, p.keys, "nothing", "outside"},
			{"rewritten and signed with another key", anew(p.forge(t, 30), &other), p.keys, "checkpoint", "checkpoint"},
			{"rewritten and signed with another key, which is believed", anew(p.forge(t, 30), &other), other, "nothing", "outside"},
			{"rewritten from the first event on", anew(p.forge(t, 1), &other), other, "nothing", "outside"},
			{"an old state", restored, p.keys, "nothing", "outside"},
			{"no checkpoints", []step{{"DELETE FROM checkpoints", nil}}, p.keys, "nothing", "nothing"},
			{"no tiles", []step{{"DELETE FROM tree_tiles", nil}}, p.keys, "nothing", "nothing"},
			{"no tables", []step{{"DELETE FROM incidents", nil}, {"DELETE FROM tasks", nil}, {"DELETE FROM definitions", nil}}, p.keys, "replay", "replay"},
			{"no end", []step{behind("audit_events", "position")}, p.keys, "checkpoint", "outside"},
			{"no end, and no checkpoint of it", []step{behind("audit_events", "position"), behind("checkpoints", "size")}, p.keys, "replay", "outside"},
			{"no trail", []step{{"DELETE FROM audit_events", nil}}, p.keys, "checkpoint", "outside"},
		} {
			t.Run(test.what, func(t *testing.T) {
				err := p.store.Attempt(t.Context(), func(exec func(string, ...any) error, verify func(db.VerifyOptions) (db.Verified, error)) error {
					for _, s := range test.steps {
						if err := exec(s.query, s.args...); err != nil {
							return err
						}
					}
					_, err := verify(db.VerifyOptions{Keys: &test.keys})
					if got := layer(err); got != test.inside {
						t.Errorf("without a checkpoint kept outside it is found by %s (%v), want %s", got, err, test.inside)
					}
					_, err = verify(db.VerifyOptions{Keys: &test.keys, Outside: outside})
					if got := layer(err); got != test.outside {
						t.Errorf("with one it is found by %s (%v), want %s", got, err, test.outside)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
	})
}

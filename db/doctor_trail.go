package db

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"tasktrail/audit"
)

// diagnoseTrail looks at the ends of the trail and at what was migrated, which
// takes a handful of rows.
func (s *Store) diagnoseTrail(ctx context.Context, from bun.IDB, d *Diagnosis) error {
	const verify = "stop writing by other means, and run tasktrail verify"
	id, err := readTrailID(ctx, from)
	if err != nil {
		return err
	}
	if s.trail == (audit.TrailID{}) {
		s.trail = id // nobody has read it before
	}
	d.equal(Failure, "trail", "id", s.trail.String(), id.String(), "restart the server if the database was replaced on purpose, and run tasktrail verify")

	var newest []*eventRow
	if err := from.NewSelect().Model(&newest).OrderExpr("e.position DESC").Limit(2).Scan(ctx); err != nil {
		return err
	}
	head := int64(0)
	if len(newest) > 0 {
		head = newest[0].Position
		e, err := newest[0].event(s.trail)
		if err != nil {
			return err
		}
		encoded, err := e.Encode()
		if err != nil {
			return err
		}
		d.equal(Failure, "trail", fmt.Sprintf("hash of event %d", head), audit.HashOf(encoded).String(), e.Hash.String(), verify)
		before, hash := int64(0), audit.Hash{}
		if len(newest) > 1 {
			last, err := newest[1].head(s.trail)
			if err != nil {
				return err
			}
			before, hash = last.Position, last.Hash
		}
		d.equal(Failure, "trail", fmt.Sprintf("position of the event before %d", head), fmt.Sprint(head-1), fmt.Sprint(before), verify)
		d.equal(Failure, "trail", fmt.Sprintf("previous hash of event %d", head), hash.String(), e.Previous.String(), verify)
		var first int64
		if err := from.NewSelect().Model((*eventRow)(nil)).ColumnExpr("MIN(e.position)").Scan(ctx, &first); err != nil {
			return err
		}
		d.equal(Failure, "trail", "first position", "1", fmt.Sprint(first), verify)
	}
	var size int64
	if err := from.NewSelect().Model((*checkpointRow)(nil)).ColumnExpr("COALESCE(MAX(c.size), 0)").Scan(ctx, &size); err != nil {
		return err
	}
	d.holds(size <= head, Failure, "trail", "newest checkpoint", fmt.Sprintf("at most %d events, which are there", head), fmt.Sprintf("%d events", size),
		"find out what became of the newest events, and run tasktrail verify")
	return s.diagnoseSums(ctx, from, d)
}

// diagnoseSums compares what was migrated with what this program would migrate.
func (s *Store) diagnoseSums(ctx context.Context, from bun.IDB, d *Diagnosis) error {
	m, err := newMigrator(s.write, s.url.engine())
	if err != nil {
		return err
	}
	var applied []struct{ Name, Sum string }
	if err := from.NewSelect().TableExpr("migration_sums").Column("name", "sum").Scan(ctx, &applied); err != nil {
		return err
	}
	found := map[string]string{}
	for _, a := range applied {
		found[a.Name] = a.Sum
	}
	for _, name := range slices.Sorted(maps.Keys(m.sums)) {
		d.equal(Failure, "migration", name, m.sums[name], orAbsent(found[name]), "find out who edited migration_sums, or run the version of tasktrail that made the database")
		delete(found, name)
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		d.holds(false, Failure, "migration", name, absent, found[name], "run the version of tasktrail that made the database, or a newer one")
	}
	return nil
}

func orAbsent(s string) string {
	if s == "" {
		return absent
	}
	return s
}

package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"tasktrail/audit"
)

// VerifyOptions say what to verify against, beside the database itself.
type VerifyOptions struct {
	// Keys are those that the stored checkpoints are signed with. Without any,
	// the signatures are not looked at, and [Verified.Unsigned] counts them.
	Keys *audit.Keys
	// Outside are checkpoints that were kept outside the database, whose
	// signatures the caller has looked at. They may be in any order.
	Outside []audit.Checkpoint
	// Progress hears how many events of how many have been read; may be nil.
	Progress func(position, head int64)
}

// Verified says what a verification has looked at.
type Verified struct {
	Head        audit.Head
	Root        audit.Hash // of the tree over all events
	Redacted    int        // events whose payload was removed, as another event says
	Tiles       int        // of those that are stored
	Checkpoints int        // that are stored
	Unsigned    int        // of these: whose signatures were not looked at, for want of keys
	Outside     int        // checkpoints kept outside
	Incidents   int
	Tasks       int
	Definitions int // playbooks, rules and webhooks, deleted ones too
	Lost        Lost
}

// Lost counts what redactions have left nothing to compare with.
type Lost struct {
	Fields int // of incidents, tasks and definitions
	Things int // that these fields belong to
	Lists  int // task lists whose order is not known
}

// Difference is a thing in the tables that is not what the trail makes of it.
type Difference struct {
	What     string // "incident inc_…", "task tsk_…"
	Field    string
	Expected string
	Found    string
}

func (d *Difference) Error() string {
	return fmt.Sprintf("%s: %s differs from what the trail gives: expected %s, found %s", d.What, d.Field, d.Expected, d.Found)
}

// Verify reads the whole trail once, in order, and checks its chain, payloads,
// tree and checkpoints, and that playing it back gives exactly the incidents,
// tasks and definitions in the tables. It returns an *[audit.Fault] for the
// first thing wrong with the trail, else a *[Difference] for something in the
// tables, and any other error when it could not read on; what it says of a
// database with a fault goes only as far as the fault. All is read in one
// snapshot, so it may run beside a server. Its memory does not grow with the
// trail.
func (s *Store) Verify(ctx context.Context, o VerifyOptions) (Verified, error) {
	tx, end, err := s.snapshot(ctx)
	if err != nil {
		return Verified{}, err
	}
	defer end()
	ctx, stop := context.WithCancel(ctx)
	storage, err := s.checkStorage(ctx)
	if err != nil {
		stop()
		return Verified{}, err
	}
	out, err := verifyIn(ctx, tx, o, storage)
	stop()
	_ = storage() // has ended when this returns
	return out, err
}

// verification is what a verification in progress knows.
type verification struct {
	VerifyOptions
	tx      bun.Tx
	end     audit.Head // of the trail, as the snapshot has it
	chain   *audit.Verifier
	tree    audit.Tree
	outside []audit.Checkpoint // those not reached yet, by size
	states  states
	seen    seen
	out     Verified
}

// seen counts events, by what they must be found in again.
type seen struct {
	incidents   int64
	definitions int64
	redactions  int64
}

func verifyIn(ctx context.Context, tx bun.Tx, o VerifyOptions, storage func() error) (Verified, error) {
	trail, err := readTrailID(ctx, tx)
	if err != nil {
		return Verified{}, err
	}
	v := &verification{VerifyOptions: o, tx: tx, chain: audit.NewVerifier(trail), outside: slices.Clone(o.Outside), states: newStates()}
	slices.SortFunc(v.outside, func(a, b audit.Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	if v.end, err = readHead(ctx, tx, trail); err != nil {
		return Verified{}, fmt.Errorf("db: read the newest event: %w", err)
	}
	if err := v.sameTrail(); err != nil {
		return v.out, err
	}
	for _, step := range []func(context.Context) error{
		v.checkTrail, v.checkEnd, func(context.Context) error { return storage() }, v.checkIncidents, v.checkDefinitions,
	} {
		if err := step(ctx); err != nil {
			return v.out, err
		}
	}
	return v.out, nil
}

// count returns how many rows a table has.
func (v *verification) count(ctx context.Context, table string) (int64, error) {
	var n int64
	if err := v.tx.NewSelect().Table(table).ColumnExpr("COUNT(*)").Scan(ctx, &n); err != nil {
		return 0, fmt.Errorf("db: count the rows of %s: %w", table, err)
	}
	return n, nil
}

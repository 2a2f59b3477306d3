package db

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"

	"tasktrail/audit"
)

// verifyPage is how many events are read at a time: sixteen tiles full.
const verifyPage = 16 * audit.TileWidth

// trailPage is a stretch of the trail with all that is derived from it.
type trailPage struct {
	rows        []rawEvent
	tiles       []*tileRow
	checkpoints []*checkpointRow

	// For incidents that were put aside while the page before was checked.
	aside  []*aside
	tables tables
}

// checkedEvent is an event of a page and what it says by itself.
type checkedEvent struct {
	event    *audit.Event
	fault    *audit.Fault // the row is no event
	fields   *audit.Fault // the column does not tell what the payload does
	examined audit.Examined
}

// checkTrail reads the trail in order. While a page is checked, the next is
// read.
func (v *verification) checkTrail(ctx context.Context) error {
	if err := v.checkOutside(); err != nil { // those of an empty trail
		return err
	}
	after, last := int64(math.MinInt64), false
	var ready *trailPage // read, not yet checked
	for !last || ready != nil {
		checked := make(chan error, 1)
		var aside []*aside
		if !last {
			aside = v.states.takeAside()
		}
		go func(p *trailPage) { checked <- v.checkPage(p) }(ready)
		ready = nil
		var err error
		if !last {
			if ready, err = v.readPage(ctx, after, aside); err == nil {
				after, last = ready.next(after)
			}
		}
		// What the page before was found to be comes before what could not be read.
		if fault := <-checked; fault != nil {
			return fault
		}
		if err != nil {
			return err
		}
		if v.Progress != nil {
			v.Progress(v.chain.Head().Position, v.end.Position)
		}
	}
	v.out.Root = v.tree.Root()
	return v.chain.Finish()
}

// next is the position behind which the next page begins; last when there is
// none. A position that does not go up is a fault, which is found when the page
// is checked.
func (p *trailPage) next(after int64) (position int64, last bool) {
	if len(p.rows) < verifyPage {
		return 0, true
	}
	position, ok := p.rows[len(p.rows)-1].position()
	return position, !ok || position <= after
}

// readPage reads the events behind a position, with the tiles that they fill
// and the checkpoints over them, and the rows of the incidents put aside.
func (v *verification) readPage(ctx context.Context, after int64, aside []*aside) (*trailPage, error) {
	p := &trailPage{rows: make([]rawEvent, 0, verifyPage), aside: aside}
	rows, err := v.tx.Tx.QueryContext(ctx, "SELECT "+rawEventColumns+" FROM audit_events WHERE position > $1 ORDER BY position LIMIT $2", after, verifyPage)
	if err != nil {
		return nil, fmt.Errorf("db: read events: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		p.rows = append(p.rows, rawEvent{})
		if err := p.rows[len(p.rows)-1].scan(rows); err != nil {
			return nil, fmt.Errorf("db: read events: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("db: read events: %w", err)
	}
	from := max(after, 0)
	if err := v.readProof(ctx, p, from, from+int64(len(p.rows))); err != nil {
		return nil, err
	}
	p.tables, err = v.readTables(ctx, idsOf(aside))
	return p, err
}

// checkPage checks what was read, after the incidents that were put aside. p
// may be nil.
func (v *verification) checkPage(p *trailPage) error {
	if p == nil {
		return nil
	}
	for _, a := range p.aside {
		v.compareAside(a, p.tables)
	}
	signed := make([]error, len(p.checkpoints))
	events := make([]checkedEvent, len(p.rows))
	trail := v.chain.Head().Trail
	spread(len(p.rows)+len(p.checkpoints), func(n int) {
		if n >= len(events) {
			n -= len(events)
			signed[n] = v.openCheckpoint(p.checkpoints[n], trail)
			return
		}
		e := &events[n]
		if e.event, e.fault = p.rows[n].event(trail); e.fault == nil {
			e.examined = audit.ExamineStored(e.event)
			e.fields = p.rows[n].checkFields(e.event)
		}
	})
	proof := newProofPage(p, signed)
	for _, e := range events {
		if e.fault != nil {
			e.fault.Position = v.chain.Head().Position + 1
			return e.fault
		}
		if err := v.chain.Next(e.event, e.examined); err != nil {
			return err
		}
		if e.fields != nil {
			e.fields.Position = e.event.Position
			return e.fields
		}
		v.out.Head = v.chain.Head()
		if e.event.Redacted {
			v.out.Redacted++
		}
		if err := v.checkProof(proof, v.tree.Append(e.examined.Leaf)); err != nil {
			return err
		}
		if err := v.replay(e.event); err != nil {
			return err
		}
	}
	return proof.rest()
}

// replay plays one event back, as far as its incident is at hand.
func (v *verification) replay(e *audit.Event) error {
	switch {
	case e.SubjectKind == audit.SubjectEvent:
		v.seen.redactions++
		if e.IncidentID == "" {
			return nil
		}
		v.seen.incidents++
	case e.IncidentID == "":
		v.seen.definitions++
		return nil
	default:
		v.seen.incidents++
	}
	return v.states.apply(e)
}

// spread calls f with each number below n, on all processors.
func spread(n int, f func(n int)) {
	workers := runtime.GOMAXPROCS(0)
	chunk := max((n+2*workers-1)/(2*workers), 64)
	var wait sync.WaitGroup
	for from := 0; from < n; from += chunk {
		wait.Go(func() {
			for i := from; i < min(from+chunk, n); i++ {
				f(i)
			}
		})
	}
	wait.Wait()
}

// notReplayed says that an event does not follow from those before it.
func notReplayed(e *audit.Event, err error) error {
	return &audit.Fault{Position: e.Position, Field: "changes", Expected: "changes that follow from the history", Found: err.Error()}
}

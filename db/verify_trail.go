package db

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"tasktrail/audit"
)

// Events are read so many at a time: eight tiles full. So many pages are under
// way: one is checked, one is read, and one is between them, as neither takes
// the same time for every page.
const (
	verifyPage  = 8 * audit.TileWidth
	verifyPages = 3
)

// trailPage is a stretch of the trail with all that is derived from it. Once it
// has been checked, it is used for another.
type trailPage struct {
	rows        []rawEvent
	events      []checkedEvent // one for each row
	tiles       []*tileRow
	checkpoints []*checkpointRow
	err         error // it could not be read

	// Of incidents that were put aside while the page was checked: the rows are
	// read with the next stretch.
	aside  []*aside
	tables tables
}

// checkedEvent is an event of a page and what it says by itself.
type checkedEvent struct {
	event    audit.Event
	fault    *audit.Fault // the row is no event
	fields   *audit.Fault // the column does not tell what the payload does
	examined audit.Examined
}

// checkTrail checks the trail in order, while it is read.
func (v *verification) checkTrail(ctx context.Context) error {
	if err := v.checkOutside(); err != nil { // those of an empty trail
		return err
	}
	free, read := make(chan *trailPage, verifyPages), make(chan *trailPage, verifyPages)
	for range verifyPages {
		free <- &trailPage{}
	}
	go v.readPages(ctx, free, read)
	var fault error
	for p := range read {
		if fault != nil {
			continue // the reader is about to stop
		}
		if fault = p.err; fault == nil {
			fault = v.checkPage(p)
		}
		if fault != nil {
			close(free)
			continue
		}
		p.aside = v.states.takeAside()
		free <- p
		if v.Progress != nil {
			v.Progress(v.chain.Head().Position, v.end.Position)
		}
	}
	if fault != nil {
		return fault
	}
	close(free)
	for p := range free { // what was put aside while the last pages were checked
		v.states.aside = append(v.states.aside, p.aside...)
	}
	v.out.Root = v.tree.Root()
	return v.chain.Finish()
}

// readPages reads the trail into free pages until its end, or until there are
// no more of them.
func (v *verification) readPages(ctx context.Context, free <-chan *trailPage, read chan<- *trailPage) {
	defer close(read)
	after, last := int64(math.MinInt64), false
	for p := range free {
		p.err = v.readPage(ctx, p, after)
		if p.err == nil {
			after, last = p.next(after)
		}
		read <- p
		if last || p.err != nil {
			return
		}
	}
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
func (v *verification) readPage(ctx context.Context, p *trailPage, after int64) error {
	*p = trailPage{rows: p.rows[:0], events: p.events, aside: p.aside}
	rows, err := v.tx.Tx.QueryContext(ctx, "SELECT "+rawEventColumns+" FROM audit_events WHERE position > $1 ORDER BY position LIMIT $2", after, verifyPage)
	if err != nil {
		return fmt.Errorf("db: read events: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		p.rows = append(p.rows, rawEvent{})
		if err := p.rows[len(p.rows)-1].scan(rows); err != nil {
			return fmt.Errorf("db: read events: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("db: read events: %w", err)
	}
	from := max(after, 0)
	if err := v.readProof(ctx, p, from, from+int64(len(p.rows))); err != nil {
		return err
	}
	p.tables, err = v.readTables(ctx, idsOf(p.aside))
	return err
}

// checkPage checks what was read, after the incidents that were put aside.
func (v *verification) checkPage(p *trailPage) error {
	for _, a := range p.aside {
		v.compareAside(a, p.tables)
	}
	signed := make([]error, len(p.checkpoints))
	p.events = slices.Grow(p.events[:0], len(p.rows))[:len(p.rows)] // with the room of those before
	events := p.events
	trail := v.chain.Head().Trail
	spread(len(p.rows)+len(p.checkpoints), func(n int) {
		if n >= len(events) {
			n -= len(events)
			signed[n] = v.openCheckpoint(p.checkpoints[n], trail)
			return
		}
		e := &events[n]
		if e.fault = p.rows[n].event(trail, &e.event); e.fault == nil {
			e.examined = audit.ExamineStored(&e.event)
			e.fields = p.rows[n].checkFields(&e.event)
		}
	})
	proof := newProofPage(p, signed)
	for n := range events {
		e := &events[n]
		if e.fault != nil {
			e.fault.Position = v.chain.Head().Position + 1
			return e.fault
		}
		if err := v.chain.Next(&e.event, e.examined); err != nil {
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
		if err := v.replay(&e.event); err != nil {
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

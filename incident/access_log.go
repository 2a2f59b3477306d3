package incident

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Entries that no answer waits for are written this often, or as soon as so many
// wait. Of more than the most that may wait, as while the database is away, only
// the number is kept.
const (
	accessPeriod  = time.Second
	accessBatch   = 256
	accessWaiting = 4096
)

// flushTimeout is how long the last entries may take once the server stops.
const flushTimeout = 10 * time.Second

// accessLog holds what is to be written to the access log.
type accessLog struct {
	writing sync.Mutex // held while entries are written, so that they stay in order

	mu      sync.Mutex
	waiting []AccessEntry
	counted tally
	until   time.Time // the end of the window that is counted in
	limit   refusalLimit
	enough  chan struct{} // poked when a batch waits
}

func newAccessLog() *accessLog {
	return &accessLog{counted: tally{}, enough: make(chan struct{}, 1)}
}

// note takes an entry without waiting for anything.
func (l *accessLog) note(e AccessEntry, now time.Time) {
	e.RecordedAt = now
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) >= accessWaiting || (e.Outcome == AccessRefused && !l.limit.allow(e.source(), now)) {
		l.count(e)
		return
	}
	l.waiting = append(l.waiting, e)
	if len(l.waiting) >= accessBatch {
		select {
		case l.enough <- struct{}{}:
		default:
		}
	}
}

// count is note for what is not written by itself. mu is held.
func (l *accessLog) count(e AccessEntry) {
	if len(l.counted) == 0 {
		l.until = e.RecordedAt.Add(accessWindow)
	}
	l.counted.add(e)
}

// take returns what is to be written now; what was counted only at the end of
// its window, or when the server stops.
func (l *accessLog) take(now time.Time, stopping bool) []AccessEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	entries := l.waiting
	l.waiting = nil
	if len(l.counted) == 0 || (!stopping && now.Before(l.until)) {
		return entries
	}
	sums := make([]AccessEntry, 0, len(l.counted))
	for _, sum := range l.counted {
		sums = append(sums, *sum)
	}
	slices.SortFunc(sums, func(a, b AccessEntry) int { return a.RecordedAt.Compare(b.RecordedAt) })
	l.counted = tally{}
	return append(entries, sums...)
}

// giveBack takes what could not be written, for another time.
func (l *accessLog) giveBack(entries []AccessEntry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	later := l.waiting
	l.waiting = nil
	for _, e := range append(entries, later...) {
		if e.Count > 1 || len(l.waiting) >= accessWaiting {
			l.count(e)
		} else {
			l.waiting = append(l.waiting, e)
		}
	}
}

// RunAccessLog writes what was noted until ctx ends, and then what is left.
// Failed hears of errors, after which it goes on: nil that it works again. What
// was noted in the last second is lost when the process is killed.
func (s *Service) RunAccessLog(ctx context.Context, failed func(error)) error {
	ticker := time.NewTicker(accessPeriod)
	defer ticker.Stop()
	broken := false
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
			defer cancel()
			if err := s.FlushAccessLog(last); err != nil {
				failed(err)
			}
			return nil
		case <-s.access.enough:
		case <-ticker.C:
		}
		err := s.writeAccessLog(ctx, false)
		if ctx.Err() == nil && (err != nil) != broken {
			broken = err != nil
			failed(err)
		}
	}
}

// FlushAccessLog writes all that was noted so far, also what is only counted.
func (s *Service) FlushAccessLog(ctx context.Context) error { return s.writeAccessLog(ctx, true) }

func (s *Service) writeAccessLog(ctx context.Context, all bool) error {
	s.access.writing.Lock()
	defer s.access.writing.Unlock()
	entries := s.access.take(s.Now(), all)
	for len(entries) > 0 {
		n := min(len(entries), accessBatch)
		if err := s.store.RecordAccess(ctx, entries[:n]); err != nil {
			s.access.giveBack(entries)
			return err
		}
		entries = entries[n:]
	}
	return nil
}

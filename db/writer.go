package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"tasktrail/incident"
)

// A change waiting to be carried out.
type request struct {
	ctx    context.Context
	needs  incident.Needs
	change func(incident.Tx) error
	done   chan error // buffered: the writer never waits for a caller
}

// ErrStopped answers changes that arrive after the writer has stopped.
var ErrStopped = errors.New("db: the server is stopping")

// Update implements [incident.Store]. The change waits for the running
// transaction to end and is then carried out together with all others that
// wait. When ctx ends before that, nothing of it was done; once it has begun,
// Update waits for its outcome.
func (s *Store) Update(ctx context.Context, needs incident.Needs, change func(incident.Tx) error) error {
	r := &request{ctx: ctx, needs: needs, change: change, done: make(chan error, 1)}
	select {
	case s.queue <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.stopped:
		return ErrStopped
	}
	select {
	case err := <-r.done:
		return err
	case <-s.stopped:
		select {
		case err := <-r.done:
			return err
		default:
			return ErrStopped
		}
	}
}

// runWriter carries changes out until ctx ends, then those still waiting.
func (s *Store) runWriter(ctx context.Context) error {
	defer close(s.stopped)
	for {
		select {
		case r := <-s.queue:
			s.carryOut(s.waiting(r))
		case <-ctx.Done():
			for {
				select {
				case r := <-s.queue:
					s.carryOut(s.waiting(r))
				default:
					return nil
				}
			}
		}
	}
}

// waiting returns first and whatever else waits now, at most a batch.
func (s *Store) waiting(first *request) []*request {
	batch := []*request{first}
	for len(batch) < s.maxBatch {
		select {
		case r := <-s.queue:
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// writeTimeout bounds one transaction, whatever the patience of its callers.
const writeTimeout = 30 * time.Second

// carryOut runs a batch as one transaction. When that fails as a whole, each
// change is tried alone, so that only what is broken fails.
func (s *Store) carryOut(batch []*request) {
	live, refusal := batch[:0], s.writable()
	for _, r := range batch {
		if err := cmp.Or(r.ctx.Err(), refusal); err != nil {
			r.done <- err
			continue
		}
		live = append(live, r)
	}
	if len(live) == 0 {
		return
	}
	results, err := s.commit(live)
	if err == nil {
		for n, r := range live {
			r.done <- results[n]
		}
		return
	}
	if len(live) == 1 && !retryable(err) {
		live[0].done <- fmt.Errorf("db: update: %w", err)
		return
	}
	s.log.Warn().Err(err).Int("changes", len(live)).Msg("batch failed, trying its changes one by one")
	for _, r := range live {
		r.done <- s.alone(r, err)
	}
}

// attempts is how often one change is tried before its failure is reported.
const attempts = 5

// alone tries one change again after its transaction failed with err, as long
// as that can help and cannot do the same thing twice.
func (s *Store) alone(r *request, err error) error {
	for n := 1; n < attempts; n++ {
		var unknown unknownOutcome
		if errors.As(err, &unknown) && r.needs.Mutation.ID == "" {
			break // it may have happened, and nothing would show that
		}
		pause(r.ctx, n)
		var results []error
		if results, err = s.commit([]*request{r}); err == nil {
			return results[0]
		}
		if !retryable(err) {
			break
		}
	}
	return fmt.Errorf("db: update: %w", err)
}

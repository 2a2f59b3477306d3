package audit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// A checkpoint is made of this many new events, and of fewer once the newest
// one is this old.
const (
	checkpointEvents = 100
	checkpointAge    = 10 * time.Second
)

// A round of the checkpointer reads at most this many pages of events, and what
// it does after its context has ended may take this long.
const (
	roundPages  = 32
	lastTimeout = 10 * time.Second
)

// CheckpointerOptions are those of [NewCheckpointer].
type CheckpointerOptions struct {
	Now  func() time.Time // nil: the real clock
	Tick <-chan time.Time // when to look, even if nothing was heard of; nil: every second

	// Sink, when not nil, is given every checkpoint that is made, as a signed
	// note, before the store gets it. After an error it is given the newest again.
	Sink func(note string) error
	// Report, when not nil, hears of an error when it begins and nil when it is
	// over. After one that [IsContradiction] nothing is signed any more.
	Report func(error)
}

// Checkpointer follows a trail, stores the tiles of its tree, and signs and
// stores checkpoints: as soon as there are 100 new events, after 10 s when
// there are fewer, and a last one when it ends.
// Several may run on one store, each in a process of its own.
type Checkpointer struct {
	store TreeStore
	keys  Keys
	o     CheckpointerOptions

	tree   *Tree
	last   Hash   // of the newest event in the tree; zero when it is not known
	tiles  []Tile // full, not stored yet
	fill   filler
	since  time.Time // when newest was made, at the latest now
	unsunk string    // the newest note, if the sink has not taken it yet
	sunk   string    // the note that the sink has taken last
	failed bool      // and reported

	mu      sync.Mutex
	newest  StoredCheckpoint
	refusal error // a contradiction
}

// NewCheckpointer returns a checkpointer that signs with the private keys in
// keys. Call [Checkpointer.Start], then [Checkpointer.Run] or
// [Checkpointer.Finish].
func NewCheckpointer(store TreeStore, keys Keys, o CheckpointerOptions) *Checkpointer {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Report == nil {
		o.Report = func(error) {}
	}
	return &Checkpointer{store: store, keys: keys, o: o}
}

// Start loads the tree at the newest stored checkpoint. It refuses with an
// error that [IsContradiction] when the trail is not the one which that states.
func (c *Checkpointer) Start(ctx context.Context) error {
	if !c.keys.CanSign() {
		return errors.New("there is no private key to sign checkpoints with")
	}
	head, err := c.store.Head(ctx)
	if err != nil {
		return err
	}
	newest, ok, err := c.store.Checkpoint(ctx, 0)
	if err != nil {
		return err
	}
	c.tree = &Tree{}
	if !ok {
		c.newest.Trail = head.Trail
		return nil
	}
	if c.tree, err = c.check(ctx, newest); err != nil {
		return fmt.Errorf("no checkpoint is signed: the newest stored one contradicts the trail: %w", err)
	}
	c.fill.size = newest.Size
	c.learn(newest)
	events, err := c.store.Read(ctx, newest.Size-1, 1)
	if err == nil && len(events) == 1 {
		c.last = events[0].Hash
	}
	return err
}

// check returns the tree of a stored checkpoint. One by a key that is not known
// here is believed as far as the trail bears it out.
func (c *Checkpointer) check(ctx context.Context, stored StoredCheckpoint) (*Tree, error) {
	stated, err := c.keys.Open(stored.Note)
	if errors.Is(err, ErrCheckpointUnsigned) {
		stated, err = ReadCheckpoint(stored.Note)
	}
	if err == nil && stated != stored.Checkpoint {
		err = ErrCheckpointMalformed
	}
	if err != nil {
		return nil, fmt.Errorf("%w (the stored one of %d events)", err, stored.Size)
	}
	return LoadCheckedTree(ctx, c.store, stored.Checkpoint)
}

// Newest returns the newest checkpoint that is known of; of size 0 when there
// is none. It may be called at any time.
func (c *Checkpointer) Newest() StoredCheckpoint {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.newest
}

// Refusal returns the contradiction because of which nothing is signed any
// more, or nil. It may be called at any time.
func (c *Checkpointer) Refusal() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refusal
}

func (c *Checkpointer) learn(newest StoredCheckpoint) {
	c.since = c.o.Now()
	if newest.SignedAt.Before(c.since) {
		c.since = newest.SignedAt
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.newest = newest
}

// Run makes checkpoints until ctx ends, and then a last one. An error is
// reported and what failed tried again.
func (c *Checkpointer) Run(ctx context.Context) error {
	tick := c.o.Tick
	if tick == nil {
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		tick = ticker.C
	}
	for ctx.Err() == nil {
		changed := c.store.Changed() // asked for before reading
		more, err := c.round(ctx)
		if ctx.Err() == nil {
			c.outcome(err)
		}
		if more && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-tick:
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTimeout)
	defer cancel()
	c.outcome(c.Finish(last))
	return nil
}

// outcome reports an error once, and that it is over.
func (c *Checkpointer) outcome(err error) {
	if IsContradiction(err) {
		c.mu.Lock()
		again := c.refusal != nil
		c.refusal = err
		c.mu.Unlock()
		if !again {
			c.o.Report(err)
		}
		return
	}
	if (err != nil) != c.failed {
		c.failed = err != nil
		c.o.Report(err)
	}
}

// round brings the tree up to date and makes a checkpoint if one is due. It
// returns true when there is more to do at once.
func (c *Checkpointer) round(ctx context.Context) (more bool, err error) {
	if err := c.Refusal(); err != nil {
		return false, err
	}
	if more, err = c.read(ctx); err != nil {
		return false, err
	}
	if c.due() {
		if err := c.make(ctx, c.due); err != nil {
			return false, err
		}
	}
	if err := c.sink(); err != nil {
		return false, err
	}
	filled, err := c.fill.step(ctx, c.store)
	return more || !filled, err
}

// Finish makes a checkpoint of all events that are there now, unless there is
// one.
func (c *Checkpointer) Finish(ctx context.Context) error {
	if err := c.Refusal(); err != nil {
		return err
	}
	head, err := c.store.Head(ctx)
	if err != nil {
		return err
	}
	for c.tree.Size() < head.Position {
		if _, err := c.read(ctx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	for filled := false; !filled; {
		if filled, err = c.fill.step(ctx, c.store); err != nil {
			return err
		}
	}
	if missing := func() bool { return c.tree.Size() > c.newest.Size }; missing() {
		return c.make(ctx, missing)
	}
	return c.sink()
}

// read appends new events to the tree, at most as many as a round takes, and
// stores the tiles that they fill. It returns true when there may be more.
func (c *Checkpointer) read(ctx context.Context) (more bool, err error) {
	for range roundPages {
		if err := c.saveTiles(ctx); err != nil {
			return false, err
		}
		events, err := c.store.Read(ctx, c.tree.Size(), followPage)
		if err != nil {
			return false, err
		}
		for _, e := range events {
			if e.Position != c.tree.Size()+1 || (!c.last.IsZero() && e.Previous != c.last) {
				return false, fmt.Errorf("%w (the event at position %d does not follow the one before it)", ErrTrailRewritten, e.Position)
			}
			encoded, err := e.Encode()
			if err != nil {
				return false, err
			}
			c.tiles = append(c.tiles, c.tree.Append(LeafHash(encoded))...)
			c.last = e.Hash
		}
		if len(events) < followPage {
			return false, c.saveTiles(ctx)
		}
	}
	return true, nil
}

func (c *Checkpointer) saveTiles(ctx context.Context) error {
	if len(c.tiles) == 0 {
		return nil
	}
	err := c.store.SaveTiles(ctx, c.tiles)
	if err == nil {
		c.tiles = nil
	}
	return err
}

// due reports whether it is time for a checkpoint.
func (c *Checkpointer) due() bool {
	events, age := c.tree.Size()-c.newest.Size, c.o.Now().Sub(c.since)
	return events > 0 && (age >= checkpointAge || events >= checkpointEvents)
}

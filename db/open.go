package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"github.com/uptrace/bun"
	"golang.org/x/sync/errgroup"

	"tasktrail/audit"
	"tasktrail/incident"
)

// defaultBatch is how many changes at most share a transaction.
const defaultBatch = 256

// Options of a store. The zero value is what a server uses.
type Options struct {
	Now      func() time.Time // nil: the real clock
	MaxBatch int              // 0: 256; 1 switches group commit off
	NoHints  bool             // other servers learn of changes by looking alone
	Log      zerolog.Logger

	// Observe, when not nil, hears of every statement: its first word, such as
	// SELECT, how long it took, and whether it failed. ctx has the values of the
	// request that it was made for, if it was for one. It must not block.
	Observe func(ctx context.Context, operation string, took time.Duration, failed bool)

	// Wrap, when not nil, gets what makes connections and returns what is used in
	// its place: for tests in which the database fails.
	Wrap func(driver.Connector) driver.Connector
}

// Store is an open database. It implements [incident.Store].
type Store struct {
	url   location
	write *bun.DB // SQLite: one connection
	read  *bun.DB // SQLite: cannot write
	trail audit.TrailID

	now      func() time.Time
	maxBatch int
	noHints  bool
	log      zerolog.Logger

	queue   chan *request
	stopped chan struct{}
	hints   chan struct{}
	outbox  chan struct{} // poked when this process has stored deliveries
	scrubs  chan struct{} // poked when an event was redacted, by whomever
	tail    *tail

	readOnly atomic.Bool // a check of the installation has failed

	accesses *accessWriter

	defined *definitions // what the writer has read last; it alone uses it
}

var _ incident.Store = (*Store)(nil)

// Open opens the database that rawURL names. It must exist and be up to date,
// see [Migrate]; else the error is [ErrNotMigrated], [ErrNewerDatabase] or
// [ErrEdited]. Nothing can be changed until [Store.Run] runs.
func Open(ctx context.Context, rawURL string, o Options) (*Store, error) {
	s, err := connect(rawURL, o)
	if err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(unreachable(err), s.Close())
	}
	return s, nil
}

// connect makes a store that has not looked at its database yet.
func connect(rawURL string, o Options) (*Store, error) {
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	if !u.postgres() {
		if err := checkFile(u.file, false); err != nil {
			return nil, err
		}
	}
	s := &Store{
		url: u, now: o.Now, maxBatch: o.MaxBatch, noHints: o.NoHints, log: o.Log,
		queue: make(chan *request, 4*defaultBatch), stopped: make(chan struct{}), hints: make(chan struct{}, 1),
		outbox: make(chan struct{}, 1), scrubs: make(chan struct{}, 1), accesses: newAccessWriter(),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.maxBatch == 0 {
		s.maxBatch = defaultBatch
	}
	s.tail = newTail(s)
	if u.postgres() {
		if s.write, err = openPostgres(u.pg, writeConns, nil, o.Wrap); err == nil {
			// Only hints are written through this pool; they need not be durable.
			s.read, err = readPostgres(u.pg, readConns, map[string]any{"synchronous_commit": "off"}, o.Wrap)
		}
	} else {
		if s.write, err = openSQLite(u.file, false, o.Wrap); err == nil {
			s.read, err = openSQLite(u.file, true, o.Wrap)
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if o.Observe != nil {
		s.write, s.read = s.write.WithQueryHook(observer(o.Observe)), s.read.WithQueryHook(observer(o.Observe))
	}
	return s, nil
}

// start checks that the database is the one this program knows, and begins at
// the present end of its trail.
func (s *Store) start(ctx context.Context) error {
	m, err := newMigrator(s.write, s.url.engine())
	if err != nil {
		return err
	}
	done, err := m.upToDate(ctx)
	if err != nil {
		return err
	}
	if !done {
		return ErrNotMigrated
	}
	if s.trail, err = readTrailID(ctx, s.write); err != nil {
		return err
	}
	return s.tail.start(ctx)
}

// observer hands on what bun tells of each statement.
type observer func(ctx context.Context, operation string, took time.Duration, failed bool)

func (observer) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (o observer) AfterQuery(ctx context.Context, e *bun.QueryEvent) {
	o(ctx, e.Operation(), time.Since(e.StartTime), e.Err != nil && !errors.Is(e.Err, sql.ErrNoRows))
}

// Run writes changes and watches the trail until ctx ends; then it carries out
// what still waits and returns. It can run once.
func (s *Store) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.runWriter(ctx) })
	g.Go(func() error { return s.tail.run(ctx) })
	if !s.url.postgres() {
		g.Go(func() error { return s.runScrubs(ctx) })
	}
	if s.url.postgres() && !s.noHints {
		g.Go(func() error { return s.runHints(ctx) })
		g.Go(func() error { return s.listen(ctx) })
	}
	return g.Wait()
}

// Close closes the connections. Run has returned before.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*bun.DB{s.write, s.read} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.read.PingContext(ctx) }

// SaveActor implements [incident.Store].
func (s *Store) SaveActor(ctx context.Context, a incident.Actor) error {
	if err := s.writable(); err != nil {
		return err
	}
	for n := 1; ; n++ {
		_, err := upsertActors(s.write, actorRowOf(a)).Exec(ctx)
		switch {
		case err == nil:
			return nil
		case n == attempts || ctx.Err() != nil || !retryable(err):
			return fmt.Errorf("db: save actor: %w", err)
		}
		pause(ctx, n) // saved twice is as good as once
	}
}

// upsertActors makes actors known, or brings their names up to date.
func upsertActors(to bun.IDB, rows any) *bun.InsertQuery {
	return to.NewInsert().Model(rows).
		On("CONFLICT (id) DO UPDATE").Set("name = EXCLUDED.name").Set("email = EXCLUDED.email").Set("search = EXCLUDED.search").
		Where("a.name <> EXCLUDED.name OR a.email IS DISTINCT FROM EXCLUDED.email")
}

func readTrailID(ctx context.Context, from bun.IDB) (audit.TrailID, error) {
	var id []byte
	err := from.NewSelect().Table("trail").Column("id").Scan(ctx, &id)
	if err == nil && len(id) != len(audit.TrailID{}) {
		err = errors.New("the id of the trail has a wrong length")
	}
	if err != nil {
		return audit.TrailID{}, fmt.Errorf("db: read the id of the trail: %w", err)
	}
	return audit.TrailID(id), nil
}

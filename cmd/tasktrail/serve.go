package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"tasktrail/audit"
	"tasktrail/auth"
	"tasktrail/db"
	"tasktrail/export"
	"tasktrail/graph"
	"tasktrail/importer"
	"tasktrail/incident"
	"tasktrail/tlogtiles"
	"tasktrail/webhook"
)

type serveCmd struct {
	database
	listening
	identity
	checkpointKey
	strict
	persisted
	edges
	limiting
	CheckpointLog string `placeholder:"FILE" help:"Append every checkpoint to this file outside the database, or to standard output (-). When the trail does not contain the last one in it, the server does not start."`

	LogLevel string `default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL" help:"What to log: ${enum} (${default}). Probes are debug."`
	Demo     bool   `help:"Fill an empty database with made-up incidents and their history."`

	WebhookAllow []netip.Prefix `placeholder:"CIDR" help:"Networks that webhooks may call besides public addresses, on any port and without TLS, such as 10.1.0.0/16."`
}

// stopTimeout is how long requests may take to end once the server is told to
// stop.
const stopTimeout = 10 * time.Second

// Run serves until ctx ends. It starts from the inside out (key, database,
// writer, listener) and stops in reverse: no new requests, sockets sent away,
// running requests ended, waiting changes written, database closed.
func (c *serveCmd) Run(ctx context.Context, out output) error {
	level, err := zerolog.ParseLevel(c.LogLevel)
	if err != nil {
		return usedWrongly(err)
	}
	log := newLogger(out.stderr, level)
	ctx = log.WithContext(ctx)
	security, err := c.tls()
	if err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	documentLimits, err := c.limiting.limits()
	if err != nil {
		return err
	}
	documents, err := c.documents(documentLimits, log)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: choose another address with --listen, or stop what uses it: %w", c.Listen, err)
	}
	defer func() { _ = listener.Close() }()
	metrics := newMetrics()
	known, err := c.open(log, metrics)
	if err != nil {
		return err
	}
	signing, err := c.loadOrCreate()
	if err != nil {
		return err
	}
	if _, err := db.Migrate(ctx, c.Database); err != nil {
		return err
	}

	clock := importer.NewClock(time.Now().Add(-importer.DemoSpan))
	if !c.Demo {
		clock.Release()
	}
	store, err := db.Open(ctx, c.Database, db.Options{Now: clock.Now, Log: log, Observe: metrics.statement})
	if err != nil {
		return err
	}
	defer func() {
		if err := store.Close(); err != nil {
			log.Warn().Err(err).Msg("closing the database")
		}
	}()
	metrics.trail(store)
	examined := &watch{store: store, strict: c.Strict, log: log, metrics: metrics}
	if err := examined.check(ctx); err != nil {
		return fmt.Errorf("could not examine the installation: %w", err)
	}
	checkpoints, err := startCheckpoints(ctx, store, signing, c.CheckpointLog, out.stdout, log)
	if err != nil {
		return err
	}
	defer checkpoints.close()
	metrics.checkpoints(checkpoints.Checkpointer)
	service := incident.New(store, nil)
	known.verify = auth.WithKeys(known.verify, service)
	limits := c.edges.limits(metrics)
	known.verify = auth.Limited(known.verify, limits)

	group, ctx := errgroup.WithContext(ctx)
	// The writer outlives the server, whose last requests wait for it.
	storeCtx, stopStore := context.WithCancel(context.WithoutCancel(ctx))
	// And the checkpoints outlive the writer: the last one has all events.
	checkpointCtx, stopCheckpoints := context.WithCancel(context.WithoutCancel(ctx))
	group.Go(func() error {
		defer stopCheckpoints()
		return store.Run(storeCtx)
	})
	group.Go(func() error { return checkpoints.Run(checkpointCtx) })
	// The access log outlives the last request too.
	accessCtx, stopAccess := context.WithCancel(context.WithoutCancel(ctx))
	group.Go(func() error {
		defer stopStore()
		defer stopAccess()
		if c.Demo {
			if err := fillDemo(ctx, store, service, clock, log); err != nil {
				return err
			}
		}
		group.Go(func() error {
			return service.RunClock(ctx, func(err error) { log.Warn().Err(err).Msg("noting overdue tasks") })
		})
		group.Go(func() error {
			return service.RunKeyUses(ctx, func(err error) { log.Warn().Err(err).Msg("noting when API keys were used") })
		})
		group.Go(func() error { return examined.run(ctx) })
		group.Go(func() error { return known.run(ctx) })
		group.Go(func() error { return service.RunAccessLog(accessCtx, reportAccessLog(log)) })
		sender := webhook.New(store, webhook.Options{AllowedNetworks: c.WebhookAllow, Log: log, Observe: metrics.webhook})
		group.Go(func() error { return sender.Run(ctx) })
		web := &web{log: log, metrics: metrics, store: store, edges: &c.edges, service: service, drain: make(chan struct{})}
		api := graph.New(service, c.api(graph.Options{
			Verify: known.verify, Drain: web.drain, Persisted: documents, Limits: documentLimits, NoIntrospection: c.Introspection == "off",
			Unavailable: db.Transient,
		}, limits))
		exports := export.Handler(service, export.Options{
			Drain: web.drain, Log: log,
			Checkpoint: func(ctx context.Context) (audit.StoredCheckpoint, error) {
				checkpoint, _, err := c.checkpoint(ctx, store.Tree())
				return checkpoint, err
			},
		})
		server := c.server(web.routes(known.verify, api, tlogtiles.New(service), exports), security, log)
		say := out.stdout
		if c.CheckpointLog == "-" {
			say = out.stderr // so that checkpoints alone are on standard output
		}
		hello{out: say, log: log, address: listener.Addr(), secure: security != nil, key: known.key, database: c.Database, verifier: checkpoints.verifier}.say()
		return serveUntil(ctx, server, listener, web)
	})
	err = group.Wait()
	log.Info().Msg("stopped")
	return err
}

// fillDemo plays the demo's history into an empty trail.
func fillDemo(ctx context.Context, store *db.Store, service *incident.Service, clock *importer.Clock, log zerolog.Logger) error {
	head, err := store.Log().Head(ctx)
	if err != nil {
		return err
	}
	if head.Position > 0 {
		clock.Release()
		log.Info().Msg("the database is not empty, so no demo data was added")
		return nil
	}
	err = importer.Demo(ctx, service, clock)
	if errors.Is(err, incident.ErrReadOnly) {
		clock.Release()
		log.Warn().Msg("no demo data was added, because changes are refused")
		return nil
	}
	return err
}

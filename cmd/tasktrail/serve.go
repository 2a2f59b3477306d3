package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	stdlog "log"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"tasktrail/auth"
	"tasktrail/db"
	"tasktrail/graph"
	"tasktrail/importer"
	"tasktrail/incident"
	"tasktrail/webhook"
)

type serveCmd struct {
	database
	keyFile
	checkpointKey
	CheckpointLog string `placeholder:"FILE" help:"Append every checkpoint to this file outside the database, or to standard output (-). When the trail does not contain the last one in it, the server does not start."`

	Listen   string `default:"127.0.0.1:8080" placeholder:"ADDR" help:"The address to listen on (${default})."`
	LogLevel string `default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL" help:"What to log: ${enum} (${default}). Probes are debug."`
	Demo     bool   `help:"Fill an empty database with made-up incidents and their history."`
	TLSCert  string `name:"tls-cert" placeholder:"FILE" help:"Serve HTTPS with this certificate chain, PEM."`
	TLSKey   string `name:"tls-key" placeholder:"FILE" help:"The private key of the certificate, PEM."`

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
	security, err := c.tls()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: choose another address with --listen, or stop what uses it: %w", c.Listen, err)
	}
	defer func() { _ = listener.Close() }()
	key, err := auth.LoadOrCreateKey(c.Key)
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
	metrics := newMetrics()
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
	checkpoints, err := startCheckpoints(ctx, store, signing, c.CheckpointLog, out.stdout, log)
	if err != nil {
		return err
	}
	defer checkpoints.close()
	metrics.checkpoints(checkpoints.Checkpointer)
	service := incident.New(store, nil)

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
	group.Go(func() error {
		defer stopStore()
		if c.Demo {
			if err := fillDemo(ctx, store, service, clock, log); err != nil {
				return err
			}
		}
		group.Go(func() error {
			return service.RunClock(ctx, func(err error) { log.Warn().Err(err).Msg("noting overdue tasks") })
		})
		sender := webhook.New(store, webhook.Options{AllowedNetworks: c.WebhookAllow, Log: log, Observe: metrics.webhook})
		group.Go(func() error { return sender.Run(ctx) })
		web := &web{log: log, metrics: metrics, store: store, drain: make(chan struct{})}
		verify := func(token string) (incident.Viewer, error) { return key.Verify(token, time.Now()) }
		server := &http.Server{
			Handler: web.routes(verify, graph.New(service, graph.Options{Verify: verify, Drain: web.drain})),
			// The write time is that of a whole answer; streams set their own
			// deadline for each event.
			ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute,
			IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
			TLSConfig: security, ErrorLog: stdlog.New(libraryLines{log, zerolog.DebugLevel}, "", 0),
		}
		say := out.stdout
		if c.CheckpointLog == "-" {
			say = out.stderr // so that checkpoints alone are on standard output
		}
		hello{out: say, log: log, address: listener.Addr(), secure: security != nil, key: key, database: c.Database, verifier: checkpoints.verifier}.say()
		return serveUntil(ctx, server, listener, web)
	})
	err = group.Wait()
	log.Info().Msg("stopped")
	return err
}

// serveUntil serves until ctx ends, and then until what runs has ended.
func serveUntil(ctx context.Context, server *http.Server, listener net.Listener, web *web) error {
	var stopping errgroup.Group
	served := make(chan struct{})
	stopping.Go(func() error {
		select {
		case <-ctx.Done():
		case <-served:
			return nil
		}
		web.log.Info().Msg("stopping")
		close(web.drain)
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		err := server.Shutdown(stop)
		web.waitForSockets(stop) // Shutdown does not know of them
		if err != nil {
			return fmt.Errorf("requests were still running after %s: %w", stopTimeout, errors.Join(err, server.Close()))
		}
		return nil
	})
	var err error
	if server.TLSConfig != nil {
		err = server.ServeTLS(listener, "", "")
	} else {
		err = server.Serve(listener)
	}
	close(served)
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, stopping.Wait())
}

// tls returns nil when no certificate is given.
func (c *serveCmd) tls() (*tls.Config, error) {
	if c.TLSCert == "" && c.TLSKey == "" {
		return nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, usedWrongly(fmt.Errorf("--tls-cert and --tls-key must name a certificate and its key: %w", err))
	}
	return &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}, nil
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
	return importer.Demo(ctx, service, clock)
}

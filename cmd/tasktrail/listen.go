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
	"tasktrail/graph/transport"
)

// listening is where and how the server takes connections.
type listening struct {
	Listen  string `default:"127.0.0.1:8080" placeholder:"ADDR" help:"The address to listen on (${default})."`
	TLSCert string `name:"tls-cert" placeholder:"FILE" help:"Serve HTTPS with this certificate chain, PEM."`
	TLSKey  string `name:"tls-key" placeholder:"FILE" help:"The private key of the certificate, PEM."`

	TrustedProxy []netip.Prefix `placeholder:"CIDR" help:"Networks of reverse proxies, whose X-Forwarded-For says where a request comes from, such as 10.0.0.0/8."`
}

// server returns a server of handler. The write time is that of a whole answer;
// streams set their own deadline for each event.
func (c *listening) server(handler http.Handler, security *tls.Config, log zerolog.Logger) *http.Server {
	return &http.Server{
		Handler:           transport.CloseChunked(auth.Addresses(c.TrustedProxy)(auth.RequestIDs(handler))),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		BaseContext: func(net.Listener) context.Context { return log.WithContext(context.Background()) },
		Protocols:   protocols(security != nil), HTTP2: http2Limits(),
		TLSConfig: security, ErrorLog: stdlog.New(libraryLines{log, zerolog.DebugLevel}, "", 0),
	}
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
func (c *listening) tls() (*tls.Config, error) {
	if c.TLSCert == "" && c.TLSKey == "" {
		return nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, usedWrongly(fmt.Errorf("--tls-cert and --tls-key must name a certificate and its key: %w", err))
	}
	return &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}, nil
}

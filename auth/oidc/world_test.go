package oidc

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/auth"
	"tasktrail/auth/authtest"
)

// pipes is a network in memory, so that waiting for it does not hold up the
// clock of a synctest bubble.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

// world is a verifier and its provider in a bubble with a clock of its own.
type world struct {
	*authtest.Provider
	*Verifier
	t      *testing.T
	signer authtest.Signer
	token  string // honest, for 300 days
}

// inWorld runs a test in a bubble. The provider is away at first if down.
func inWorld(t *testing.T, down bool, test func(w *world)) {
	signer := authtest.NewSigner(t, "first", "ES256") // outside, where it takes no time
	synctest.Test(t, func(t *testing.T) {
		w := &world{Provider: &authtest.Provider{Issuer: "http://localhost"}, t: t, signer: signer}
		w.Publish(signer)
		w.Down(down)
		network := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		server := &http.Server{Handler: w.Provider}
		served := make(chan error)
		go func() { served <- server.Serve(network) }()

		w.Verifier = newVerifier(mustParse(t, configOf(w.Issuer)), zerolog.Nop(), fetcher{dial: network.dial})
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- w.Run(ctx) }()
		synctest.Wait()

		w.token = w.sign(signer)
		test(w)

		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		_ = server.Close()
		<-served
	})
}

// sign makes a token that outlives every test.
func (w *world) sign(s authtest.Signer) string {
	claims := w.Claims("analyst")
	claims["exp"] = time.Now().Add(300 * 24 * time.Hour).Unix()
	return s.Token(claims)
}

// pass lets time go by.
func (w *world) pass(d time.Duration) {
	<-time.After(d) // by the clock of the bubble
	synctest.Wait()
}

// want holds what becomes of a token against what should.
func (w *world) want(what, token string, want error) {
	w.t.Helper()
	_, err := w.Verify(w.t.Context(), token)
	if !errors.Is(err, want) || (want == nil && err != nil) {
		w.t.Errorf("%s: got %v, want %v", what, err, want)
	}
	if want != nil && auth.IsTokensFault(want) != auth.IsTokensFault(err) {
		w.t.Errorf("%s: %v: the wrong side is blamed", what, err)
	}
}

package db_test

import (
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
)

// proxy stands between a store and PostgreSQL, on a socket of its own, and cuts
// all connections once a given number of bytes has passed, in whichever
// direction.
type proxy struct {
	url    string // of the database, by way of the proxy
	server string // the socket behind it

	mu    sync.Mutex
	conns map[net.Conn]bool
	bytes int64  // passed since the last arm
	first []byte // what was said first, in both directions
	left  int64  // until the cut; negative: none is due
	cut   chan struct{}
	mute  bool // nothing passes any more, and nothing is closed
	all   sync.WaitGroup
}

// newProxy starts a proxy to the server of a throwaway database.
func newProxy(t *testing.T, databaseURL string) *proxy {
	t.Helper()
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	return proxyOn(t, l, databaseURL, "", url.Values{"host": {dir}})
}

// proxyOn starts a proxy on a listener that a URL with this host and query
// leads to.
func proxyOn(t *testing.T, l net.Listener, databaseURL, host string, query url.Values) *proxy {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{conns: map[net.Conn]bool{}, left: -1, server: u.Host}
	network := "tcp"
	if dir := u.Query().Get("host"); dir != "" {
		network, p.server = "unix", filepath.Join(dir, ".s.PGSQL.5432")
	}
	u.Host, u.RawQuery = host, query.Encode()
	p.url = u.String()
	p.all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial(network, p.server)
			if err != nil {
				_ = client.Close()
				t.Error(err)
				return
			}
			p.mu.Lock()
			p.conns[client], p.conns[server] = true, true
			p.mu.Unlock()
			p.all.Go(func() { p.pass(server, client) })
			p.all.Go(func() { p.pass(client, server) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.mu.Lock()
		p.closeAll()
		p.mu.Unlock()
		p.all.Wait()
	})
	return p
}

// arm makes the proxy cut after n more bytes; the channel is closed when it
// has. A negative n: never.
func (p *proxy) arm(n int64) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes, p.left, p.cut = 0, n, make(chan struct{})
	return p.cut
}

// silence makes the proxy swallow what it gets, as a network does that is cut,
// until end is called.
func (p *proxy) silence() (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mute = true
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.mute = false
		p.closeAll() // what was swallowed is missing
	}
}

// passed is how many bytes have passed since the last arm.
func (p *proxy) passed() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bytes
}

// said is what has passed first.
func (p *proxy) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.first)
}

// pass hands on what one side says, up to the byte of the cut.
func (p *proxy) pass(to, from net.Conn) {
	buffer := make([]byte, 32*1024)
	for {
		n, err := from.Read(buffer)
		// One at a time, so that the byte of the cut is exact.
		p.mu.Lock()
		if p.mute {
			n = 0
		}
		due := p.left >= 0 && int64(n) >= p.left
		if due {
			n = int(p.left)
		}
		_, writeErr := to.Write(buffer[:n])
		p.bytes += int64(n)
		if len(p.first) < 512 {
			p.first = append(p.first, buffer[:n]...)
		}
		switch {
		case due:
			p.left = -1
			p.closeAll()
			close(p.cut)
		case p.left >= 0:
			p.left -= int64(n)
		}
		if err = errors.Join(err, writeErr); err != nil {
			_, _ = to.Close(), from.Close()
			delete(p.conns, to)
			delete(p.conns, from)
		}
		p.mu.Unlock()
		if due || err != nil {
			return
		}
	}
}

// closeAll cuts every connection; mu is held.
func (p *proxy) closeAll() {
	for c := range p.conns {
		_ = c.Close()
	}
	clear(p.conns)
}

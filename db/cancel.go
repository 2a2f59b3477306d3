package db

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"reflect"
	"sync"
	"time"

	"github.com/uptrace/bun/driver/pgdriver"
)

// How long a request to cancel may take, and how long to wait for what it asks
// before it is sent again: from cancelWait, doubled each time.
const (
	cancelTimeout  = 2 * time.Second
	cancelWait     = 10 * time.Millisecond
	cancelPatience = 2 * time.Second
)

// cancelling makes connections of PostgreSQL whose statements end when their
// context does: the driver itself would wait for the answer, and the server would
// work on for nobody. A cancelled connection is not used again, because a request
// to cancel that comes late would meet the next statement.
//
// It is for reading: a connection that breaks before it has answered is exchanged
// for another one and asked again.
type cancelling struct{ *pgdriver.Connector }

// Connect implements [driver.Connector].
func (c cancelling) Connect(ctx context.Context) (driver.Conn, error) {
	config, dial := *c.Config(), c.Config().Dialer
	var raw net.Conn
	config.Dialer = func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		raw, err = dial(ctx, network, address)
		return raw, err
	}
	conn, err := pgdriver.NewConnector(pgdriver.WithConfig(&config)).Connect(ctx)
	if err != nil {
		if raw != nil {
			_ = raw.Close() // the driver leaves it open when it cannot log in
		}
		if end, ok := ctx.Deadline(); ok && !time.Now().Before(end) {
			err = context.DeadlineExceeded // what the driver calls a time-out of the network
		}
		return nil, err
	}
	pg := conn.(*pgdriver.Conn)
	key := backendKey(pg)
	return &cancelConn{Conn: pg, cancel: func(ctx context.Context) error { return sendCancel(ctx, c.Config(), key) }}, nil
}

// backendKey is the process and the secret that the server gave the connection,
// as they go into a request to cancel. The driver keeps them to itself.
func backendKey(conn *pgdriver.Conn) (key [8]byte) {
	fields := reflect.ValueOf(conn).Elem()
	binary.BigEndian.PutUint32(key[:4], uint32(fields.FieldByName("processID").Int())) //nolint:gosec // 32 bits of the protocol
	binary.BigEndian.PutUint32(key[4:], uint32(fields.FieldByName("secretKey").Int())) //nolint:gosec // likewise
	return key
}

// Codes of the requests that open a connection, in the frontend/backend protocol
// of PostgreSQL.
const (
	cancelRequest = 80877102
	tlsRequest    = 80877103
)

// sendCancel asks a server, on a connection of its own as the protocol has it, to
// stop what another connection has it do. The server says nothing; it hangs up
// once the request is on its way.
func sendCancel(ctx context.Context, to *pgdriver.Config, key [8]byte) error {
	ctx, stop := context.WithTimeout(ctx, cancelTimeout)
	defer stop()
	conn, err := to.Dialer(ctx, to.Network, to.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	if to.TLSConfig != nil {
		if conn, err = startTLS(ctx, conn, to.TLSConfig); err != nil {
			return err
		}
	}
	message := binary.BigEndian.AppendUint32(nil, 16)
	message = binary.BigEndian.AppendUint32(message, cancelRequest)
	if _, err := conn.Write(append(message, key[:]...)); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, conn)
	return err
}

func startTLS(ctx context.Context, conn net.Conn, config *tls.Config) (net.Conn, error) {
	message := binary.BigEndian.AppendUint32(nil, 8)
	if _, err := conn.Write(binary.BigEndian.AppendUint32(message, tlsRequest)); err != nil {
		return nil, err
	}
	var answer [1]byte
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return nil, err
	}
	if answer[0] != 'S' {
		return nil, errors.New("db: the server does not speak TLS")
	}
	secure := tls.Client(conn, config)
	return secure, secure.HandshakeContext(ctx)
}

// watch has the running statement cancelled when ctx ends. stop must be called
// when it has returned; it reports whether the statement was cancelled, and then
// the connection is of no use any more.
func (c *cancelConn) watch(ctx context.Context) (stop func() (cancelled bool)) {
	done := make(chan struct{})
	var cancelling sync.WaitGroup
	cancelling.Add(1)
	off := context.AfterFunc(ctx, func() {
		defer cancelling.Done()
		// A request that overtakes the statement finds nothing to cancel.
		for wait := cancelWait; wait < cancelPatience && c.cancel(context.WithoutCancel(ctx)) == nil; wait *= 2 {
			select {
			case <-done:
				return
			case <-time.After(wait):
			}
		}
		_ = c.Close() // whoever waits for the answer has waited enough
	})
	return sync.OnceValue(func() bool {
		if off() {
			return false
		}
		close(done)
		cancelling.Wait()
		_ = c.Close()
		return true
	})
}

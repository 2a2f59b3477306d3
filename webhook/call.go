package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"tasktrail/incident"
)

const (
	callTimeout = 10 * time.Second // for all of an attempt
	maxAnswer   = 64 << 10         // bytes of the headers, and of the body, that are read
)

// answer is what an attempt came to: a status, or why there is none.
type answer struct {
	at         time.Time
	took       time.Duration
	status     int // 0: none
	failure    incident.DeliveryFailure
	retryAfter time.Duration
}

func (a answer) ok() bool { return a.status >= 200 && a.status <= 299 }

// class is the answer in one of few words.
func (a answer) class() string {
	if a.status == 0 {
		return string(a.failure)
	}
	return strconv.Itoa(a.status/100) + "xx"
}

// caller makes attempts. It is a bare transport: no redirects, no cookies, no
// proxy. Each attempt has a connection of its own, so that the address is
// checked each time, and so that nothing is sent a second time unasked, which
// net/http does when a connection that it kept turns out to be dead.
type caller struct {
	check     func(address string, https bool) error
	now       func() time.Time
	timeout   time.Duration
	roots     *x509.CertPool // nil: those of the system
	resolver  *net.Resolver  // nil: that of the system
	transport *http.Transport
}

func newCaller(allowed []netip.Prefix, now func() time.Time) *caller {
	c := &caller{check: guard{allowed}.check, now: now, timeout: callTimeout}
	c.transport = &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return c.dial(ctx, network, address, false)
		},
		DialTLSContext:         c.dialTLS,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxAnswer,
	}
	return c
}

// dial connects to an address that may be called. The check comes after the
// name is resolved, so there is no time in which its address could change.
func (c *caller) dial(ctx context.Context, network, address string, https bool) (net.Conn, error) {
	d := net.Dialer{Resolver: c.resolver, Control: func(_, address string, _ syscall.RawConn) error { return c.check(address, https) }}
	return d.DialContext(ctx, network, address)
}

// tlsError is what a handshake failed with.
type tlsError struct{ error }

func (e tlsError) Unwrap() error { return e.error }

func (c *caller) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	conn, err := c.dial(ctx, network, address, true)
	if err != nil {
		return nil, err
	}
	secure := tls.Client(conn, &tls.Config{ServerName: host, RootCAs: c.roots, MinVersion: tls.VersionTLS12})
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, tlsError{err}
	}
	return secure, nil
}

// call makes one attempt. What the answer says besides its status is read up
// to a limit, so that the receiver can send it, and dropped.
func (c *caller) call(ctx context.Context, d incident.DueDelivery) answer {
	a := answer{at: c.now()}
	if !d.Enabled || d.Secret == "" { // an empty key would sign, too
		a.failure = incident.FailedDisabled
		return a
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	start := time.Now()
	res, err := c.send(ctx, d, a.at)
	if err != nil {
		a.failure = failureOf(err)
	} else {
		a.status, a.retryAfter = res.StatusCode, retryAfter(res, c.now())
		if a.status >= 200 { // 101 has no body but a connection, which nothing would end
			_, _ = io.CopyN(io.Discard, res.Body, maxAnswer)
		}
		_ = res.Body.Close()
	}
	a.took = time.Since(start)
	return a
}

func (c *caller) send(ctx context.Context, d incident.DueDelivery, at time.Time) (*http.Response, error) {
	if incident.CheckWebhookURL(d.URL) != nil {
		return nil, errForbidden
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		return nil, err
	}
	signer, err := standardwebhooks.NewWebhook(d.Secret)
	if err != nil {
		return nil, err
	}
	signature, err := signer.Sign(d.ID, at, d.Body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "tasktrail")
	req.Header.Set(standardwebhooks.HeaderWebhookID, d.ID)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return c.transport.RoundTrip(req)
}

// failureOf says in one word why there was no answer.
func failureOf(err error) incident.DeliveryFailure {
	var network net.Error
	var handshake tlsError
	var broken syscall.Errno
	switch {
	case errors.Is(err, errForbidden):
		return incident.FailedAddress
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return incident.FailedTimeout
	case errors.As(err, &handshake) && !errors.Is(err, io.EOF) && !errors.As(err, &broken):
		return incident.FailedTLS
	}
	return incident.FailedConnection
}

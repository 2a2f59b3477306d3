package oidc

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// fetcher gets what issuers publish. It is a bare transport: no redirects, no
// cookies, no proxy, no compression, and a connection of its own for each file.
type fetcher struct {
	roots *x509.CertPool // nil: those of the system

	// dial is nil but in tests that bring a network of their own.
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

var errAddress = errors.New("this address must not be asked for keys")

// keys asks an issuer for its keys: first for the discovery document, then for
// the key set that it names. The texts of its errors are fit for the log.
func (f fetcher) keys(ctx context.Context, issuer string) (keys []key, others int, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	own, err := url.Parse(issuer)
	if err != nil {
		return nil, 0, err
	}
	text, err := f.get(ctx, own, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", maxDiscovery)
	if err != nil {
		return nil, 0, fmt.Errorf("the discovery document: %w", err)
	}
	var document struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if json.Unmarshal(text, &document) != nil {
		return nil, 0, errors.New("the discovery document: it is not what OpenID Connect Discovery describes")
	}
	if document.Issuer != issuer {
		return nil, 0, fmt.Errorf("the discovery document: it is of another issuer, %.200q; the configured one must be exactly the same", document.Issuer)
	}
	text, err = f.get(ctx, own, document.JWKSURI, maxKeySet)
	if err != nil {
		return nil, 0, fmt.Errorf("the key set: %w", err)
	}
	return parseKeySet(text)
}

// get reads a file of at most limit bytes. It may be where the issuer itself
// is, which the operator has named; anywhere else it must be by HTTPS, and not
// at an address that means this machine or its link.
func (f fetcher) get(ctx context.Context, own *url.URL, address string, limit int64) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("%.200q is no URL to fetch", address)
	}
	same := u.Scheme == own.Scheme && u.Host == own.Host
	if !same && u.Scheme != "https" {
		return nil, fmt.Errorf("%.200q is neither an https URL nor on the issuer's own host", address)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "tasktrail")
	res, err := f.transport(func(ip netip.Addr) bool {
		switch {
		case u.Scheme == "http": // what a name like localhost leads to
			return ip.IsLoopback()
		case same:
			return true
		}
		return !ip.IsLoopback() && !ip.IsLinkLocalUnicast() && !ip.IsUnspecified() && !ip.IsMulticast()
	}).RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %d, want 200; redirects are not followed", res.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("it has more than %d bytes, which is the limit", limit)
	}
	return text, err
}

// transport returns one that connects to addresses that are allowed. They are
// checked after names are resolved, so there is no time in which they could
// change.
func (f fetcher) transport(allowed func(netip.Addr) bool) *http.Transport {
	dialer := net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !allowed(to.Addr().Unmap().WithZone("")) {
			return errAddress
		}
		return nil
	}}
	dial := f.dial
	if dial == nil {
		dial = dialer.DialContext
	}
	return &http.Transport{
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{RootCAs: f.roots, MinVersion: tls.VersionTLS12},
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxDiscovery,
	}
}

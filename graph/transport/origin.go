package transport

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Origins are scheme, host and port of web pages, exactly as browsers send them
// in the Origin header: "https://app.example.com", with a port only where it is
// not that of the scheme.
type Origins []string

// ErrOrigin is the error of [ParseOrigins].
var ErrOrigin = errors.New("an origin is http:// or https://, a host in lower case, and a port unless it is the usual one; nothing else, and no *")

// ParseOrigins checks that each origin is one that a browser can send.
func ParseOrigins(list []string) (Origins, error) {
	for _, origin := range list {
		u, err := url.Parse(origin)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" ||
			origin != u.Scheme+"://"+u.Host || origin != strings.ToLower(origin) || strings.ContainsAny(origin, "*?\\ ") ||
			strings.HasSuffix(u.Host, ":") || (u.Scheme == "http" && u.Port() == "80") || (u.Scheme == "https" && u.Port() == "443") {
			return nil, ErrOrigin
		}
	}
	return Origins(list), nil
}

// listed reports whether the request comes from a page of another origin that
// is allowed.
func (o Origins) listed(h http.Header) bool {
	origin := h.Values("Origin")
	return len(origin) == 1 && slices.Contains(o, origin[0])
}

// admits reports whether a request may open a socket, for which browsers ask no
// leave of the server: from a page of the server's own or of a listed origin, or
// from what is no browser and sends no origin.
func (o Origins) admits(r *http.Request) bool {
	if len(r.Header.Values("Origin")) == 0 || o.listed(r.Header) {
		return true
	}
	origin := r.Header.Get("Origin")
	u, err := url.Parse(origin)
	// A page without TLS can be anybody's who sits in between. Behind a proxy
	// that ends TLS there is no telling.
	return err == nil && len(r.Header.Values("Origin")) == 1 && u.Host != "" && strings.EqualFold(u.Host, r.Host) &&
		strings.EqualFold(origin, u.Scheme+"://"+u.Host) && (u.Scheme == "https" || r.TLS == nil)
}

// pattern is the origin of a request that was admitted, for a library that asks
// for a pattern.
func pattern(h http.Header) []string {
	return []string{strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(h.Get("Origin"))}
}

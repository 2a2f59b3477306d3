package auth

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Addresses puts the address that a request comes from into its context. Behind
// proxies, whose addresses are given, that is the last one in X-Forwarded-For
// that is not a proxy's; whoever else sends that header is not believed.
func Addresses(proxies []netip.Prefix) func(http.Handler) http.Handler {
	trusted := func(a netip.Addr) bool {
		return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			peer, _ := netip.ParseAddrPort(r.RemoteAddr)
			address := peer.Addr().Unmap()
			hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
			for n := len(hops) - 1; n >= 0 && trusted(address); n-- {
				hop, err := netip.ParseAddr(strings.TrimSpace(hops[n]))
				if err != nil {
					break // what stands before it cannot be told from an invention
				}
				address = hop.Unmap().WithZone("")
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), addressKey, address)))
		})
	}
}

// Address returns the address that the request comes from, the zero value
// outside of one.
func Address(ctx context.Context) netip.Addr {
	address, _ := ctx.Value(addressKey).(netip.Addr)
	return address
}

package webhook

import (
	"errors"
	"net/netip"
	"slices"
)

var errForbidden = errors.New("webhook: this address must not be called")

// globalUnicast is what of IPv6 can be public at all. Outside of it lie
// loopback, link-local and unique local addresses, multicast, and those that
// stand for an IPv4 address (mapped ones and NAT64).
var globalUnicast = netip.MustParsePrefix("2000::/3")

// notPublic are the special-purpose addresses of IANA's registries: nobody has
// a receiver there, or only the network this server stands in.
var notPublic = prefixes(
	"0.0.0.0/8",        // this host
	"10.0.0.0/8",       // private
	"100.64.0.0/10",    // carrier-grade NAT
	"127.0.0.0/8",      // loopback
	"168.63.129.16/32", // Azure's host, seen from its virtual machines
	"169.254.0.0/16",   // link-local, and most clouds' metadata
	"172.16.0.0/12",    // private
	"192.0.0.0/24",     // protocol assignments
	"192.0.2.0/24",     // documentation
	"192.88.99.0/24",   // 6to4 relays
	"192.168.0.0/16",   // private
	"198.18.0.0/15",    // benchmarks
	"198.51.100.0/24",  // documentation
	"203.0.113.0/24",   // documentation
	"224.0.0.0/4",      // multicast
	"240.0.0.0/4",      // reserved, broadcast
	"2001::/23",        // protocol assignments: Teredo, benchmarks, ORCHID
	"2001:db8::/32",    // documentation
	"2002::/16",        // 6to4: stands for an IPv4 address
	"3fff::/20",        // documentation
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for n, text := range texts {
		out[n] = netip.MustParsePrefix(text)
	}
	return out
}

// guard decides what addresses may be dialled.
type guard struct{ allowed []netip.Prefix }

// check refuses address, an IP address and a port, with an error that is
// [errForbidden]. A public one must be spoken to by HTTPS, on its port.
func (g guard) check(address string, https bool) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return errForbidden
	}
	ip := to.Addr()
	contains := func(p netip.Prefix) bool { return p.Contains(ip) } // false for any address with a zone
	switch {
	case slices.ContainsFunc(g.allowed, contains):
		return nil
	case ip.Is6() && !globalUnicast.Contains(ip), slices.ContainsFunc(notPublic, contains):
		return errForbidden
	case !https || to.Port() != 443:
		return errForbidden
	}
	return nil
}

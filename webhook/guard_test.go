package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"tasktrail/incident"
)

func TestGuard(t *testing.T) {
	refused := strings.Fields(`
		0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.254
		168.63.129.16 169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1
		192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.255
		240.0.0.1 255.255.255.255
		[::] [::1] [::7f00:1] [::ffff:127.0.0.1] [::ffff:8.8.8.8] [::ffff:0:127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::808:808]
		[64:ff9b:1::1] [100::1] [2001::1] [2001:0:4136:e378:8000:63bf:3fff:fdd2] [2001:2::1] [2001:10::1] [2001:20::1]
		[2001:db8::1] [2002:7f00:1::1] [2002:808:808::1] [3fff::1] [4000::1] [5f00::1] [fc00::1] [fd00:ec2::254] [fdff::1] [fe80::1]
		[fe80::1%eth0] [2606:4700::1%eth0] [fec0::1] [ff02::1] [ff0e::1] [ffff::1]`)
	public := strings.Fields(`1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.0.0.1 128.0.0.1 168.63.129.17
		169.253.0.1 172.15.255.255 172.32.0.1 192.0.1.1 192.167.0.1 192.169.0.1 198.17.0.1 198.20.0.1 223.255.255.255
		[2001:200::1] [2001:4860:4860::8888] [2003::1] [2606:4700::1] [2a00::1] [3ffe::1]`)
	g := guard{}
	for _, ip := range refused {
		if err := g.check(ip+":443", true); !errors.Is(err, errForbidden) {
			t.Errorf("%s may be called", ip)
		}
	}
	for _, ip := range public {
		if err := g.check(ip+":443", true); err != nil {
			t.Errorf("%s may not be called", ip)
		}
		for _, how := range []struct {
			port  string
			https bool
		}{{"443", false}, {"80", false}, {"80", true}, {"8443", true}, {"22", true}} {
			if err := g.check(ip+":"+how.port, how.https); !errors.Is(err, errForbidden) {
				t.Errorf("%s may be called on port %s, https %t", ip, how.port, how.https)
			}
		}
	}
	for _, broken := range []string{"", "example.com:443", "8.8.8.8", "8.8.8.8:", "8.8.8.8:99999", "[8.8.8.8]:443x"} {
		if err := g.check(broken, true); !errors.Is(err, errForbidden) {
			t.Errorf("%q may be called", broken)
		}
	}
	t.Logf("%d addresses refused, %d allowed", len(refused), len(public))
}

// An allowed network is open on every port and without TLS; nothing else
// changes by it.
func TestAllowedNetworks(t *testing.T) {
	g := guard{[]netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00:1::/32")}}
	for address, want := range map[string]bool{
		"10.1.2.3:80": true, "10.1.2.3:443": true, "[fd00:1::5]:8080": true,
		"10.2.0.1:443": false, "[fd00:2::1]:443": false, "127.0.0.1:443": false, "[::ffff:10.1.2.3]:80": false, "[fd00:1::5%eth0]:80": false,
		"8.8.8.8:80": false,
	} {
		for _, https := range []bool{false, true} {
			if got := g.check(address, https) == nil; got != want {
				t.Errorf("%s, https %t: allowed is %t, want %t", address, https, got, want)
			}
		}
	}
}

// However a URL writes an address, and whatever a name stands for, the
// connection is refused before it is made.
func TestForbiddenURLs(t *testing.T) {
	hook := newReceiver(t, false, 200)
	_, port, _ := net.SplitHostPort(hook.Listener.Addr().String())
	for _, url := range []string{
		"http://127.0.0.1:" + port, "http://0.0.0.0:" + port, "https://127.0.0.1", "http://[::]:" + port, "http://[::1]:" + port,
		"http://[::ffff:127.0.0.1]:" + port, "http://[::ffff:7f00:1]:" + port, "https://169.254.169.254/latest/meta-data/",
		"http://8.8.8.8", "http://8.8.8.8:443", "https://8.8.8.8:22", "https://[64:ff9b::7f00:1]",
		"https://user:pass@8.8.8.8", "ftp://8.8.8.8", "file:///etc/passwd", "", "https://", "//8.8.8.8",
	} {
		if a := try(t, newCaller(nil, time.Now), url); a.status != 0 || a.failure != incident.FailedAddress {
			t.Errorf("%s: got %d %s, want FORBIDDEN_ADDRESS", url, a.status, a.failure)
		}
	}
	for _, ip := range []string{
		"127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "0.0.0.0", "::1", "fe80::1", "fd00::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "203.0.113.1",
	} {
		c := newCaller(nil, time.Now)
		c.resolver = resolver(t, ip)
		for _, url := range []string{"https://inner.example.com", "http://inner.example.com:" + port} {
			if a := try(t, c, url); a.status != 0 || a.failure != incident.FailedAddress {
				t.Errorf("%s as %s: got %d %s, want FORBIDDEN_ADDRESS", url, ip, a.status, a.failure)
			}
		}
	}
	// Numbers that some programs take for addresses are names, and unknown.
	for _, host := range []string{"2130706433", "0x7f000001", "0177.0.0.1", "127.1"} {
		c := newCaller(nil, time.Now)
		c.resolver = resolver(t)
		if a := try(t, c, "https://"+host); a.status != 0 || a.failure != incident.FailedConnection {
			t.Errorf("%s: got %d %s, want CONNECTION", host, a.status, a.failure)
		}
	}
	if n := len(hook.got()); n != 0 {
		t.Errorf("%d calls came through", n)
	}
}

// A name that stands for an address that may be called at first, and for one
// that may not from then on, is looked up once for each attempt, and what was
// checked is what is dialled. (Both are this machine's, so that nothing leaves
// it: 127.0.0.2 is allowed here, and nobody listens there.)
func TestRebinding(t *testing.T) {
	hook := newReceiver(t, false, 200)
	c := newCaller([]netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}, time.Now)
	c.resolver = resolver(t, "127.0.0.2", "127.0.0.1")
	url := strings.Replace(hook.URL, "127.0.0.1", "turns.example.com", 1)
	first, second := try(t, c, url), try(t, c, url)
	if first.failure != incident.FailedConnection || second.failure != incident.FailedAddress || len(hook.got()) != 0 {
		t.Errorf("got %+v, then %+v, and %d calls came through", first, second, len(hook.got()))
	}
}

func oldTLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
}

// resolver knows every name: it stands for the first address at the first
// question for its kind, for the second at the second, and so on, the last one
// for ever. With no addresses it knows no name.
func resolver(t *testing.T, addresses ...string) *net.Resolver {
	t.Helper()
	var mu sync.Mutex
	next := 0
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer func() { _ = server.Close() }()
			for {
				question, err := readDNS(server)
				if err != nil {
					return
				}
				mu.Lock()
				answer := []byte(nil)
				if len(addresses) > 0 {
					ip := netip.MustParseAddr(addresses[min(next, len(addresses)-1)])
					if answer = record(question, ip); answer != nil {
						next++
					}
				}
				mu.Unlock()
				reply := reply(question, answer, len(addresses) == 0)
				if _, err := server.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...)); err != nil {
					return
				}
			}
		}()
		return client, nil
	}}
}

// readDNS reads a message as it is sent over TCP.
func readDNS(r io.Reader) ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err := io.ReadFull(r, message)
	return message, err
}

// question returns where the question of a message ends.
func question(message []byte) int { return 12 + bytes.IndexByte(message[12:], 0) + 5 }

// record returns the resource record for ip if that is what is asked for.
func record(message []byte, ip netip.Addr) []byte {
	kind := uint16(1) // A
	if ip.Is6() {
		kind = 28 // AAAA
	}
	end := question(message)
	if binary.BigEndian.Uint16(message[end-4:]) != kind {
		return nil
	}
	out := []byte{0xc0, 12} // the name in the question
	out = binary.BigEndian.AppendUint16(out, kind)
	out = append(out, 0, 1, 0, 0, 0, 0) // Internet, for no time
	return append(binary.BigEndian.AppendUint16(out, uint16(len(ip.AsSlice()))), ip.AsSlice()...)
}

func reply(message, answer []byte, unknown bool) []byte {
	out := append([]byte(nil), message[:question(message)]...)
	out[2], out[3] = 0x81, 0x80
	if unknown {
		out[3] |= 3
	}
	clear(out[6:12])
	if answer != nil {
		out[7] = 1
	}
	return append(out, answer...)
}

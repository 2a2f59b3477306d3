package main

import (
	"fmt"
	"time"

	"tasktrail/auth"
	"tasktrail/graph"
	"tasktrail/graph/transport"
	"tasktrail/throttle"
)

// edges is what the server lets its clients do, and whose web pages.
type edges struct {
	AllowOrigin []string `placeholder:"ORIGIN" help:"Web pages of this origin, such as https://app.example.com, may use the server; may be repeated. None by default but the server's own."`

	RequestTimeout time.Duration `default:"10s" placeholder:"TIME" help:"How long a query or mutation may take before it ends with TIMEOUT (${default}). One SQL statement may take 10s whatever this says."`
	WriteTimeout   time.Duration `default:"10s" placeholder:"TIME" help:"How long one message to a socket or stream may take to be written before it is cut off (${default})."`

	UserRate         float64 `default:"50" placeholder:"N" help:"Operations that a user may begin each second, on average (${default}; 0: no limit). Who has no valid token counts by address, here and below."`
	UserBurst        int     `default:"400" placeholder:"N" help:"Operations that a user may begin at once after a pause (${default})."`
	UserOperations   int     `default:"20" placeholder:"N" help:"Queries and mutations that a user may have running at a time (${default}; 0: no limit). Four times as many more wait for their turn, for 5 s."`
	UserStreams      int     `default:"20" placeholder:"N" help:"WebSockets and event streams that a user may have open (${default}; 0: no limit)."`
	MaxStreams       int     `default:"10000" placeholder:"N" help:"WebSockets and event streams that may be open in all (${default}; 0: no limit)."`
	SocketOperations int     `default:"10" placeholder:"N" help:"Operations, subscriptions among them, that may run on one WebSocket at a time (${default})."`
	AddressSockets   int     `default:"100" placeholder:"N" help:"WebSockets from one address that have not sent connection_init yet (${default}; 0: no limit)."`
	AddressBadTokens int     `default:"20" placeholder:"N" help:"Bad tokens that may come from one address at once, and one more each second (${default}; 0: no limit). Further tokens from there are refused unchecked, except those that were good lately."`

	origins transport.Origins
}

// check refuses values that make no sense.
func (c *edges) check() (err error) {
	if c.origins, err = transport.ParseOrigins(c.AllowOrigin); err != nil {
		return usedWrongly(fmt.Errorf("--allow-origin: %w", err))
	}
	for _, f := range []struct {
		name         string
		value, least float64
	}{
		{"user-rate", c.UserRate, 0},
		{"user-burst", float64(c.UserBurst), 1},
		{"user-operations", float64(c.UserOperations), 0},
		{"user-streams", float64(c.UserStreams), 0},
		{"max-streams", float64(c.MaxStreams), 0},
		{"socket-operations", float64(c.SocketOperations), 1},
		{"address-sockets", float64(c.AddressSockets), 0},
		{"address-bad-tokens", float64(c.AddressBadTokens), 0},
	} {
		if !(f.value >= f.least) {
			return usedWrongly(fmt.Errorf("--%s must be at least %g", f.name, f.least))
		}
	}
	for name, d := range map[string]time.Duration{"request-timeout": c.RequestTimeout, "write-timeout": c.WriteTimeout} {
		if d < 100*time.Millisecond || d > 30*time.Second { // the server gives a whole answer a minute
			return usedWrongly(fmt.Errorf("--%s must be from 100ms to 30s", name))
		}
	}
	return nil
}

// operationWait is how long an operation waits for others of its user to end.
const operationWait = 5 * time.Second

// limits returns the limits of clients, whose refusals metrics counts.
func (c *edges) limits(m *metrics) *throttle.Limits {
	return throttle.New(throttle.Options{
		Rate: c.UserRate, Burst: c.UserBurst, Concurrent: c.UserOperations, Streams: c.UserStreams, AllStreams: c.MaxStreams,
		Wait: operationWait, Greeting: c.AddressSockets, Failures: c.AddressBadTokens,
		Client: auth.Client, Address: auth.Address, Refused: m.refusal,
	})
}

// api adds the limits to the options of the API.
func (c *edges) api(o graph.Options, limits *throttle.Limits) graph.Options {
	o.Edge = transport.Edge{Limits: limits, Timeout: c.RequestTimeout, Origins: c.origins}
	o.WriteTimeout, o.SocketOperations = c.WriteTimeout, c.SocketOperations
	return o
}

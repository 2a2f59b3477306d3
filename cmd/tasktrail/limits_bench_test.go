package main

import (
	"net/http"
	"testing"

	"tasktrail/db/dbtest"
)

// A request that does almost nothing, with all limits on and with those off
// that can be.
func BenchmarkLimits(b *testing.B) {
	for _, c := range []struct {
		name  string
		flags []string
	}{
		{"off", []string{"--user-rate=0", "--user-operations=0", "--user-streams=0", "--max-streams=0", "--address-sockets=0", "--address-bad-tokens=0"}},
		{"on", []string{"--user-rate=1e9", "--user-burst=1000000000", "--user-operations=1000"}},
	} {
		s := serve(b, dbtest.SQLite(b), b.TempDir(), append(c.flags, "--log-level=warn")...)
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
		s.post(b, client, "{ viewer { roles } }")
		body := document(b, "{ viewer { expiresAt } }", nil)
		b.Run(c.name, func(b *testing.B) { load(b, 8, func(int, int) { s.send(b, client, body) }) })
		client.CloseIdleConnections()
		if err := s.stop(); err != nil {
			b.Fatal(err)
		}
	}
}

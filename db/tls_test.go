package db_test

import (
	"net"
	"net/url"
	"strings"
	"testing"

	"tasktrail/db"
	"tasktrail/db/dbtest"
)

// Without sslmode=disable in so many words, nothing is said to a server over
// TCP that cannot prove who it is: there is no falling back to plain text.
func TestTLSIsTheDefault(t *testing.T) {
	direct := dbtest.Postgres(t)
	for _, test := range []struct {
		mode    string
		refused bool
	}{{"", true}, {"verify-full", true}, {"disable", false}} {
		t.Run("sslmode "+test.mode, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			query := url.Values{}
			if test.mode != "" {
				query.Set("sslmode", test.mode)
			}
			p := proxyOn(t, l, direct, l.Addr().String(), query)
			p.arm(-1)
			_, err = db.Migrate(t.Context(), p.url)
			if (err != nil) != test.refused {
				t.Fatalf("got %v", err)
			}
			if test.refused && !strings.Contains(err.Error(), "sslmode=disable") {
				t.Errorf("got %v, which does not say what to do", err)
			}
			// The question for TLS and its answer, or a handshake; never a login.
			if got := p.said(); test.refused && strings.Contains(got, "user\x00") {
				t.Errorf("the client said %q", got)
			}
		})
	}
}

package webhook

import (
	"context"
	"fmt"
	"io"
	stdlog "log"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

var quiet = stdlog.New(io.Discard, "", 0)

// A test binary that finds this in its environment is a server that sends what
// is in that database until it is killed.
const childURL = "TASKTRAIL_TEST_CHILD_URL"

func child() {
	store, err := db.Open(context.Background(), os.Getenv(childURL), db.Options{NoHints: true, Log: zerolog.Nop()})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = New(store, Options{AllowedNetworks: loopback}).Run(context.Background())
}

// A server that is killed when it has sent a call and not recorded that leaves
// it to another, which sends it again under the same id once the claim has run
// out.
func TestKilledBeforeTheRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r := newRig(t, url)
		process := exec.Command(os.Args[0])
		process.Env = append(os.Environ(), childURL+"="+url)
		process.Stdout, process.Stderr = os.Stderr, os.Stderr
		ids, gone, victim := make(chan string, 10), make(chan struct{}), make(chan *os.Process, 1)
		hook := serve(t, false, func(w http.ResponseWriter, req *http.Request) {
			ids <- req.Header.Get("Webhook-Id")
			if p, ok := <-victim; ok { // the first time
				_ = p.Kill()
				<-gone
			}
		})
		r.webhook("whk_1", hook.URL)
		r.deliver("whk_1", "whd_1")
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		victim <- process.Process
		close(victim)
		_ = process.Wait()
		close(gone)
		first := <-ids
		d := r.delivery("whd_1")
		if d.State != incident.DeliveryPending || len(d.Attempts) != 0 || d.NextAttemptAt.Before(r.clock.Now().Add(lease)) {
			t.Fatalf("after the kill: %s, %d attempts, claimed until %v", d.State, len(d.Attempts), d.NextAttemptAt)
		}
		r.clock.advance(2*lease + time.Minute) // the claim was made by the real clock
		r.run()
		if got := <-r.outcomes; got != "2xx" {
			t.Errorf("outcome %s, want 2xx", got)
		}
		if second := <-ids; first != "whd_1" || second != first {
			t.Errorf("sent as %s and as %s, want whd_1 both times", first, second)
		}
		if d := r.delivery("whd_1"); d.State != incident.DeliveryDelivered || !slices.Equal(statuses(d), []string{"200"}) {
			t.Errorf("stored as %s with attempts %q", d.State, statuses(d))
		}
	})
}

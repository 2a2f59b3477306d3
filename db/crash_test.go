package db_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// What was acknowledged is there after every process of the PostgreSQL server
// was killed at any moment; and a store that lived through it goes on.
func TestServerCrash(t *testing.T) {
	crashes := 3
	if os.Getenv("TASKTRAIL_SOAK") != "" {
		crashes = 100
	}
	cluster := dbtest.NewCluster(t)
	s := open(t, cluster.URL(), db.Options{})
	service, v := incident.New(s, nil), person("alice")
	acked := 0
	for n := range crashes {
		p, ready := spawn(t, cluster.URL(), 1_000_000)
		select {
		case <-ready:
		case <-p.done:
			t.Fatalf("the process ended by itself: %v", p.errs)
		}
		// The moment is the point of this test, so time must pass.
		<-time.After(time.Duration(50+n*37%100) * time.Millisecond)
		cluster.Kill()
		// Before the server is back: no new event may take the place of a lost one.
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-p.done
		cluster.Start(t)
		acked += len(p.acked)
		check(t, cluster.URL(), p.acked)
		key := fmt.Sprint("crash ", n)
		got, err := service.CreateIncident(t.Context(), v, incident.CreateIncidentInput{
			Common: incident.Common{ClientMutationID: &key}, Title: key, Severity: incident.SeverityLow,
		})
		if err != nil || got.Incident == nil {
			t.Fatalf("after the crash: got %v, %v", got, err)
		}
	}
	v2 := verify(t, s)
	t.Logf("%d crashes of the server, %d acknowledged changes, 0 lost, %d events", crashes, acked, v2.Head.Position)
	if acked == 0 {
		t.Error("nothing was ever acknowledged")
	}
}

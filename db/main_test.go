package db_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

func TestMain(m *testing.M) {
	if os.Getenv(childURL) != "" {
		child()
		return
	}
	dbtest.Run(m)
}

// open opens a store and runs it until the test ends.
func open(t testing.TB, url string, o db.Options) *db.Store {
	t.Helper()
	if _, err := db.Migrate(context.Background(), url); err != nil {
		t.Fatal(err)
	}
	o.Log = zerolog.New(zerolog.NewTestWriter(t))
	s, err := db.Open(context.Background(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// migrationsOf lists the files of the migrations for the engine of a database.
func migrationsOf(t testing.TB, url string) []string {
	t.Helper()
	engine := "postgres"
	if strings.HasPrefix(url, "sqlite:") {
		engine = "sqlite"
	}
	files, err := filepath.Glob(filepath.Join("migrations", engine, "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	return files
}

// author returns a viewer who may also define playbooks, rules and webhooks.
func author(name string) incident.Viewer {
	v := person(name)
	v.Roles = []incident.Role{incident.RoleContributor}
	return v
}

// person returns a viewer who may change things.
func person(name string) incident.Viewer {
	return incident.Viewer{
		Actor: incident.Actor{ID: incident.ActorID("test", name), Name: name, Kind: incident.KindUser},
		Roles: []incident.Role{incident.RoleResponder},
	}
}

// verify fails the test unless chain, payloads and tables are in order.
func verify(t testing.TB, s *db.Store) db.Verified {
	t.Helper()
	v, err := s.Verify(context.Background(), db.VerifyOptions{})
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	return v
}

// many writes an incident, up to 1,000 tasks, and changes of these.
func many(t testing.TB, s *db.Store, changes int) {
	t.Helper()
	service, v := incident.New(s, nil), person("alice")
	i, err := service.CreateIncident(context.Background(), v, incident.CreateIncidentInput{Title: "many", Severity: incident.SeverityLow})
	if err != nil {
		t.Fatal(err)
	}
	var work errgroup.Group
	work.SetLimit(32)
	ids := make([]string, min(changes, 1000))
	for n := range ids {
		work.Go(func() error {
			p, err := service.AddTask(context.Background(), v, incident.AddTaskInput{IncidentID: i.Incident.ID, Title: fmt.Sprint(n)})
			if err == nil {
				ids[n] = p.Task.ID
			}
			return err
		})
	}
	if err := work.Wait(); err != nil {
		t.Fatal(err)
	}
	for n := range changes - len(ids) {
		if _, err := service.StartTask(context.Background(), v, incident.StartTaskInput{ID: ids[n]}); err != nil {
			t.Fatal(err)
		}
	}
}

// event makes one that records the creation of i, for changes that no rule of
// the service would make.
func event(tx incident.Tx, i incident.Incident) *audit.Event {
	return &audit.Event{
		Header: audit.Header{
			RecordedAt: tx.Now(), Action: incident.IncidentCreated, SubjectKind: incident.SubjectIncident, SubjectID: i.ID, SubjectVersion: 1,
			IncidentID: i.ID, ActorKind: "USER", ActorID: i.CreatedByID,
		},
		Payload: audit.Payload{ActorName: "nobody", Changes: []audit.Change{}},
	}
}

package incident_test

import (
	"context"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

func TestMain(m *testing.M) { dbtest.Run(m) }

// open gives a new store at url, running until the test ends, and a service on it.
func open(t testing.TB, url string) (*db.Store, *incident.Service) {
	t.Helper()
	return openAt(t, url, nil)
}

// openAt is open with a clock of its own.
func openAt(t testing.TB, url string, now func() time.Time) (*db.Store, *incident.Service) {
	t.Helper()
	if _, err := db.Migrate(context.Background(), url); err != nil {
		t.Fatal(err)
	}
	s, err := db.Open(context.Background(), url, db.Options{Now: now, Log: zerolog.New(zerolog.NewTestWriter(t))})
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
	return s, incident.New(s, now)
}

// person returns a viewer with these roles; without any, a responder.
func person(name string, roles ...incident.Role) incident.Viewer {
	if len(roles) == 0 {
		roles = []incident.Role{incident.RoleResponder}
	}
	return incident.Viewer{
		Actor: incident.Actor{ID: incident.ActorID("test", name), Name: name, Kind: incident.KindUser},
		Roles: roles,
	}
}

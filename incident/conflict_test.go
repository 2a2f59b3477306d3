package incident_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

func versionOf(thing any) int {
	switch x := thing.(type) {
	case *incident.Incident:
		return x.Version
	case *incident.Task:
		return x.Version
	}
	return 0
}

// current gives a thing as it is now.
func current(ctx context.Context, s *svc, v who, id string) (any, error) {
	read, err := s.Read(v)
	if err != nil {
		return nil, err
	}
	if incident.KindOfID(id) == incident.IDIncident {
		found, err := read.IncidentsByID(ctx, []string{id})
		i := found[id]
		return &i, err
	}
	found, err := read.TasksByID(ctx, []string{id})
	task := found[id]
	task.OrderKey = ""
	return &task, err
}

// A change made in view of another version is refused with the thing as it is
// now and exactly the events that the caller has missed. In view of the right
// one it is carried out.
func TestConflicts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		_, service := open(t, url)
		ctx, v := context.Background(), person("alice")
		for _, c := range calls {
			if c.on == "" {
				continue
			}
			id := c.mustFresh(t, service, v)
			now, err := current(ctx, service, v, id)
			if err != nil {
				t.Fatal(err)
			}
			before := mustHead(t, service, v)
			for _, off := range []int{-1, +1, +1000} {
				version := versionOf(now) + off
				r, err := c.do(ctx, service, v, id, in{ExpectedVersion: &version, ClientMutationID: text("conflict " + c.name)})
				var conflict *incident.ConflictError
				if err != nil || len(r.errs) != 1 || !errors.As(r.errs[0], &conflict) {
					t.Fatalf("%s off by %d: got %v, %v, want a conflict", c.name, off, r.errs, err)
				}
				if task, ok := conflict.Current.(*incident.Task); ok {
					task.OrderKey = ""
				}
				if !reflect.DeepEqual(conflict.Current, now) {
					t.Errorf("%s: current is %+v, want %+v", c.name, conflict.Current, now)
				}
				if want := max(0, -off); len(conflict.Missed) != want {
					t.Errorf("%s off by %d: %d events were missed, want %d", c.name, off, len(conflict.Missed), want)
				}
				for n, e := range conflict.Missed {
					if e.SubjectID != id || e.SubjectVersion != int64(version+n+1) || e.Position == 0 {
						t.Errorf("%s: missed %+v", c.name, e.Header)
					}
				}
				if got, want := conflict.Path, []string{"input", "expectedVersion"}; !reflect.DeepEqual(got, want) {
					t.Errorf("%s: the path is %q, want %q", c.name, got, want)
				}
			}
			if got := mustHead(t, service, v); got != before {
				t.Errorf("%s: a conflict wrote up to %d, want %d", c.name, got, before)
			}
			version := versionOf(now)
			if r := c.must(t, service, v, id, in{ExpectedVersion: &version, ClientMutationID: text("conflict " + c.name)}); r.event == nil || r.replayed {
				t.Errorf("%s in view of the right version, with the key of the refused one: got %+v", c.name, r)
			}
		}
	})
}

// Of many missed events only the newest are told, oldest first.
func TestConflictTellsTheNewest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		_, service := open(t, url)
		ctx, v := context.Background(), person("alice")
		id := mustDo(t, service, v, "createIncident", "").thing.(*incident.Incident).ID
		for n := range incident.MaxPage + 5 {
			if _, err := service.UpdateIncident(ctx, v, incident.UpdateIncidentInput{ID: id, Title: set(fmt.Sprint(n))}); err != nil {
				t.Fatal(err)
			}
		}
		version := 2
		p, err := service.UpdateIncident(ctx, v, incident.UpdateIncidentInput{Common: in{ExpectedVersion: &version}, ID: id, Title: set("x")})
		var conflict *incident.ConflictError
		if err != nil || len(p.Errors) != 1 || !errors.As(p.Errors[0], &conflict) || len(conflict.Missed) != incident.MaxPage {
			t.Fatalf("got %v, %v, want a conflict with %d events", p.Errors, err, incident.MaxPage)
		}
		first, last := conflict.Missed[0].SubjectVersion, conflict.Missed[incident.MaxPage-1].SubjectVersion
		if first != 7 || last != 206 {
			t.Errorf("versions %d to %d were missed, want 7 to 206", first, last)
		}
	})
}

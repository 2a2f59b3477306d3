package incident_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"golang.org/x/sync/errgroup"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// later changes what a call has changed once more.
func later(t *testing.T, s *svc, v who, c call, thing any) {
	t.Helper()
	switch x := thing.(type) {
	case *incident.Incident:
		p, err := s.UpdateIncident(context.Background(), v, incident.UpdateIncidentInput{ID: x.ID, Title: set("later")})
		if err != nil || p.Event == nil {
			t.Fatal(p, err)
		}
	case *incident.Task:
		then := "deleteTask"
		if c.name == then {
			then = "restoreTask"
		}
		mustDo(t, s, v, then, x.ID)
	}
}

// The same clientMutationId with the same input has no second effect and gives
// the first answer, whatever happened since; with another it is refused; for
// somebody else it means nothing; and rights are asked for first.
func TestClientMutationID(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		store, service := open(t, url)
		ctx, alice, bob := context.Background(), person("alice"), person("bob")
		for n, c := range calls {
			id, key := c.mustFresh(t, service, alice), "key "+c.name
			first := c.must(t, service, alice, id, in{ClientMutationID: &key})
			if first.event == nil || first.replayed || first.event.MutationID != key {
				t.Fatalf("%s: the first time answered %+v", c.name, first)
			}
			later(t, service, alice, c, first.thing)
			before := mustHead(t, service, alice)
			for range 2 {
				again := c.must(t, service, alice, id, in{ClientMutationID: &key})
				if !again.replayed || again.event == nil || again.event.Hash != first.event.Hash || !reflect.DeepEqual(again.thing, first.thing) {
					t.Errorf("%s again: got\n%+v, want\n%+v", c.name, again.thing, first.thing)
				}
			}
			other := calls[(n+1)%len(calls)]
			for what, reused := range map[string]func() (result, error){
				"another reason": func() (result, error) {
					return c.do(ctx, service, alice, id, in{ClientMutationID: &key, Reason: text("r")})
				},
				"another id":       func() (result, error) { return c.do(ctx, service, alice, id+"0", in{ClientMutationID: &key}) },
				"another mutation": func() (result, error) { return other.do(ctx, service, alice, id, in{ClientMutationID: &key}) },
			} {
				if c.on == "" && what == "another id" {
					continue
				}
				var reuse *incident.IdempotencyError
				if r, err := reused(); err != nil || len(r.errs) != 1 || !errors.As(r.errs[0], &reuse) || reuse.Path[1] != "clientMutationId" {
					t.Errorf("%s with %s: got %v, %v, want an IdempotencyError", c.name, what, r.errs, err)
				}
			}
			reader := person("alice", incident.RoleReader)
			if _, err := c.do(ctx, service, reader, id, in{ClientMutationID: &key}); !errors.Is(err, incident.ErrForbidden) {
				t.Errorf("%s again, by now only reading: got %v, want %v", c.name, err, incident.ErrForbidden)
			}
			if got := mustHead(t, service, alice); got != before {
				t.Errorf("%s: the trail grew from %d to %d", c.name, before, got)
			}
			id = c.mustFresh(t, service, bob)
			if r := c.must(t, service, bob, id, in{ClientMutationID: &key}); r.replayed || r.event == nil {
				t.Errorf("%s by somebody else: got %+v", c.name, r)
			}
		}
		if _, err := store.Verify(t.Context(), db.VerifyOptions{}); err != nil {
			t.Error(err)
		}
	})
}

// What was refused, or changed nothing, leaves the key free.
func TestRefusedChangeLeavesKeyFree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		_, service := open(t, url)
		v := person("alice")
		for _, c := range calls {
			if c.on == "" {
				continue
			}
			key := in{ClientMutationID: text("key " + c.name)}
			if r, err := c.do(context.Background(), service, v, "inc_none", key); err != nil || len(r.errs) != 1 || r.errs[0].Code() != incident.CodeNotFound {
				t.Errorf("%s of nothing: got %v, %v", c.name, r.errs, err)
			}
			if r := c.must(t, service, v, c.mustFresh(t, service, v), key); r.replayed || r.event == nil {
				t.Errorf("%s after a refusal: got %+v", c.name, r)
			}
		}
	})
}

// However many send the same mutation at once, it has one effect and all get
// the same answer.
func TestSameKeyAtOnce(t *testing.T) {
	const callers = 16
	dbtest.Each(t, func(t *testing.T, url string) {
		_, service := open(t, url)
		v := person("alice")
		for _, c := range calls {
			id, key := c.mustFresh(t, service, v), in{ClientMutationID: text("key " + c.name)}
			before := mustHead(t, service, v)
			results := make([]result, callers)
			var work errgroup.Group
			for n := range results {
				work.Go(func() (err error) {
					results[n], err = c.do(context.Background(), service, v, id, key)
					return err
				})
			}
			if err := work.Wait(); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			firsts := 0
			for _, r := range results {
				if !r.replayed {
					firsts++
				}
				if len(r.errs) > 0 || r.event == nil || r.event.Position != before+1 || !reflect.DeepEqual(r.thing, results[0].thing) {
					t.Errorf("%s: got %+v, want %+v", c.name, r, results[0])
				}
			}
			if firsts != 1 || mustHead(t, service, v) != before+1 {
				t.Errorf("%s: %d of %d had an effect, and the trail grew from %d to %d", c.name, firsts, callers, before, mustHead(t, service, v))
			}
		}
	})
}

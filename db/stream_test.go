package db_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// However many events a statement reads and looks through, a stream gives each
// event that is chosen once, in order, up to the end it was given, as they were
// when it began.
func TestStream(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		many(t, s, 24)
		head, err := s.Log().Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.Log().Read(t.Context(), 0, 1000)
		if err != nil || int64(len(all)) != head.Position {
			t.Fatal(len(all), err)
		}
		started := incident.AuditEventFilter{Fields: []string{"rank"}, Actions: []audit.Action{incident.TaskAdded}}
		nobody := "act_nobody"
		for _, filter := range []incident.AuditEventFilter{{}, started, {ActorID: &nobody}} {
			for _, bounds := range [][2]int64{{0, head.Position}, {7, 20}, {20, 7}} {
				for _, limits := range [][2]int64{{1, 7}, {5, 10}, {500, 20_000}} {
					var got, want []int64
					last := bounds[0]
					q := incident.TrailQuery{Filter: filter, After: bounds[0], UpTo: bounds[1], Payloads: len(filter.Fields) > 0}
					err := s.StreamBy(t.Context(), q, int(limits[0]), limits[1], func(events []*audit.Event, position int64) error {
						for _, e := range events {
							if e.Hash != all[e.Position-1].Hash || (e.Payload.ActorName != "") != q.Payloads || len(e.PayloadText) == 0 {
								t.Errorf("position %d is %+v", e.Position, e)
							}
							got = append(got, e.Position)
						}
						if position <= last || position > bounds[1] || (len(events) > 0 && events[len(events)-1].Position > position) {
							t.Errorf("at %d after %d", position, last)
						}
						last = position
						return nil
					})
					for _, e := range all {
						if e.Position > bounds[0] && e.Position <= bounds[1] && filter.Matches(e) {
							want = append(want, e.Position)
						}
					}
					if err != nil || !slices.Equal(got, want) || last != max(bounds[0], bounds[1]) && bounds[0] < bounds[1] {
						t.Errorf("%+v by %v: got %v, want %v, %v", bounds, limits, got, want, err)
					}
				}
			}
		}

		fails := errors.New("enough")
		ctx, cancel := context.WithCancel(t.Context())
		if err := s.StreamBy(ctx, incident.TrailQuery{UpTo: head.Position}, 5, 10, func([]*audit.Event, int64) error { return fails }); !errors.Is(err, fails) {
			t.Errorf("got %v", err)
		}
		pages := 0
		err = s.StreamBy(ctx, incident.TrailQuery{UpTo: head.Position}, 5, 10, func([]*audit.Event, int64) error {
			pages++
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) || pages != 1 {
			t.Errorf("after %d pages: %v", pages, err)
		}
	})
}

// What changes while a stream is read is not seen in it.
func TestStreamIsOfOneMoment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := open(t, url, db.Options{})
		many(t, s, 10)
		changed := false
		err := s.StreamBy(t.Context(), incident.TrailQuery{UpTo: 100}, 2, 100, func(events []*audit.Event, _ int64) error {
			if !changed {
				many(t, s, 1)
				dbtest.Tamper(t, url, "audit_events", "UPDATE audit_events SET action = 'TASK_SKIPPED' WHERE position > 2")
			}
			changed = true
			for _, e := range events {
				if e.Action == incident.TaskWasSkipped || e.Position > 11 {
					t.Errorf("position %d: %s", e.Position, e.Action)
				}
			}
			return nil
		})
		if err != nil || !changed {
			t.Error(changed, err)
		}
	})
}

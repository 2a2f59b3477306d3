package incident_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tasktrail/incident"
)

// A time belongs to the last event of the incident recorded then or before,
// also when the clocks that recorded it disagreed.
func TestTimesOfThePast(t *testing.T) {
	eachBench(t, func(b *bench) {
		begin := b.now()
		id := b.create().Incident.ID
		var task string
		title := func(to string) {
			b.update(incident.UpdateIncidentInput{ID: id, Title: incident.Optional[*string]{Set: true, Value: &to}})
		}
		b.later(time.Hour)
		p, err := b.service.AddTask(b.ctx, b.alice, incident.AddTaskInput{IncidentID: id, Title: "T", DueAt: ptr(begin.Add(90 * time.Minute))})
		b.ok(err, p.Errors)
		task = p.Task.ID
		title("fast") // at 60 minutes
		b.later(-30 * time.Minute)
		title("slow") // at 30 minutes, but behind it
		b.create()    // another incident
		b.later(90 * time.Minute)
		title("last") // at 120 minutes
		events := b.events(id)
		for minutes, want := range map[int]string{-1: "", 0: "I", 29: "I", 30: "slow", 59: "slow", 60: "slow", 119: "slow", 120: "last"} {
			at := begin.Add(time.Duration(minutes) * time.Minute)
			i, err := b.past().IncidentAt(b.ctx, id, incident.TrailPoint{At: &at})
			b.ok(err, nil)
			if want == "" {
				if i != nil {
					b.Errorf("after %d minutes: got %+v", minutes, i)
				}
				continue
			}
			if i == nil || *i.Title != want || !i.AsOf.At.Equal(at) {
				b.Errorf("after %d minutes: got %+v, want %s", minutes, i, want)
			}
			one, err := b.past().TaskAt(b.ctx, task, incident.TrailPoint{At: &at})
			b.ok(err, nil)
			if (one != nil) != (minutes >= 30) || one != nil && *one.Overdue != (minutes > 90) {
				b.Errorf("after %d minutes the task is %+v", minutes, one)
			}
		}
		// By position, what is overdue goes by the time of the event there.
		for _, e := range events[1:] {
			one, err := b.past().TaskAt(b.ctx, task, incident.TrailPoint{Position: &e.Position})
			b.ok(err, nil)
			if one.AsOf.Position != e.Position || *one.Overdue != (e.RecordedAt.Sub(begin) > 90*time.Minute) {
				b.Errorf("position %d: got %+v", e.Position, one)
			}
		}
	})
}

func (b *bench) past() *incident.Past {
	b.Helper()
	past, err := b.service.Past(b.alice)
	b.ok(err, nil)
	return past
}

// What stands for no moment is refused, naming the argument and the limit; what
// was not there then is nil.
func TestPointsRefused(t *testing.T) {
	eachBench(t, func(b *bench) {
		id := b.create().Incident.ID
		p, err := b.service.AddTask(b.ctx, b.alice, incident.AddTaskInput{IncidentID: id, Title: "T"})
		b.ok(err, p.Errors)
		head, now := p.Event.Position, b.now()
		at := func(n int64) incident.TrailPoint { return incident.TrailPoint{Position: &n} }
		when := func(d time.Duration) incident.TrailPoint { return incident.TrailPoint{At: ptr(now.Add(d))} }
		both := at(1)
		both.At = &now
		beyond := fmt.Sprintf("must be from 0 to %d, where the trail ends", head)
		future := "must not lie in the future; it is 2026-11-25T08:00:00Z now"
		diff := func(from incident.TrailPoint, to *incident.TrailPoint) func(*incident.Past) error {
			return func(past *incident.Past) error {
				_, err := past.IncidentDiff(b.ctx, id, from, to)
				_, other := past.TaskDiff(b.ctx, p.Task.ID, from, to)
				if fmt.Sprint(err) != fmt.Sprint(other) {
					b.Errorf("of the incident: %v, of the task: %v", err, other)
				}
				return err
			}
		}
		show := func(point incident.TrailPoint) func(*incident.Past) error {
			return func(past *incident.Past) error {
				_, err := past.IncidentAt(b.ctx, id, point)
				_, other := past.TaskAt(b.ctx, p.Task.ID, point)
				if fmt.Sprint(err) != fmt.Sprint(other) {
					b.Errorf("of the incident: %v, of the task: %v", err, other)
				}
				return err
			}
		}
		for _, test := range []struct {
			name string
			ask  func(*incident.Past) error
			want string
		}{
			{"neither", show(incident.TrailPoint{}), "at: give exactly one of at and position"},
			{"both", show(both), "at: give exactly one of at and position"},
			{"beyond the head", show(at(head + 1)), "position: " + beyond},
			{"negative", show(at(-1)), "position: " + beyond},
			{"in the future", show(when(time.Microsecond)), "at: " + future},
			{"now", show(when(0)), ""},
			{"the head", show(at(head)), ""},
			{"before all", show(at(0)), ""},
			{"from neither", diff(incident.TrailPoint{}, nil), "from.at: give exactly one of at and position"},
			{"to both", diff(at(0), &both), "to.at: give exactly one of at and position"},
			{"from beyond the head", diff(at(head+1), nil), "from.position: " + beyond},
			{"to the future", diff(at(0), ptr(when(time.Hour))), "to.at: " + future},
			{"backwards", diff(at(head), ptr(at(head-1))), fmt.Sprintf("from: must not come after to: from is position %d, to is position %d", head, head-1)},
			{"backwards in time", diff(when(-time.Hour), ptr(when(-2*time.Hour))), "from: must not come after to: from is 2026-11-25T07:00:00Z, to is 2026-11-25T06:00:00Z"},
			{"backwards either way", diff(when(0), ptr(at(head-1))), fmt.Sprintf("from: must not come after to: from is 2026-11-25T08:00:00Z, to is position %d", head-1)},
			{"the same", diff(at(head), ptr(at(head))), ""},
			{"until now", diff(when(0), nil), ""},
		} {
			got := ""
			if err := test.ask(b.past()); err != nil {
				got = err.Error()
				if _, ok := errors.AsType[*incident.InputError](err); !ok {
					got = fmt.Sprintf("%T %s", err, got)
				}
			}
			if got != test.want {
				b.Errorf("%s: got %q, want %q", test.name, got, test.want)
			}
		}
		// A clock that is behind does not keep from asking for what is there.
		b.later(-time.Hour)
		if err := show(when(0))(b.past()); err != nil {
			b.Errorf("the time of the newest event: %v", err)
		}
		b.later(time.Hour)
		b.nothingThere(id, p.Task.ID)
		b.tooManyMoments(id, p.Task.ID, head)
	})
}

func (b *bench) nothingThere(id, task string) {
	b.Helper()
	none := int64(0)
	for _, name := range []string{"inc_none", task, "evt_1", ""} {
		i, err := b.past().IncidentAt(b.ctx, name, incident.TrailPoint{At: ptr(b.now())})
		d, other := b.past().IncidentDiff(b.ctx, name, incident.TrailPoint{Position: &none}, nil)
		if err != nil || other != nil || i != nil || d != nil {
			b.Errorf("%q: got %+v, %v, %+v, %v", name, i, err, d, other)
		}
	}
	for _, name := range []string{"tsk_none", id, ""} {
		t, err := b.past().TaskAt(b.ctx, name, incident.TrailPoint{At: ptr(b.now())})
		d, other := b.past().TaskDiff(b.ctx, name, incident.TrailPoint{Position: &none}, nil)
		if err != nil || other != nil || t != nil || d != nil {
			b.Errorf("%q: got %+v, %v, %+v, %v", name, t, err, d, other)
		}
	}
}

// One request plays back at most 20 histories; what it asks for again, or for
// several tasks of one incident at one moment, counts once.
func (b *bench) tooManyMoments(id, task string, head int64) {
	b.Helper()
	past := b.past()
	for range 30 {
		if _, err := past.IncidentAt(b.ctx, id, incident.TrailPoint{Position: &head}); err != nil {
			b.Fatal(err)
		}
		if _, err := past.TaskAt(b.ctx, task, incident.TrailPoint{Position: &head}); err != nil {
			b.Fatal(err)
		}
	}
	for n := 2; ; n++ {
		at := b.now().Add(-time.Duration(n) * time.Second)
		_, err := past.IncidentAt(b.ctx, id, incident.TrailPoint{At: &at})
		if n <= 20 && err != nil || n > 20 && !errors.Is(err, incident.ErrTooManyMoments) {
			b.Fatalf("moment %d: %v", n, err)
		}
		if n > 20 {
			break
		}
	}
	if _, err := past.IncidentDiff(b.ctx, id, incident.TrailPoint{Position: &head}, nil); !errors.Is(err, incident.ErrTooManyMoments) || !strings.Contains(err.Error(), "20") {
		b.Errorf("a difference after them: %v", err)
	}
}

package audit

import (
	"slices"
	"testing"
)

func TestEventID(t *testing.T) {
	for id, want := range map[string]int64{
		"evt_1": 1, "evt_9223372036854775807": 1<<63 - 1,
		"": 0, "evt_": 0, "evt_0": 0, "evt_01": 0, "evt_-1": 0, "evt_+1": 0, "evt_1 ": 0, " evt_1": 0, "EVT_1": 0, "tsk_1": 0, "evt_9223372036854775808": 0, "evt_1x": 0,
	} {
		if got := EventPosition(id); got != want {
			t.Errorf("%q: got %d, want %d", id, got, want)
		}
		if want > 0 && EventID(want) != id {
			t.Errorf("%d: got %q, want %q", want, EventID(want), id)
		}
	}
}

// What was redacted while a follower was busy with the events before it comes
// without its payload; what the follower was given before stays as it was.
func TestFollowRedacted(t *testing.T) {
	events := mustTrail(t, TrailID{7}, 6)
	log := newMemLog(events[0].Trail, slices.Clone(events))
	redaction := &Event{Header: Header{Trail: events[0].Trail, Position: 7, SubjectKind: SubjectEvent, SubjectID: EventID(4), SubjectVersion: 1}}
	for e, err := range Follow(t.Context(), log, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Position == 2 {
			log.append(redaction)
		}
		if e.Position <= 6 {
			want := events[e.Position-1]
			if e.Redacted != (e.Position == 4) || e.Header != want.Header || e.Hash != want.Hash || (e.PayloadText == nil) != e.Redacted {
				t.Errorf("position %d: got %+v", e.Position, e)
			}
		}
		if e.Position == 7 {
			break
		}
	}
	if events[3].Redacted || events[3].PayloadText == nil {
		t.Error("an event that others share was changed")
	}
}

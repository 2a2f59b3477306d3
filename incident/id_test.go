package incident

import (
	"math"
	"strings"
	"testing"

	"tasktrail/audit"
)

func TestKindOfID(t *testing.T) {
	for id, want := range map[string]IDKind{
		newID(prefixIncident): IDIncident, newID(prefixTask): IDTask, ActorID("issuer", "name"): IDActor, audit.EventID(7): IDEvent,
		"": IDUnknown, "inc": IDUnknown, "INC_1": IDUnknown, " inc_1": IDUnknown, "tsk": IDUnknown, "usr_1": IDUnknown, "inc_": IDIncident,
	} {
		if got := KindOfID(id); got != want {
			t.Errorf("%q names a %v, want %v", id, got, want)
		}
	}
}

// Only the id that EventID gives is that of a position.
func TestEventPosition(t *testing.T) {
	for _, want := range []int64{1, 2, 10, 1 << 40, math.MaxInt64} {
		if got := audit.EventPosition(audit.EventID(want)); got != want {
			t.Errorf("%q is at %d, want %d", audit.EventID(want), got, want)
		}
	}
	for _, id := range []string{
		"", "1", "evt_", "evt_0", "evt_-1", "evt_+1", "evt_01", "evt_1 ", " evt_1", "evt_1.0", "evt_1e3", "evt_0x1", "evt_1_0",
		"evt_9223372036854775808", "EVT_1", "evt_١", "tsk_1",
	} {
		if got := audit.EventPosition(id); got != 0 {
			t.Errorf("%q is at %d, want none", id, got)
		}
	}
}

// Ids are told apart by issuer and by name, wherever one ends and the other
// begins.
func TestActorIDs(t *testing.T) {
	seen := map[string]string{}
	for _, who := range [][2]string{{"a", "bc"}, {"ab", "c"}, {"", "abc"}, {"abc", ""}, {"a", "BC"}} {
		id := ActorID(who[0], who[1])
		if other, taken := seen[id]; taken || len(id) != 24 || !strings.HasPrefix(id, "act_") {
			t.Errorf("%q has the id %s, as has %q", who, id, other)
		}
		seen[id] = who[0] + "|" + who[1]
	}
	if got, want := ActorID("https://issuer.example", "alice"), ActorID("https://issuer.example", "alice"); got != want {
		t.Errorf("the same somebody has the ids %s and %s", got, want)
	}
}

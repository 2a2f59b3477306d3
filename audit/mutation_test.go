package audit

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// mutate does one thing at random to events, which it may change, and returns
// them with the position at which that must be found.
func mutate(t *rapid.T, events []*Event) (mutated []*Event, position int, what string) {
	i := rapid.IntRange(0, len(events)-1).Draw(t, "event")
	e, at := events[i], i+1
	kinds := []string{"header", "hash", "salt", "text", "payload", "double", "insert"}
	if i < len(events)-1 { // at the end this would be a cut, or nothing
		kinds = append(kinds, "delete", "swap", "rehash")
	}
	kind := rapid.SampledFrom(kinds).Draw(t, "kind")
	switch kind {
	case "header", "rehash":
		before, from := e.Header, drawHeader(t)
		field := rapid.SampledFrom(headerFields).Draw(t, "field")
		if field.copy(&e.Header, &from); e.Header == before {
			e.SubjectVersion ^= 2 // the same value was drawn
		}
		if encoded, err := e.Encode(); kind == "rehash" && err == nil &&
			e.Trail == before.Trail && e.Position == before.Position && e.Previous == before.Previous && e.Commitment == before.Commitment {
			e.Hash = HashOf(encoded)
			at++ // in itself it is right; the next one does not know it
		}
		if kind == "header" {
			kind += ": " + field.name
		}
		return events, at, kind
	case "hash":
		e.Hash[rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
	case "salt":
		e.Salt[rapid.IntRange(0, 15).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
	case "text":
		text := slices.Clone(e.PayloadText)
		text[rapid.IntRange(0, len(text)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		e.PayloadText = text
	case "payload":
		e.Payload.ActorName += "x"
	case "double":
		return slices.Insert(events, i, e), at + 1, kind
	case "insert":
		stranger := drawTrail(t, e.Trail, 1)[0]
		stranger.Position = e.Position
		stranger.Previous = Hash{1}
		return slices.Insert(events, i, stranger), at, kind
	case "delete":
		return slices.Delete(events, i, at), at, kind
	case "swap":
		events[i], events[i+1] = events[i+1], events[i]
	}
	return events, at, kind
}

func TestEveryMutationIsFound(t *testing.T) {
	const trails, mutations = 10, 6 // in each of rapid's checks, and in each trail
	clean, found := 0, map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		for range trails {
			id := drawTrailID(t)
			trail := drawTrail(t, id, rapid.IntRange(1, 6).Draw(t, "events"))
			if fault := verify(t, id, trail); fault != nil {
				t.Fatalf("a clean trail was refused: %v", fault)
			}
			clean++
			for range mutations {
				events, position, what := mutate(t, cloned(trail))
				fault := verify(t, id, events)
				if fault == nil || fault.Position != int64(position) {
					t.Fatalf("%s: got %v, want a fault at position %d", what, fault, position)
				}
				found[what]++
			}
		}
	})
	total := 0
	for _, n := range found {
		total += n
	}
	t.Logf("%d clean trails accepted, %d mutations found: %v", clean, total, found)
	// Of each kind and of each field at least one must have been tried.
	if got, want := len(found), 9+len(headerFields); got != want {
		t.Errorf("got %d sorts of mutation, want %d", got, want)
	}
}

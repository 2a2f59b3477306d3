package audit

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// verify gives events to a verifier and returns the fault it found, or nil. The
// verifier must then stand just before the fault.
func verify(t rapid.TB, id TrailID, events []*Event) *Fault {
	t.Helper()
	v := NewVerifier(id)
	for i, e := range events {
		before := v.Head()
		err := v.Check(e)
		if err == nil {
			if got, want := v.Head(), e.Head(); got != want {
				t.Errorf("event %d was found genuine: got head %+v, want %+v", i, got, want)
			}
			continue
		}
		var fault *Fault
		if !errors.As(err, &fault) {
			t.Fatalf("got %v, want a *Fault", err)
		}
		if v.Head() != before || fault.Position != before.Position+1 {
			t.Errorf("fault at %d: got head %+v, want it to stay %+v", fault.Position, v.Head(), before)
		}
		return fault
	}
	return nil
}

// cloned returns events that can be changed without changing those of trail.
// Texts must be replaced, not written into.
func cloned(trail []*Event) []*Event {
	events := make([]*Event, len(trail))
	for i, e := range trail {
		c := *e
		events[i] = &c
	}
	return events
}

// renumbered gives events the positions 1, 2, 3 …, as someone would who hides
// that one is missing.
func renumbered(events []*Event) []*Event {
	for i, e := range events {
		e.Position = int64(i + 1)
	}
	return events
}

// rehashed computes the hash of e anew, as someone would who knows how.
func rehashed(e *Event) {
	encoded, err := e.Encode()
	if err != nil {
		panic(err) // a tampering that has no encoding needs no hash
	}
	e.Hash = HashOf(encoded)
}

// rechained computes the chain anew from position from on.
func rechained(events []*Event, from int) []*Event {
	for i := from - 1; i < len(events); i++ {
		if i > 0 {
			events[i].Previous = events[i-1].Hash
		}
		rehashed(events[i])
	}
	return events
}

// recommitted puts another payload text into the event at position at, with the
// commitment and the whole chain after it to match.
func recommitted(events []*Event, at int, text []byte) []*Event {
	e := events[at-1]
	e.PayloadText, e.Commitment = text, Commit(e.Salt, text)
	return rechained(events, at)
}

type tampering struct {
	name     string
	do       func(trail, other []*Event) []*Event
	position int64
	field    string // "" if the chain cannot show it
}

// edit is a tampering with the event at position 17 alone.
func edit(name, field string, f func(e *Event)) tampering {
	return tampering{name, func(trail, _ []*Event) []*Event {
		f(trail[16])
		return trail
	}, 17, field}
}

// edits change one event and leave all others as they are.
func edits() []tampering {
	foreign := Header{
		Trail: TrailID{99}, Position: 99, RecordedAt: time.UnixMicro(1).UTC(), Action: "X", SubjectKind: "x",
		SubjectID: "x", SubjectVersion: 99, IncidentID: "x", ActorKind: "x", ActorID: "x", RequestID: "x",
		MutationID: "x", Fingerprint: Hash{99}, Commitment: Hash{99}, Previous: Hash{99},
	}
	var all []tampering
	for _, f := range headerFields {
		want := "hash"
		switch f.name {
		case "trail id", "position", "previous hash":
			want = f.name
		}
		all = append(all, edit(f.name+" edited", want, func(e *Event) { f.copy(&e.Header, &foreign) }))
	}
	return append(all,
		edit("incident id taken away", "hash", func(e *Event) { e.IncidentID = "" }),
		edit("request id taken away", "hash", func(e *Event) { e.RequestID = "" }),
		edit("client mutation id taken away", "header", func(e *Event) { e.MutationID = "" }),
		edit("client mutation id and fingerprint taken away", "hash", func(e *Event) { e.MutationID, e.Fingerprint = "", Hash{} }),
		edit("fingerprint taken away", "hash", func(e *Event) { e.Fingerprint = Hash{} }),
		edit("action taken away", "header", func(e *Event) { e.Action = "" }),
		edit("a NUL behind a text", "header", func(e *Event) { e.SubjectID += "\x00" }),
		edit("broken UTF-8", "header", func(e *Event) { e.ActorID = "\xff" }),
		edit("subject version 0", "header", func(e *Event) { e.SubjectVersion = 0 }),
		edit("a nanosecond later", "header", func(e *Event) { e.RecordedAt = e.RecordedAt.Add(1) }),
		edit("a microsecond later", "hash", func(e *Event) { e.RecordedAt = e.RecordedAt.Add(time.Microsecond) }),
		edit("previous hash taken away", "previous hash", func(e *Event) { e.Previous = Hash{} }),
		edit("hash edited", "hash", func(e *Event) { e.Hash[31] ^= 1 }),
		edit("salt edited", "payload", func(e *Event) { e.Salt[15] ^= 1 }),
		edit("payload text edited", "payload", func(e *Event) { e.PayloadText = bytes.ReplaceAll(e.PayloadText, []byte("Ada"), []byte("Eve")) }),
		edit("payload text with a space more", "payload", func(e *Event) { e.PayloadText = append([]byte(" "), e.PayloadText...) }),
		edit("payload text taken away", "payload", func(e *Event) { e.PayloadText = nil }),
		edit("payload says other than its text", "payload", func(e *Event) { e.Payload.ActorName = "Eve" }),
		edit("commitment edited, hash to match", "payload", func(e *Event) { e.Commitment[0] ^= 1; rehashed(e) }),
		tampering{"action edited, hash to match", func(trail, _ []*Event) []*Event {
			trail[16].Action = "X"
			rehashed(trail[16])
			return trail
		}, 18, "previous hash"},
		tampering{"payload edited, commitment and hash to match", func(trail, _ []*Event) []*Event {
			e := trail[16]
			e.Payload.ActorName = "Eve"
			e.PayloadText, _ = e.Payload.Encode()
			e.Commitment = Commit(e.Salt, e.PayloadText)
			rehashed(e)
			return trail
		}, 18, "previous hash"},
	)
}

// moves take events away, put some in or change their order.
func moves() []tampering {
	return []tampering{
		{"swapped", func(trail, _ []*Event) []*Event { trail[16], trail[17] = trail[17], trail[16]; return trail }, 17, "position"},
		{"swapped and renumbered", func(trail, _ []*Event) []*Event {
			trail[16], trail[17] = trail[17], trail[16]
			return renumbered(trail)
		}, 17, "previous hash"},
		{"deleted", func(trail, _ []*Event) []*Event { return slices.Delete(trail, 16, 17) }, 17, "position"},
		{"deleted and renumbered", func(trail, _ []*Event) []*Event { return renumbered(slices.Delete(trail, 16, 17)) }, 17, "previous hash"},
		{"first deleted", func(trail, _ []*Event) []*Event { return trail[1:] }, 1, "position"},
		{"first deleted and renumbered", func(trail, _ []*Event) []*Event { return renumbered(trail[1:]) }, 1, "previous hash"},
		{"first deleted, renumbered and unlinked", func(trail, _ []*Event) []*Event {
			trail[1].Previous = Hash{}
			return renumbered(trail[1:])
		}, 1, "hash"},
		{"first linked to something", func(trail, _ []*Event) []*Event { trail[0].Previous = Hash{1}; return trail }, 1, "previous hash"},
		{"doubled", func(trail, _ []*Event) []*Event { return slices.Insert(trail, 16, trail[16]) }, 18, "position"},
		{"inserted with a true link and hash", func(trail, _ []*Event) []*Event {
			forged := *trail[16]
			forged.Action = "X"
			rehashed(&forged)
			return renumbered(slices.Insert(trail, 16, &forged))
		}, 18, "previous hash"},
		{"reversed", func(trail, _ []*Event) []*Event { slices.Reverse(trail); return trail }, 1, "position"},
		{"one moved to the end", func(trail, _ []*Event) []*Event {
			return append(slices.Delete(slices.Clone(trail), 16, 17), trail[16])
		}, 17, "position"},
		{"one of another trail", func(trail, other []*Event) []*Event { trail[16] = other[16]; return trail }, 17, "trail id"},
		{"one of another trail under this id", func(trail, other []*Event) []*Event {
			trail[16] = other[16]
			trail[16].Trail = trail[0].Trail
			return trail
		}, 17, "previous hash"},
		{"one of another trail under this id, linked", func(trail, other []*Event) []*Event {
			other[16].Trail, other[16].Previous = trail[0].Trail, trail[15].Hash
			trail[16] = other[16]
			return trail
		}, 17, "hash"},
		{"end of another trail", func(trail, other []*Event) []*Event { return append(trail[:16], other[16:]...) }, 17, "trail id"},
		{"another trail", func(_, other []*Event) []*Event { return other }, 1, "trail id"},
	}
}

// payloads have a commitment and a chain to match, yet a text that reads as
// something else than it says.
func payloads() []tampering {
	texts := []struct{ name, old, new string }{
		{"white space", `,"changes":`, `, "changes":`},
		{"a key twice", `{"actorName":"Ada"`, `{"actorName":"Eve","actorName":"Ada"`},
		{"an unknown key", `{"actorName":"Ada"`, `{"admin":true,"actorName":"Ada"`},
		{"a key in other case", `"actorName"`, `"ACTORNAME"`},
		{"an escape that need not be", `Ada`, `\u0041da`},
		{"an empty optional text", `,"changes"`, `,"reason":"","changes"`},
		{"something behind it", `]}`, `]}{}`},
		{"half of it", `"changes":`, ``},
	}
	var all []tampering
	for _, x := range texts {
		all = append(all, tampering{"payload with " + x.name, func(trail, _ []*Event) []*Event {
			text := bytes.Replace(trail[16].PayloadText, []byte(x.old), []byte(x.new), 1)
			// A reader gets what the text decodes to.
			trail[16].Payload, _ = DecodePayload(text)
			return recommitted(trail, 17, text)
		}, 17, "payload"})
	}
	return all
}

// unseen are what the package comment says the chain cannot show. Only the hash
// of the head, kept elsewhere, tells them from the trail.
func unseen() []tampering {
	return []tampering{
		{"end cut off", func(trail, _ []*Event) []*Event { return trail[:16] }, 0, ""},
		{"everything cut off", func(_, _ []*Event) []*Event { return nil }, 0, ""},
		{"chain computed anew", func(trail, _ []*Event) []*Event { trail[16].Action = "X"; return rechained(trail, 17) }, 0, ""},
		{"one deleted, chain computed anew", func(trail, _ []*Event) []*Event {
			return rechained(renumbered(slices.Delete(trail, 16, 17)), 17)
		}, 0, ""},
		{"last edited, hash to match", func(trail, _ []*Event) []*Event { trail[29].Action = "X"; rehashed(trail[29]); return trail }, 0, ""},
	}
}

func TestTampering(t *testing.T) {
	id := TrailID{1}
	trail, other := mustTrail(t, id, 30), mustTrail(t, TrailID{2}, 30)
	if fault := verify(t, id, trail); fault != nil {
		t.Fatal(fault)
	}
	all := slices.Concat(edits(), moves(), payloads(), unseen())
	for _, x := range all {
		t.Run(x.name, func(t *testing.T) {
			events := x.do(cloned(trail), cloned(other))
			fault := verify(t, id, events)
			switch {
			case fault == nil && x.field != "":
				t.Errorf("not found, want a fault at %d: %s", x.position, x.field)
			case fault == nil:
				if len(events) == 30 && events[29].Hash == trail[29].Hash {
					t.Error("got the head of the trail, want another one")
				}
			case fault.Position != x.position || fault.Field != x.field:
				t.Errorf("got %v, want position %d: %s", fault, x.position, x.field)
			case fault.Expected == fault.Found || strings.Contains(fault.Error(), "%"):
				t.Errorf("got %v, which tells nothing", fault)
			}
		})
	}
	t.Logf("%d tamperings", len(all))
}

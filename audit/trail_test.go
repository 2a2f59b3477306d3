package audit

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// mustTrail returns the trail with the given id and n events. The same call
// gives the same events.
func mustTrail(t testing.TB, id TrailID, n int) []*Event {
	t.Helper()
	var (
		head   = Head{Trail: id}
		events []*Event
	)
	for i := range n {
		e := &Event{
			Header: Header{
				RecordedAt: time.UnixMicro(1764000000000000 + int64(i)).UTC(), Action: "TASK_CHANGED",
				SubjectKind: "task", SubjectID: "tsk_1", SubjectVersion: int64(i + 1), IncidentID: "inc_1",
				ActorKind: "USER", ActorID: "act_1", RequestID: "req_" + strconv.Itoa(i),
				MutationID: "m_" + strconv.Itoa(i), Fingerprint: Hash{byte(i), 1},
			},
			Payload: Payload{ActorName: "Ada", Changes: []Change{
				{Field: "title", From: json.RawMessage(`"a"`), To: json.RawMessage(`"b` + strconv.Itoa(i) + `"`)},
			}},
		}
		binary.BigEndian.PutUint64(e.Salt[:], uint64(i))
		if err := e.Seal(head); err != nil {
			t.Fatal(err)
		}
		head, events = e.Head(), append(events, e)
	}
	return events
}

// headerFields are the fields of a header, in the order of the encoding.
var headerFields = []struct {
	name string
	copy func(to, from *Header)
}{
	{"trail id", func(to, from *Header) { to.Trail = from.Trail }},
	{"position", func(to, from *Header) { to.Position = from.Position }},
	{"recorded at", func(to, from *Header) { to.RecordedAt = from.RecordedAt }},
	{"action", func(to, from *Header) { to.Action = from.Action }},
	{"subject kind", func(to, from *Header) { to.SubjectKind = from.SubjectKind }},
	{"subject id", func(to, from *Header) { to.SubjectID = from.SubjectID }},
	{"subject version", func(to, from *Header) { to.SubjectVersion = from.SubjectVersion }},
	{"incident id", func(to, from *Header) { to.IncidentID = from.IncidentID }},
	{"actor kind", func(to, from *Header) { to.ActorKind = from.ActorKind }},
	{"actor id", func(to, from *Header) { to.ActorID = from.ActorID }},
	{"request id", func(to, from *Header) { to.RequestID = from.RequestID }},
	{"client mutation id", func(to, from *Header) { to.MutationID = from.MutationID }},
	{"fingerprint", func(to, from *Header) { to.Fingerprint = from.Fingerprint }},
	{"payload commitment", func(to, from *Header) { to.Commitment = from.Commitment }},
	{"previous hash", func(to, from *Header) { to.Previous = from.Previous }},
}

// texts are what a header can hold: the odd ones often, and any other.
var texts = rapid.OneOf(
	rapid.SampledFrom([]string{"a", "b", "aa", "ab", "é", "e\u0301", "🔥", "\u202e", "\x01", "\r\n", strings.Repeat("x", 300)}),
	rapid.StringN(1, 12, -1).Filter(func(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }),
)

var (
	optionalTexts = rapid.OneOf(rapid.Just(""), texts)
	bytes16       = rapid.Map(rapid.SliceOfN(rapid.Byte(), 16, 16), func(b []byte) [16]byte { return [16]byte(b) })
	hashes        = rapid.OneOf(rapid.SampledFrom([]Hash{{}, {1}, {31: 1}}),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 32, 32), func(b []byte) Hash { return Hash(b) }))
	counts = rapid.OneOf(rapid.SampledFrom([]int64{1, 2, math.MaxInt64}), rapid.Int64Min(1))
	times  = rapid.Map(rapid.OneOf(rapid.SampledFrom([]int64{0, -1, 1, math.MinInt64, math.MaxInt64}), rapid.Int64()),
		func(us int64) time.Time { return time.UnixMicro(us).UTC() })
	jsonValues = rapid.SampledFrom([]json.RawMessage{
		nil, json.RawMessage(`null`), json.RawMessage(`true`), json.RawMessage(`-1.50e+3`), json.RawMessage(`9007199254740993`),
		json.RawMessage(`"<é🔥\u0000\u2028>"`), json.RawMessage(` [ "a" , "" ] `), json.RawMessage(`""`),
	})
)

func drawTrailID(t *rapid.T) TrailID { return bytes16.Draw(t, "trail id") }

// drawHeader returns a header that can be encoded.
func drawHeader(t *rapid.T) Header {
	h := Header{
		Trail: drawTrailID(t), Position: counts.Draw(t, "position"), RecordedAt: times.Draw(t, "recorded at"),
		Action:      Action(texts.Draw(t, "action")),
		SubjectKind: texts.Draw(t, "subject kind"), SubjectID: texts.Draw(t, "subject id"),
		SubjectVersion: counts.Draw(t, "subject version"), IncidentID: optionalTexts.Draw(t, "incident id"),
		ActorKind: texts.Draw(t, "actor kind"), ActorID: texts.Draw(t, "actor id"),
		RequestID: optionalTexts.Draw(t, "request id"), MutationID: optionalTexts.Draw(t, "client mutation id"),
		Commitment: hashes.Draw(t, "commitment"),
	}
	if h.MutationID != "" {
		h.Fingerprint = hashes.Draw(t, "fingerprint")
	}
	if h.Position != 1 {
		h.Previous = hashes.Draw(t, "previous hash")
	}
	return h
}

func drawPayload(t *rapid.T) Payload {
	p := Payload{ActorName: rapid.String().Draw(t, "actor name"), Reason: rapid.String().Draw(t, "reason")}
	for range rapid.IntRange(0, 2).Draw(t, "changes") {
		p.Changes = append(p.Changes, Change{
			Field: texts.Draw(t, "field"), From: jsonValues.Draw(t, "from"), To: jsonValues.Draw(t, "to"),
		})
	}
	return p
}

// drawTrail returns a trail of n events as a reader gets it: the payload comes
// from its text.
func drawTrail(t *rapid.T, id TrailID, n int) []*Event {
	var (
		head   = Head{Trail: id}
		events []*Event
	)
	for range n {
		e := &Event{Header: drawHeader(t), Payload: drawPayload(t), Salt: bytes16.Draw(t, "salt")}
		if err := e.Seal(head); err != nil {
			t.Fatal(err)
		}
		var err error
		if e.Payload, err = DecodePayload(e.PayloadText); err != nil {
			t.Fatal(err)
		}
		head, events = e.Head(), append(events, e)
	}
	return events
}

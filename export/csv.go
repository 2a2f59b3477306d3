package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode"

	"tasktrail/audit"
)

// byteOrderMark tells Excel that a file is UTF-8.
const byteOrderMark = "\ufeff"

// columns of a table. There is a row for each changed field, so that it can be
// filtered and counted by field and value; an event without changes, or whose
// payload was redacted, has one. Whoever counts events counts the rows with
// change 0 or 1.
var columns = []string{
	"position", "recordedAt", "action", "actorName", "actorKind", "actorId",
	"subjectKind", "subjectId", "subjectVersion", "incidentId",
	"change", "field", "from", "to",
	"reason", "requestId", "clientMutationId", "causedBy", "redacted", "hash",
}

// table writes rows as RFC 4180 has them and keeps the first error. Every cell
// is quoted, which encoding/csv cannot be told to do.
type table struct {
	w   *bufio.Writer
	err error
}

func (t *table) write(cells []string) {
	for n, cell := range cells {
		if n > 0 {
			_ = t.w.WriteByte(',') // a writer with a buffer keeps its error
		}
		_ = t.w.WriteByte('"')
		_, _ = t.w.WriteString(strings.ReplaceAll(inert(cell), `"`, `""`))
		_ = t.w.WriteByte('"')
	}
	_, t.err = t.w.WriteString("\r\n")
}

// event writes the rows of e.
func (t *table) event(e *audit.Event) {
	causedBy := ""
	if e.Payload.CausedBy > 0 {
		causedBy = strconv.FormatInt(e.Payload.CausedBy, 10)
	}
	row := func(number int, c audit.Change) {
		t.write([]string{
			strconv.FormatInt(e.Position, 10), e.RecordedAt.Format("2006-01-02T15:04:05.000000Z"), string(e.Action),
			e.Payload.ActorName, e.ActorKind, e.ActorID,
			e.SubjectKind, e.SubjectID, strconv.FormatInt(e.SubjectVersion, 10), e.IncidentID,
			strconv.Itoa(number), c.Field, plain(c.From), plain(c.To),
			e.Payload.Reason, e.RequestID, e.MutationID, causedBy, strconv.FormatBool(e.Redacted), e.Hash.String(),
		})
	}
	for n, c := range e.Payload.Changes {
		row(n+1, c)
	}
	if len(e.Payload.Changes) == 0 {
		row(0, audit.Change{})
	}
}

// plain is a value for people: text as it is, null as nothing, the rest as JSON.
func plain(value json.RawMessage) string {
	var text *string
	if len(value) == 0 || json.Unmarshal(value, &text) == nil {
		if text == nil {
			return ""
		}
		return *text
	}
	return string(bytes.TrimSpace(value))
}

// inert keeps a spreadsheet from taking a cell for a formula, by an apostrophe
// in front. It looks past what is skipped there: blanks, characters that are not
// seen, and quotes. A tab or line end there is dangerous by itself.
func inert(cell string) string {
	for _, r := range cell {
		switch r {
		case '=', '+', '-', '@', '\t', '\r', '\n',
			'＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫':
			return "'" + cell
		case '"', '\'', '`', '“', '”', '„', '‘', '’', '＂', '＇':
			continue
		}
		if !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) && !unicode.IsControl(r) {
			return cell
		}
	}
	return cell
}

package importer

import (
	"fmt"
	"regexp"
	"strings"

	"tasktrail/incident"
)

// decodeWatchlist reads the format "soc-recommended-actions".
func decodeWatchlist(data []byte, f *faults) (incidents []Incident) {
	for _, content := range rawContents(data, f) {
		w := watchlist{place: content.place, faults: f}
		incidents = append(incidents, w.read(content.text, content.skip)...)
	}
	if len(incidents) > MaxIncidents {
		f.add("the file", "there can be at most %d incidents in it", MaxIncidents)
	}
	return incidents
}

// watchlist is the reader of one rawContent.
type watchlist struct {
	place   string
	faults  *faults
	columns int  // of the header
	dated   bool // the last column is a date
}

// read returns an incident for each row that is not blank. Rows count from 1
// as in a spreadsheet, the header included.
func (w *watchlist) read(content string, skip int) (incidents []Incident) {
	// First, because a zero-width character in front of a number would hide it.
	content = zeroWidth.Replace(content)
	rows := rowScanner{rest: strings.ReplaceAll(content, "\r\n", "\n")}
	for number := 1; !w.faults.full() && len(incidents) <= MaxIncidents; number++ {
		cells, ok := rows.next()
		place := fmt.Sprintf("%s row %d", w.place, number)
		switch {
		case !ok:
			if w.columns == 0 {
				w.faults.add(w.place, "the header row is missing")
			}
			return incidents
		case number <= skip || blank(cells):
		case len(cells) > maxCells:
			w.faults.add(place, "there can be at most %d cells in a row", maxCells)
		case w.columns == 0:
			if !w.header(place, cells) {
				return incidents
			}
		default:
			incidents = append(incidents, w.row(place, cells))
		}
	}
	return incidents
}

var actionColumn = regexp.MustCompile(`^[Aa][0-9]+$`)

// header learns the columns: Alert, A1, A2 … and perhaps Date. Others are
// refused: what they mean is not known, and the rows are told apart by counting.
func (w *watchlist) header(place string, cells []cell) bool {
	w.columns = len(cells)
	last := strings.TrimSpace(cells[len(cells)-1].text)
	w.dated = strings.EqualFold(last, "Date")
	actions := cells[1:]
	if w.dated {
		actions = cells[1:max(1, len(cells)-1)]
	}
	good := strings.EqualFold(strings.TrimSpace(cells[0].text), "Alert") && len(actions) > 0
	for _, c := range actions {
		good = good && actionColumn.MatchString(strings.TrimSpace(c.text))
	}
	if !good {
		w.faults.add(place, "the header must be Alert, then A1, A2 and so on, then perhaps Date")
	}
	return good
}

// row makes an incident of a row, its actions the tasks.
func (w *watchlist) row(place string, cells []cell) Incident {
	if w.dated {
		if last := strings.TrimSpace(cells[len(cells)-1].text); !isDate(last) {
			w.faults.add(place, "the last cell must be a date or empty")
		}
	}
	row := splitRow(cells, w.dated)
	if row.width != w.columns {
		w.faults.add(place, "there are %d cells once the commas inside texts are put back, the header has %d columns; begin each action with its number (\"3. \" or \"Task 3^\") and keep the empty cells",
			row.width, w.columns)
	}
	for _, label := range row.twice {
		w.faults.add(place+", action "+label, "a text begins with this number twice; which of them begins the action cannot be told")
	}
	if len(row.actions) == 0 {
		w.faults.add(place, "there is no action in it")
	}
	if len(row.actions) > incident.MaxTasks {
		w.faults.add(place, "there can be at most %d actions in a row, these are %d", incident.MaxTasks, len(row.actions))
	}

	inc := Incident{Severity: incident.SeverityMedium, Labels: []string{FormatWatchlist}}
	inc.Title, inc.Description = w.entitle(place+", alert", row.title)
	for _, a := range row.actions {
		var t Task
		t.Title, t.Description = w.entitle(place+", action "+a.label, a.text)
		inc.Tasks = append(inc.Tasks, t)
	}
	return inc
}

func (w *watchlist) entitle(place, text string) (string, *string) {
	title, description := entitle(text)
	if description != nil {
		w.faults.checkText(place, *description, incident.MaxDescription)
	}
	return w.faults.checkTitle(place, title), description
}

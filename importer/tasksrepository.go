package importer

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"tasktrail/incident"
)

// decodeTasksRepository reads the format "tasks-repository": CSV, or the
// template of a watchlist with CSV in it.
func decodeTasksRepository(data []byte, f *faults) *Definitions {
	b := newBuilder()
	r := repository{builder: b, faults: f, byTitle: map[string]*repositoryRow{}}
	if !looksLikeJSON(data) {
		r.read("", string(data), 0)
	} else {
		for _, c := range rawContents(data, f) {
			r.read(c.place+" ", c.text, c.skip)
		}
	}
	for _, row := range r.rows {
		name := b.playbooks.names.unique(row.title)
		b.addPlaybook(row.place, incident.PlaybookInput{Name: name, Steps: row.steps})
		b.addTitleRule(row.place, row.title, name, false)
	}
	return b.definitions(f, "row of tasks")
}

// rawContent is the CSV of one watchlist in a template.
type rawContent struct {
	place string
	text  string
	skip  int // lines before the header
}

// rawContents returns those of all watchlists. The template around them is
// somebody else's format, so unknown fields of it are fine.
func rawContents(data []byte, f *faults) (found []rawContent) {
	var template struct {
		Resources []struct{ Properties json.RawMessage }
	}
	if err := json.Unmarshal(data, &template); err != nil {
		f.add("resources", "it must be an array of objects, as in an ARM template")
		return nil
	}
	for i, resource := range template.Resources {
		// A template may hold other resources, whose properties can be anything.
		if !strings.HasPrefix(string(resource.Properties), "{") {
			continue
		}
		var properties struct {
			RawContent          *string
			NumberOfLinesToSkip int
		}
		place := fmt.Sprintf("resources[%d].properties", i)
		if err := json.Unmarshal(resource.Properties, &properties); err != nil {
			f.add(place, "rawContent must be a string and numberOfLinesToSkip a number")
			continue
		}
		if properties.RawContent != nil {
			found = append(found, rawContent{place + ".rawContent", *properties.RawContent, properties.NumberOfLinesToSkip})
		}
	}
	if len(found) == 0 && len(f.list) == 0 {
		f.add("resources", "none of them has properties.rawContent, where a watchlist has its rows")
	}
	return found
}

// repository reads rows.
type repository struct {
	*builder
	faults  *faults
	columns []string
	rows    []*repositoryRow
	byTitle map[string]*repositoryRow // by the fold of the title
}

// repositoryRow is the list of tasks for incidents of one title.
type repositoryRow struct {
	place string
	title string
	steps []incident.PlaybookStepInput
	keys  names
	cells map[string]bool // what it has already
}

// maxNotes is how many notes a file may make before it is given up.
const maxNotes = 10_000

// read reads the rows of one CSV. Its lines count from 1.
func (r *repository) read(prefix, text string, skip int) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	rows := rowScanner{rest: text}
	r.columns = nil
	for line := 1; !r.faults.full(); {
		before := len(rows.rest)
		cells, ok := rows.next()
		place := fmt.Sprintf("%sline %d", prefix, line)
		line += strings.Count(text[len(text)-before:len(text)-len(rows.rest)], "\n")
		switch {
		case !ok:
			if r.columns == nil {
				r.faults.add(place, "the header is missing")
			}
			return
		case skip > 0:
			skip--
		case len(cells) > maxCells:
			r.faults.add(place, "there can be at most %d cells in a row", maxCells)
		case len(r.notes) > maxNotes:
			r.faults.add(place, "so much of the file cannot be carried over that it is no use to read on")
			return
		case blank(cells):
		case r.columns == nil:
			if !r.header(place, cells) {
				return
			}
		default:
			r.row(place, cells)
		}
	}
}

var taskColumn = regexp.MustCompile(`(?i)^Task ?[0-9]+$`)

// header learns the columns. Besides the title and the tasks a watchlist may
// have others.
func (r *repository) header(place string, cells []cell) bool {
	for i, c := range cells {
		name := strings.TrimSpace(c.text)
		if i > 0 && !taskColumn.MatchString(name) {
			r.note(place, "the column %q was not carried over", brief(name))
			name = ""
		}
		r.columns = append(r.columns, name)
	}
	if !strings.EqualFold(r.columns[0], "IncidentTitle") || len(strings.Join(r.columns[1:], "")) == 0 {
		r.faults.add(place, "the header must be IncidentTitle, then Task01, Task02 and so on")
		return false
	}
	return true
}

// row reads a row. A second one of the same title goes on with the list of
// the first: a row has room for only so many tasks.
func (r *repository) row(place string, cells []cell) {
	if len(cells) > len(r.columns) {
		r.faults.add(place, "there are %d cells, the header has %d columns; a text with a comma or a line end in it needs quotes", len(cells), len(r.columns))
		return
	}
	title := r.faults.checkTitle(place+", IncidentTitle", cells[0].text)
	at, known := r.byTitle[incident.FoldCase(title)]
	if known {
		r.note(place, "there is a row for %q already; its list goes on with these tasks", at.title)
	} else {
		if len(r.rows) == incident.MaxPlaybooks {
			r.faults.add(place, "there can be at most %d titles in the file", incident.MaxPlaybooks)
			return
		}
		at = &repositoryRow{place: place, title: title, keys: names{}, cells: map[string]bool{}}
		r.byTitle[incident.FoldCase(title)] = at
		r.rows = append(r.rows, at)
	}
	for i, c := range cells[1:] {
		name := r.columns[i+1]
		if name == "" || strings.TrimSpace(c.text) == "" {
			continue
		}
		if at.cells[c.text] {
			r.note(place, "%s is a task that stands there already, and was left out", name)
			continue
		}
		if at.cells[c.text] = true; len(at.cells) > incident.MaxSteps {
			r.faults.add(place, "there can be at most %d tasks for one title", incident.MaxSteps)
			return
		}
		heading, description, _ := strings.Cut(c.text, "|^|")
		if strings.TrimSpace(heading) == "" {
			r.faults.add(place+", "+name, "a title must have from 1 to %d characters besides white space", incident.MaxTitle)
			continue
		}
		var step incident.PlaybookStepInput
		step.Title, step.Description = r.words(place+", "+name, heading, description)
		at.steps = addStep(at.steps, at.keys, step)
	}
	if len(at.steps) == 0 {
		r.faults.add(place, "there is no task in it")
	}
}

package importer

import (
	"regexp"
	"strconv"
	"strings"
)

// The cells of a watchlist are not quoted, although its texts are full of
// commas, so a row falls into too many pieces:
//
//	Odd logon | 1. Ask the user | their manager | or both. | 2. Close. | | 1/2/2026
//
// What puts it together again is that every action begins with its number: a
// piece that begins with the number that is due, and with no blank before it,
// begins an action; any other is the text of the action before, as it went on
// after a comma. Empty pieces after an action are empty cells. Afterwards there
// must be as many cells as the header has columns, or the row is refused:
// guessing wrong does not go unnoticed.

// row is a row put together again.
type row struct {
	title   string
	actions []action
	width   int      // its cells, in columns of the header
	twice   []string // labels of numbers that stand in two places
}

// action is one step of a row.
type action struct {
	label string // its number in the file: "4", "4a"
	text  string
}

// span is the run of pieces that make one cell.
type span struct{ from, to int }

func splitRow(cells []cell, dated bool) row {
	var r row
	end := len(cells)
	if dated {
		end--
	}
	title := span{0, min(1, end)}
	var spans []span
	var numbers []number

	current, last := &title, number{}
	for i := 1; i < end; i++ {
		n, ok := leadingNumber(cells[i].text)
		switch {
		case ok && n.follows(last):
			spans, numbers = append(spans, span{i, i + 1}), append(numbers, n)
			current, last = &spans[len(spans)-1], n
		case strings.TrimSpace(cells[i].text) == "":
			// An empty cell, unless text comes after it.
		default:
			if ok && len(spans) > 0 && n.label() == last.label() {
				r.twice = append(r.twice, n.label())
			}
			current.to = i + 1
		}
	}

	r.title = textOf(cells, title)
	r.width = len(cells) - max(0, title.to-title.from-1)
	for i, s := range spans {
		r.width -= s.to - s.from - 1
		text := strings.TrimSpace(textOf(cells, s)[numbers[i].length:])
		if text != "" && numbers[i].letter != "" {
			// The list has an order of its own, so "4. " can go; "4a. " says
			// that the step is a part or a choice of step 4, so it stays.
			text = numbers[i].label() + ". " + text
		}
		r.actions = append(r.actions, action{numbers[i].label(), text})
	}
	return r
}

// textOf joins the pieces of a cell with the commas that parted them.
func textOf(cells []cell, s span) string {
	if s.from == s.to {
		return ""
	}
	parts := []string{cells[s.from].text}
	for _, c := range cells[s.from+1 : s.to] {
		parts = append(parts, c.raw)
	}
	return strings.Join(parts, ",")
}

// number is what an action begins with: "4. ", "4a. " or, in the later
// revision of the watchlist, "Task 4^".
type number struct {
	value  int
	letter string // of a sub-step
	marked bool   // "Task 4^"
	length int    // in bytes
}

var numberPattern = regexp.MustCompile(`^(?:Task ([0-9]{1,4})([a-z]?)\^|([0-9]{1,4})([a-z]?)\.[\s\x{A0}])`)

func leadingNumber(s string) (number, bool) {
	m := numberPattern.FindStringSubmatch(s)
	if m == nil {
		return number{}, false
	}
	// Only one alternative has matched, the groups of the other are empty.
	value, err := strconv.Atoi(m[1] + m[3])
	return number{value: value, letter: m[2] + m[4], marked: m[1] != "", length: len(m[0])}, err == nil
}

func (n number) label() string { return strconv.Itoa(n.value) + n.letter }

// follows reports whether n is due after last, the zero number being before
// all. Nobody writes "Task 4^" inside a text, so that is believed always.
func (n number) follows(last number) bool {
	switch {
	case n.marked:
		return true
	case n.value == last.value+1:
		return n.letter == "" || n.letter == "a"
	case n.value == last.value && n.letter != "":
		return last.letter == "" && n.letter == "a" || last.letter != "" && n.letter[0] == last.letter[0]+1
	}
	return false
}

// isDate reports whether s can be the date column: spreadsheets write dates in
// many ways, but none that looks like an action, which would be lost here.
func isDate(s string) bool {
	if s == "" {
		return true
	}
	_, numbered := leadingNumber(s)
	return !numbered && s[0] >= '0' && s[0] <= '9' && len(s) <= 40
}

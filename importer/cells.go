package importer

import "strings"

// maxCells bounds the work and memory one row can cost.
const maxCells = 20_000

// cell is one cell of a row.
type cell struct {
	text string // what it says
	raw  string // how it is written, with its quotes
}

// rowScanner cuts CSV into rows. It is more forgiving than encoding/csv: a
// quote inside an unquoted text is just a quote, and rows may differ in length.
type rowScanner struct{ rest string }

// next returns the next row, blank ones included; ok is false at the end. Of a
// row with more than maxCells cells it keeps one too many.
func (s *rowScanner) next() (cells []cell, ok bool) {
	if s.rest == "" {
		return nil, false
	}
	for {
		c, rest := cutCell(s.rest)
		if len(cells) <= maxCells {
			cells = append(cells, c)
		}
		s.rest = strings.TrimPrefix(rest, ",")
		if rest == "" || rest[0] == '\n' {
			s.rest = strings.TrimPrefix(rest, "\n")
			return cells, true
		}
	}
}

// cutCell returns the cell at the start of s, and what follows it: nothing, a
// comma or a line feed first.
func cutCell(s string) (c cell, rest string) {
	if text, n, ok := quoted(s); ok {
		return cell{text, s[:n]}, s[n:]
	}
	n := strings.IndexAny(s, ",\n")
	if n < 0 {
		n = len(s)
	}
	return cell{s[:n], s[:n]}, s[n:]
}

// quoted reads a cell in quotes, n bytes long with them; two quotes in it stand
// for one. A text that merely begins with a quoted word is none: after the
// closing quote of a cell comes its end.
func quoted(s string) (text string, n int, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", 0, false
	}
	for n = 1; ; n++ {
		end := strings.IndexByte(s[n:], '"')
		if end < 0 {
			return "", 0, false
		}
		n += end + 1
		if n == len(s) || s[n] == ',' || s[n] == '\n' {
			return strings.ReplaceAll(s[1:n-1], `""`, `"`), n, true
		}
		if s[n] != '"' {
			return "", 0, false
		}
	}
}

// blank reports whether a row says nothing.
func blank(cells []cell) bool {
	for _, c := range cells {
		if strings.TrimSpace(c.text) != "" {
			return false
		}
	}
	return true
}

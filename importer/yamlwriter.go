package importer

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// yamlWriter writes the few forms of YAML that a bundle needs. The library's
// own writer is not used: it writes a whole description as one line with
// escapes as soon as there is an emoji in it, and a list item that begins with
// an empty line so that it cannot be read again.
type yamlWriter struct {
	out    strings.Builder
	indent int
	inItem bool // a "- " was written, and the first field goes behind it

	invalid bool // a text was not valid UTF-8: what was written is not it
}

// line starts a line, or goes on behind the "- " of a list item.
func (w *yamlWriter) line() {
	if !w.inItem {
		w.out.WriteString(strings.Repeat("  ", w.indent))
	}
	w.inItem = false
}

// mapping writes a field whose value is a mapping, which must not be empty.
func (w *yamlWriter) mapping(name string, fields func()) {
	w.line()
	w.out.WriteString(name + ":\n")
	w.indent++
	fields()
	w.indent--
}

// null writes a field that is null.
func (w *yamlWriter) null(name string) {
	w.line()
	w.out.WriteString(name + ": null\n")
}

// text writes a field that is a text.
func (w *yamlWriter) text(name, s string) {
	w.line()
	w.out.WriteString(name + ":")
	if blockable(s) {
		w.block(s)
		return
	}
	w.out.WriteString(" " + w.scalar(s) + "\n")
}

// literal writes a field that is a number, true or false, or a time.
func (w *yamlWriter) literal(name, s string) {
	w.line()
	w.out.WriteString(name + ": " + s + "\n")
}

// texts writes a field that is a list of texts, in one line.
func (w *yamlWriter) texts(name string, list []string) {
	w.line()
	scalars := make([]string, len(list))
	for i, s := range list {
		scalars[i] = w.scalar(s)
	}
	w.out.WriteString(name + ": [" + strings.Join(scalars, ", ") + "]\n")
}

// yamlItems writes a field that is a list of mappings, none of them empty.
func yamlItems[T any](w *yamlWriter, name string, list []T, fields func(*T)) {
	w.line()
	w.out.WriteString(name + ":")
	if len(list) == 0 {
		w.out.WriteString(" []\n")
		return
	}
	w.out.WriteString("\n")
	w.indent++
	for i := range list {
		w.line()
		w.out.WriteString("- ")
		w.inItem = true
		w.indent++
		fields(&list[i])
		w.indent--
	}
	w.indent--
}

// block writes a text of several lines as they are.
func (w *yamlWriter) block(s string) {
	body := strings.TrimRight(s, "\n")
	switch len(s) - len(body) {
	case 0:
		w.out.WriteString(" |-\n")
	case 1:
		w.out.WriteString(" |\n")
	default:
		w.out.WriteString(" |+\n")
		body = s[:len(s)-1]
	}
	for l := range strings.SplitSeq(body, "\n") {
		if l != "" {
			w.out.WriteString(strings.Repeat("  ", w.indent+1) + l)
		}
		w.out.WriteByte('\n')
	}
}

// blockable reports whether a text has several lines and can stand as they
// are: the first tells how far they are indented, so it must not begin with a
// blank; and some characters would not come back as they were.
func blockable(s string) bool {
	return strings.Contains(s, "\n") && utf8.ValidString(s) && !strings.ContainsAny(s[:1], " \t\n") && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.IsControl(r) || slices.Contains(notRaw, r))
	})
}

// notRaw are characters that YAML takes for line ends, for a byte order mark,
// or not at all.
var notRaw = []rune{'\u2028', '\u2029', '\uFEFF', '\uFFFE', '\uFFFF'}

// simple is a text that everything that reads YAML takes for one.
var simple = regexp.MustCompile(`^\pL[\pL\pM\pN_./()-]*( [\pL\pM\pN_./()-]+)*$`)

// ambiguous are simple texts that some readers take for something else.
var ambiguous = []string{"true", "false", "yes", "no", "on", "off", "y", "n", "null"}

// scalar writes a text on one line. What strconv.Quote makes of valid UTF-8
// is also the form of YAML in double quotes.
func (w *yamlWriter) scalar(s string) string {
	w.invalid = w.invalid || !utf8.ValidString(s)
	if simple.MatchString(s) && !slices.Contains(ambiguous, strings.ToLower(s)) {
		return s
	}
	return strconv.Quote(s)
}

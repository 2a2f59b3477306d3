package importer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tasktrail/incident"
)

// zeroWidth removes characters that take no room at all: copied from web pages
// into a list, they would make equal-looking titles differ. A soft hyphen shows
// at the end of a line, so it is not one of them.
var zeroWidth = strings.NewReplacer("\u200B", "", "\u200C", "", "\u200D", "", "\u2060", "", "\uFEFF", "")

// entitle makes a title of any text. A text that is too long for one, or has
// several lines, is kept whole as the description.
func entitle(text string) (title string, description *string) {
	text = strings.TrimSpace(text)
	first, _, several := strings.Cut(text, "\n")
	if !several && utf8.RuneCountInString(text) <= incident.MaxTitle {
		return text, nil
	}
	return shorten(strings.TrimSpace(first)), &text
}

// shorten cuts s between two words and ends it in "…", within the limit of a
// title.
func shorten(s string) string {
	runes := []rune(s)
	if len(runes) < incident.MaxTitle {
		return s + "…"
	}
	cut := incident.MaxTitle - 1 // room for the ellipsis
	for i := cut; i > 0; i-- {
		if unicode.IsSpace(runes[i]) {
			cut = i
			break
		}
	}
	return strings.TrimRightFunc(string(runes[:cut]), unicode.IsSpace) + "…"
}

// checkTitle returns s without surrounding white space.
func (f *faults) checkTitle(place, s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		f.add(place, "a title must have from 1 to %d characters besides white space", incident.MaxTitle)
	}
	f.checkText(place, s, incident.MaxTitle)
	return s
}

// checkText refuses what the service would refuse, so that a fault is found
// before anything is created.
func (f *faults) checkText(place, s string, limit int) {
	if strings.ContainsRune(s, 0) {
		f.add(place, "it must not contain the NUL character")
	}
	if n := utf8.RuneCountInString(s); n > limit {
		f.add(place, "it must have at most %d characters, this one has %d", limit, n)
	}
}

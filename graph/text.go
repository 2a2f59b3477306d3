package graph

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"tasktrail/incident"
)

// argument is a text given with a query, and where.
type argument struct {
	path []string
	text *string
}

// in names an argument, or a field of an input when outer is not "".
func in(outer, name string, text *string) argument {
	if outer == "" {
		return argument{path: []string{name}, text: text}
	}
	return argument{path: []string{outer, name}, text: text}
}

// maxSearch is how many characters a text that is searched for may have. It is
// that of the longest title; SQLite takes patterns of at most 50,000 bytes.
const maxSearch = incident.MaxTitle

// plainText refuses what cannot be searched for because it is never stored, or
// is too long: the databases would answer it with errors of their own.
func plainText(arguments ...argument) error {
	for _, a := range arguments {
		if a.text != nil && utf8.RuneCountInString(*a.text) > maxSearch {
			return &incident.InputError{Path: a.path, Message: fmt.Sprintf("at most %d characters, this one has %d", maxSearch, utf8.RuneCountInString(*a.text))}
		}
		if a.text != nil && (!utf8.ValidString(*a.text) || strings.ContainsRune(*a.text, 0)) {
			return &incident.InputError{Path: a.path, Message: "must be valid UTF-8 without the NUL character"}
		}
	}
	return nil
}

// plainFields does so for the fields of an AuditEventFilter.
func plainFields(fields []string) error {
	for i := range fields {
		a := argument{path: []string{"filter", "fields", strconv.Itoa(i)}, text: &fields[i]}
		if err := plainText(a); err != nil {
			return err
		}
	}
	return nil
}

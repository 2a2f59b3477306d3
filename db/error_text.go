package db

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"github.com/uptrace/bun/driver/pgdriver"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Whatever is logged as an error goes through here, in every package: what a
// database says can hold what users wrote, as in Key (name)=(…).
func init() { zerolog.ErrorMarshalFunc = func(err error) any { return Text(err) } }

// Text is what of an error may be shown and logged. Our own words stay, and what
// the network and the files say; of the answers of databases only the code and
// the names of constraint and table stay, of those of our triggers their words;
// of errors that nobody here knows only the type.
func Text(err error) string {
	if err == nil {
		return ""
	}
	//nolint:errorlint // each error is looked at by itself, and what it wraps after it
	switch e := err.(type) {
	case pgdriver.Error:
		return postgresText(e)
	case *sqlite.Error:
		return sqliteText(e)
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return within(err, inner)
		}
	case interface{ Unwrap() []error }:
		return within(err, e.Unwrap()...)
	}
	return leafText(err)
}

// within is the text of an error with what it wraps replaced by what may be
// shown of that.
func within(err error, wrapped ...error) string {
	text, shown := err.Error(), ""
	if len(wrapped) == 1 && text == wrapped[0].Error() {
		return Text(wrapped[0]) // it has no words of its own
	}
	if !ours(err) {
		return fmt.Sprintf("%T: %s", err, Text(errors.Join(wrapped...)))
	}
	for _, inner := range wrapped {
		before, after, found := strings.Cut(text, inner.Error())
		if !found || inner.Error() == "" {
			return fmt.Sprintf("%T: %s", err, Text(errors.Join(wrapped...)))
		}
		shown += before + Text(inner)
		text = after
	}
	return shown + text
}

// foreign are the beginnings of texts by others that can quote values and have
// no type of their own.
var foreign = []string{"bun: ", "pgdialect: ", "converting driver.Value", "unsupported Scan"}

func leafText(err error) string {
	text := err.Error()
	if !ours(err) || slices.ContainsFunc(foreign, func(begin string) bool { return strings.HasPrefix(text, begin) }) {
		return fmt.Sprintf("%T", err)
	}
	return text
}

// ours reports whether the words of an error may be shown: those of our own, and
// of the packages of the standard library that quote names of files and hosts
// and nothing else.
func ours(err error) bool {
	t := reflect.TypeOf(err)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch path := t.PkgPath(); path {
	case "context", "database/sql", "errors", "fmt", "internal/poll", "io", "io/fs", "net", "os", "syscall", "":
		return true
	default:
		return strings.HasPrefix(path, "tasktrail/") || strings.HasPrefix(path, "crypto/")
	}
}

// trigger begins what our triggers say.
const trigger = "tasktrail: "

func postgresText(e pgdriver.Error) string {
	text := "SQLSTATE " + e.Field('C')
	for _, field := range []struct {
		key  byte
		name string
	}{{'n', "constraint"}, {'t', "table"}, {'c', "column"}} {
		if value := e.Field(field.key); value != "" {
			text += fmt.Sprintf(", %s %q", field.name, value)
		}
	}
	if message := e.Field('M'); strings.HasPrefix(message, trigger) {
		text += ", " + message
	}
	return text
}

// sqliteText keeps the words of a broken constraint, which name it and no value.
func sqliteText(e *sqlite.Error) string {
	text := fmt.Sprintf("SQLite code %d", e.Code())
	if name, ok := sqlite.ErrorCodeString[e.Code()]; ok {
		text += " " + name
	}
	if e.Code()&0xff == sqlite3.SQLITE_CONSTRAINT {
		text += ", " + e.Error()
	}
	return text
}

// safe shows of an error only what may be shown, to whoever does not go through
// the log.
type safe struct{ error }

func (e safe) Error() string { return Text(e.error) }
func (e safe) Unwrap() error { return e.error }

package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"tasktrail/db"
)

// moves reports whether a character can change what a terminal or an editor
// shows of the text around it: controls, which begin escape sequences, marks of
// direction, what is not seen, and line ends that are none to programs.
func moves(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// onOneLine keeps a text from moving the cursor or changing the terminal.
func onOneLine(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, moves) {
		return s
	}
	return strconv.Quote(s)
}

// plainError is an error whose text is fit for a terminal, and holds nothing of what
// a database has quoted. Line ends are those of our own lists.
type plainError struct{ error }

func (e plainError) Unwrap() error { return e.error }

func (e plainError) Error() string {
	var b strings.Builder
	for _, r := range db.Text(e.error) {
		if r != '\n' && moves(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// escaping takes whole lines of JSON and writes what moves as \u and digits,
// which stands for the same in JSON: the log escapes only what is a control in
// ASCII.
type escaping struct{ w io.Writer }

func (e escaping) Write(line []byte) (int, error) {
	if !strings.ContainsFunc(string(line), escaped) {
		return e.w.Write(line)
	}
	var b strings.Builder
	for _, r := range string(line) {
		switch {
		case !escaped(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	_, err := io.WriteString(e.w, b.String())
	return len(line), err
}

func escaped(r rune) bool { return r > 0x7e && moves(r) }

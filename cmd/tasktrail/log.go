package main

import (
	"io"
	stdlog "log"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
)

// Settings of whole packages stand here: a command that is run beside a server, in
// one process, must not write what the server reads.
func init() {
	zerolog.TimeFieldFormat = "2006-01-02T15:04:05.000000Z07:00"
	stdlog.SetFlags(0)
}

// withoutContext guards the log of whoever has none in its context.
var withoutContext sync.Once

// newLogger returns the log: JSON lines, or text for people when w is a
// terminal. Whatever our libraries log goes there too.
func newLogger(w io.Writer, level zerolog.Level) zerolog.Logger {
	if isTerminal(w) {
		w = console(w)
	}
	w = escaping{w}
	log := zerolog.New(w).Level(level).With().Timestamp().Logger()
	withoutContext.Do(func() { zerolog.DefaultContextLogger = &log })
	slog.SetDefault(slog.New(zerolog.NewSlogHandler(log)))
	stdlog.SetOutput(libraryLines{log, zerolog.InfoLevel})
	return log
}

// console writes text for people. It decodes the lines, and would show a message
// as it is: ours are fixed, those of libraries are not.
func console(w io.Writer) io.Writer {
	return zerolog.ConsoleWriter{Out: w, TimeFormat: "15:04:05.000", FormatMessage: func(message any) string {
		text, _ := message.(string)
		return onOneLine(text)
	}}
}

// libraryLines makes log lines of what libraries print. Those of net/http can
// hold what clients sent and come at a client's will: they are debug.
type libraryLines struct {
	log   zerolog.Logger
	level zerolog.Level
}

func (l libraryLines) Write(line []byte) (int, error) {
	l.log.WithLevel(l.level).Str("source", "library").Msg(strings.TrimSpace(string(line)))
	return len(line), nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

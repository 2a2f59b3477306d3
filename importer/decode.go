package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"tasktrail/incident"
)

// The formats that [Decode] reads.
const (
	FormatTasktrail       = "tasktrail"
	FormatYAML            = "yaml"
	FormatSentinel        = "sentinel"
	FormatTasksRepository = "tasks-repository"
	FormatTheHive         = "thehive"
	FormatWatchlist       = "soc-recommended-actions"
)

// Formats lists every format.
var Formats = []string{FormatTasktrail, FormatYAML, FormatSentinel, FormatTasksRepository, FormatTheHive, FormatWatchlist}

// What a file can be read as.
const (
	AsIncidents = "incidents"
	AsPlaybooks = "playbooks" // with the rules that apply them
)

// Options say how a file is to be read.
type Options struct {
	Format string    // one of [Formats]; empty: whichever the file has
	As     string    // empty: what the format holds; only [FormatWatchlist] leaves a choice
	Now    time.Time // what has expired by then is read as disabled, where it was so without saying it
}

// Decode reads a whole file, in the order of the file. What is wrong with it
// comes back as a [FaultsError], and then nothing else does.
func Decode(r io.Reader, o Options) (File, error) {
	return decode(r, o, incident.CheckBundle)
}

func decode(r io.Reader, o Options, check check) (File, error) {
	format := o.Format
	data, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return File{}, fmt.Errorf("reading the file: %w", err)
	}
	if len(data) > MaxFile {
		return File{}, fmt.Errorf("the file is larger than %d MiB; split it", MaxFile>>20)
	}

	// Editors on Windows put a byte order mark in front; JSON knows none.
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	f := new(faults)
	checkUTF8(data, f)
	if err := f.err(); err != nil {
		return File{}, err
	}
	if format == "" {
		format = detect(data, f)
	}
	if err := f.err(); err != nil {
		return File{}, err
	}
	read, err := readerOf(format, o)
	if err != nil {
		return File{}, err
	}
	if isJSON(format, data) {
		checkJSON(data, f)
		if err := f.err(); err != nil {
			return File{}, err
		}
	}
	file := File{Format: format}
	read(data, f, &file)
	if d := file.Definitions; d != nil && (len(f.list) == 0 || d.whole != nil) {
		d.addFaults(f, check(d.Bundle))
	}
	if err := f.err(); err != nil {
		return File{}, err
	}
	return file, nil
}

// readerOf returns the reader of a format, or says why there is none.
func readerOf(format string, o Options) (func([]byte, *faults, *File), error) {
	as := o.As
	readers := map[string]func([]byte, *faults, *File){
		FormatTasktrail:       readIncidents(decodeTasktrail),
		FormatYAML:            readDefinitions(decodeYAML),
		FormatSentinel:        readDefinitions(func(data []byte, f *faults) *Definitions { return decodeSentinel(data, o.Now, f) }),
		FormatTasksRepository: readDefinitions(decodeTasksRepository),
		FormatTheHive:         readDefinitions(decodeTheHive),
		FormatWatchlist:       readIncidents(decodeWatchlist),
	}
	read, ok := readers[format]
	holds := AsPlaybooks
	switch {
	case format == "":
		return nil, errors.New(`this is no format known here: "tasktrail" has "incidents" at the top, "yaml" has "playbooks" or "rules", "sentinel" has automation rules, "tasks-repository" begins with "IncidentTitle", "thehive" has case templates, "soc-recommended-actions" has "resources" with "rawContent"`)
	case !ok:
		return nil, fmt.Errorf("there is no format %q; use one of: %s", format, strings.Join(Formats, ", "))
	case as != "" && as != AsIncidents && as != AsPlaybooks:
		return nil, fmt.Errorf("a file can be read as %s or as %s, not as %q", AsIncidents, AsPlaybooks, as)
	case format == FormatWatchlist && as == AsPlaybooks:
		return readDefinitions(decodeWatchlistPlaybooks), nil
	case format == FormatWatchlist || format == FormatTasktrail:
		holds = AsIncidents
	}
	if as != "" && as != holds {
		return nil, fmt.Errorf("a file of the format %q holds %s; it cannot be read as %s", format, holds, as)
	}
	return read, nil
}

func readIncidents(decode func([]byte, *faults) []Incident) func([]byte, *faults, *File) {
	return func(data []byte, f *faults, file *File) {
		file.Incidents = decode(data, f)
		if len(file.Incidents) == 0 && len(f.list) == 0 {
			f.add("the file", "there is no incident in it")
		}
	}
}

func readDefinitions(decode func([]byte, *faults) *Definitions) func([]byte, *faults, *File) {
	return func(data []byte, f *faults, file *File) { file.Definitions = decode(data, f) }
}

// checkUTF8 makes sure that data is valid UTF-8: encoding/json would replace
// invalid bytes silently.
func checkUTF8(data []byte, f *faults) {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			f.add(lineAt(data, int64(i)), "the file must be valid UTF-8; save it in that encoding")
			return
		}
		i += size
	}
}

// checkJSON makes sure that data is one JSON text. The readers of the formats
// rely on it: the tokens of encoding/json are not checked as a whole.
func checkJSON(data []byte, f *faults) {
	var text json.RawMessage
	err := json.Unmarshal(data, &text)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		f.add(lineAt(data, syntax.Offset-1), "this is not JSON any more")
	} else if err != nil {
		f.add("the file", "it must be JSON")
	}
}

// lineAt names the line that holds the byte at offset.
func lineAt(data []byte, offset int64) string {
	offset = max(0, min(offset, int64(len(data))))
	return fmt.Sprintf("line %d", 1+bytes.Count(data[:offset], []byte("\n")))
}

package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// The formats that [Decode] reads.
const (
	FormatTasktrail = "tasktrail"
	FormatWatchlist = "soc-recommended-actions"
)

// Formats lists every format.
var Formats = []string{FormatTasktrail, FormatWatchlist}

// Decode reads a whole file and returns its incidents in the order of the file
// and the format used. An empty format means: whichever the file has. What is
// wrong with the file comes back as a [FaultsError], and then no incidents do.
func Decode(format string, r io.Reader) ([]Incident, string, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, format, fmt.Errorf("reading the file: %w", err)
	}
	if len(data) > MaxFile {
		return nil, format, fmt.Errorf("the file is larger than %d MiB; split it", MaxFile>>20)
	}

	// Editors on Windows put a byte order mark in front; JSON knows none.
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	f := new(faults)
	checkJSON(data, f)
	if err := f.err(); err != nil {
		return nil, format, err
	}

	if format == "" {
		format = detect(data)
	}
	var incidents []Incident
	switch format {
	case FormatTasktrail:
		incidents = decodeTasktrail(data, f)
	case FormatWatchlist:
		incidents = decodeWatchlist(data, f)
	case "":
		return nil, "", fmt.Errorf(`this is no format known here: "tasktrail" has "incidents" at the top, "soc-recommended-actions" has "resources"`)
	default:
		return nil, format, fmt.Errorf("there is no format %q; use one of: %s", format, strings.Join(Formats, ", "))
	}
	if len(incidents) == 0 && len(f.list) == 0 {
		f.add("the file", "there is no incident in it")
	}
	if err := f.err(); err != nil {
		return nil, format, err
	}
	return incidents, format, nil
}

// checkJSON makes sure that data is one JSON text in valid UTF-8. The readers
// of the formats rely on it: encoding/json would replace invalid bytes
// silently, and its tokens are not checked as a whole.
func checkJSON(data []byte, f *faults) {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			f.add(lineAt(data, int64(i)), "the file must be valid UTF-8; save it in that encoding")
			return
		}
		i += size
	}
	var text json.RawMessage
	err := json.Unmarshal(data, &text)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		f.add(lineAt(data, syntax.Offset-1), "this is not JSON any more")
	} else if err != nil {
		f.add("the file", "it must be JSON")
	}
}

// detect tells the format by the names at the top, or returns "".
func detect(data []byte) string {
	var top map[string]json.RawMessage
	if json.Unmarshal(data, &top) != nil {
		return ""
	}
	if _, ok := top["incidents"]; ok {
		return FormatTasktrail
	}
	if _, ok := top["resources"]; ok {
		return FormatWatchlist
	}
	return ""
}

// lineAt names the line that holds the byte at offset.
func lineAt(data []byte, offset int64) string {
	offset = max(0, min(offset, int64(len(data))))
	return fmt.Sprintf("line %d", 1+bytes.Count(data[:offset], []byte("\n")))
}

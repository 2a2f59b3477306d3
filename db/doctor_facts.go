package db

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// fact is one thing that a schema consists of: a table, a column, a trigger …,
// with its properties in words.
type fact struct {
	kind, subject string
	properties    map[string]string
}

func (f fact) name() string { return f.kind + " " + f.subject }

// facts are the facts of a schema by their names.
type facts map[string]fact

// add leaves out properties that are blank, so that these need not be written
// down.
func (fs facts) add(f fact) {
	maps.DeleteFunc(f.properties, func(_, value string) bool { return strings.TrimSpace(value) == "" })
	fs[f.name()] = f
}

// String writes a line for each fact: its kind, its subject and its properties
// as JSON.
func (fs facts) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(fs)) {
		fmt.Fprintf(&b, "%s\t%s\t", fs[name].kind, fs[name].subject)
		line := json.NewEncoder(&b)
		line.SetEscapeHTML(false)
		_ = line.Encode(fs[name].properties) // strings always have a JSON form
	}
	return b.String()
}

// parseFacts reads what String has written.
func parseFacts(text string) (facts, error) {
	fs := facts{}
	for line := range strings.Lines(text) {
		parts := strings.SplitN(line, "\t", 3)
		if len(parts) != 3 {
			return nil, fmt.Errorf("db: a line of the expected schema has no three parts")
		}
		f := fact{kind: parts[0], subject: parts[1]}
		if err := json.Unmarshal([]byte(parts[2]), &f.properties); err != nil {
			return nil, fmt.Errorf("db: the expected schema: %w", err)
		}
		fs.add(f)
	}
	return fs, nil
}

// ours lists the subjects of a kind.
func (fs facts) ours(kind string) (subjects []string) {
	for _, f := range fs {
		if f.kind == kind {
			subjects = append(subjects, f.subject)
		}
	}
	slices.Sort(subjects)
	return subjects
}

// What to do about a schema that is not the one of the migrations. There is no
// command that repairs: whoever changed it may have changed more.
const (
	remedyMissing = "find out who removed it, restore it from a dump of a database made by tasktrail migrate, and run tasktrail verify"
	remedyChanged = "find out who changed it, restore it from a dump of a database made by tasktrail migrate, and run tasktrail verify"
	remedyExtra   = "find out who made it, drop it, and run tasktrail verify"
	remedyAdded   = "drop it unless somebody needs it and has made it on purpose"
)

// addable are kinds of which others may add to what is ours without breaking
// it.
var addable = []string{"index", "other table", "view"}

// compare reports every fact that is missing, different or too many. What is
// part of a missing table is not reported again.
func (d *Diagnosis) compare(expected, found facts) {
	gone := func(f fact) bool {
		table, _, part := strings.Cut(f.subject, ".")
		_, there := found["table "+table]
		return part && !there
	}
	for _, name := range slices.Sorted(maps.Keys(expected)) {
		want := expected[name]
		got, there := found[name]
		switch {
		case there:
			w, g := differences(want.properties, got.properties)
			d.equal(Failure, want.kind, want.subject, w, g, remedyOf(want, w))
		case !gone(want):
			d.holds(false, Failure, want.kind, want.subject, "as migrated", absent, remedyMissing)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if _, known := expected[name]; known {
			continue
		}
		f, severity, remedy := found[name], Failure, remedyExtra
		if slices.Contains(addable, f.kind) {
			severity, remedy = Warning, remedyAdded
		}
		d.holds(false, severity, f.kind, f.subject, absent, "one that no migration makes", remedy)
	}
}

// remedyOf is the statement that puts a difference right where there is one. A
// restore without triggers leaves the first of these.
func remedyOf(f fact, expected string) string {
	table, name, _ := strings.Cut(f.subject, ".")
	switch {
	case f.kind == "trigger" && expected == "enabled always":
		return fmt.Sprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s, and run tasktrail verify", table, name)
	case expected == "validated true":
		return fmt.Sprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s, and run tasktrail verify", table, name)
	}
	return remedyChanged
}

// holdsAll reports whether every table and column of expected is there, so that
// it can be read.
func (fs facts) holdsAll(expected facts) bool {
	for name, f := range expected {
		if _, there := fs[name]; !there && (f.kind == "table" || f.kind == "column") {
			return false
		}
	}
	return true
}

// differences lists the properties in which two facts differ, on either side.
func differences(want, got map[string]string) (string, string) {
	keys := map[string]bool{}
	for _, m := range []map[string]string{want, got} {
		for k := range m {
			keys[k] = true
		}
	}
	var w, g []string
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if want[k] != got[k] {
			one, other := firstDifference(want[k], got[k])
			w, g = append(w, k+" "+orNone(one)), append(g, k+" "+orNone(other))
		}
	}
	return strings.Join(w, ", "), strings.Join(g, ", ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// excerpt bounds what a finding repeats of a definition.
const excerpt = 160

// firstDifference returns of two texts the lines that differ first.
func firstDifference(a, b string) (string, string) {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	n := 0
	for n < len(as) && n < len(bs) && as[n] == bs[n] {
		n++
	}
	line := func(lines []string) string {
		switch {
		case len(lines) == 1 && n == 0:
			return lines[0]
		case n >= len(lines):
			return "no more lines"
		}
		text := strings.TrimSpace(lines[n])
		if len(text) > excerpt {
			text = strings.ToValidUTF8(text[:excerpt], "") + "…"
		}
		return fmt.Sprintf("line %d %q", n+1, text)
	}
	return line(as), line(bs)
}

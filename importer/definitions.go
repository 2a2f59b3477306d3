package importer

import (
	"fmt"
	"strconv"
	"strings"

	"tasktrail/incident"
)

// File is what a file holds: incidents or definitions.
type File struct {
	Format      string // one of [Formats]
	Incidents   []Incident
	Definitions *Definitions // nil when it holds incidents
}

// Definitions are the playbooks and rules of a file, which have passed
// [incident.CheckBundle].
type Definitions struct {
	Bundle incident.Bundle
	Notes  []Note // what the bundle does not say, in the order of the file

	place func(path []string) string
	// whole reports whether the definition at the beginning of a path could be
	// read as it is; nil: nothing was read of a file with a fault.
	whole func(path []string) bool
}

// Note says what a file of another product has that was not carried over, or
// not as it was. Unlike those of a [Fault] its texts repeat what the file says:
// they are for the person who imports it, not for logs.
type Note struct {
	Place string // `rule "Phishing", action 2`
	Text  string
}

func (n Note) String() string { return n.Place + ": " + n.Text }

// Faults turns a refusal of the bundle into a [FaultsError], which names the
// places in the file; of nothing it makes nil.
func (d *Definitions) Faults(refusal incident.Refusal) error {
	f := new(faults)
	d.addFaults(f, refusal)
	return f.err()
}

// addFaults adds what a refusal says of definitions that could be read.
func (d *Definitions) addFaults(f *faults, refusal incident.Refusal) {
	for _, e := range refusal {
		path := refusedPath(e)
		if len(path) > 0 && path[0] == "input" {
			path = path[1:]
		}
		if d.whole == nil || d.whole(path) {
			f.add(d.place(path), "%s", e.Error())
		}
	}
	if d.whole != nil {
		f.sort()
	}
}

// refusedPath is where the input breaks a rule.
func refusedPath(e incident.MutationError) []string {
	switch e := e.(type) {
	case *incident.ValidationError:
		return e.Path
	case *incident.NotFoundError:
		return e.Path
	case *incident.ConflictError:
		return e.Path
	}
	return nil
}

// dotted writes a path as places do: "rules[3].actions[0].addTask.title".
func dotted(path []string) string {
	var b strings.Builder
	for _, name := range path {
		if _, err := strconv.Atoi(name); err == nil {
			fmt.Fprintf(&b, "[%s]", name)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(name)
	}
	return b.String()
}

// check is [incident.CheckBundle].
type check func(incident.Bundle) incident.Refusal

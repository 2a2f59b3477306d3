package importer

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// yamlReader reads the nodes of a document. It goes on after a fault, as
// [jsonReader] does, and knows the same few types.
type yamlReader struct{ faults *faults }

// yamlField reads the value of a field.
type yamlField func(n *yaml.Node, path string)

// object reads a mapping. For each of its names it calls the reader in fields;
// names that are not there are faults. It returns the node for faults about
// the whole, and which names it has: nil when it is no mapping.
func (r yamlReader) object(n *yaml.Node, path string, fields map[string]yamlField) (*yaml.Node, map[string]bool) {
	if n.Kind != yaml.MappingNode {
		r.faults.add(yamlPlace(n, path), "it must be a mapping: lines of the form name: value")
		return n, nil
	}
	has := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, known := fields[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || !known:
			r.faults.add(yamlPlace(key, path), "there is a field of an unknown name (%d bytes long); check its spelling", len(key.Value))
		case has[key.Value]:
			r.faults.add(yamlPlace(key, join(path, key.Value)), "this field stands there twice")
		default:
			has[key.Value] = true
			read(value, join(path, key.Value))
		}
	}
	return n, has
}

// require records a fault for each name that a mapping lacks.
func (r yamlReader) require(n *yaml.Node, path string, has map[string]bool, names ...string) {
	for _, name := range names {
		if has != nil && !has[name] {
			r.faults.add(yamlPlace(n, path), "the field %q is missing", name)
		}
	}
}

// yamlList reads a sequence. An empty one is the same as none: nil.
func yamlList[T any](r yamlReader, n *yaml.Node, path string, item func(*yaml.Node, string) T) []T {
	if n.Kind != yaml.SequenceNode {
		if !isNull(n) {
			r.faults.add(yamlPlace(n, path), "it must be a list")
		}
		return nil
	}
	var list []T
	for i, child := range n.Content {
		if r.faults.full() {
			break
		}
		list = append(list, item(child, fmt.Sprintf("%s[%d]", path, i)))
	}
	return list
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// text reads a text. A date is one too, although the library sees more in it.
func (r yamlReader) text(n *yaml.Node, path string) string {
	if n.Kind == yaml.ScalarNode {
		switch n.ShortTag() {
		case "!!str", "!!timestamp":
			return n.Value
		}
		r.faults.add(yamlPlace(n, path), "it must be a text; put it in quotes")
		return ""
	}
	r.faults.add(yamlPlace(n, path), "it must be a text")
	return ""
}

// boolean reads true or false.
func (r yamlReader) boolean(n *yaml.Node, path string) bool {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
		r.faults.add(yamlPlace(n, path), "it must be true or false")
		return false
	}
	b, _ := strconv.ParseBool(n.Value)
	return b
}

var wholeNumber = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,8})$`)

// integer reads a whole number; none here may be longer than nine digits.
func (r yamlReader) integer(n *yaml.Node, path string) int {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || !wholeNumber.MatchString(n.Value) {
		r.faults.add(yamlPlace(n, path), "it must be a whole number of at most nine digits, such as 60")
		return 0
	}
	i, _ := strconv.Atoi(n.Value)
	return i
}

// moment reads a time into the form that is stored.
func (r yamlReader) moment(n *yaml.Node, path string) time.Time {
	known := len(r.faults.list)
	t, ok := parseMoment(r.text(n, path))
	if !ok && len(r.faults.list) == known {
		r.faults.add(yamlPlace(n, path), momentForm)
	}
	return t
}

// optional reads a value that may be null.
func optional[T any](n *yaml.Node, path string, read func(*yaml.Node, string) T) *T {
	if isNull(n) {
		return nil
	}
	value := read(n, path)
	return &value
}

// into makes a reader that stores what it reads; intoOptional one that stores
// nil for null.
func into[T any](to *T, read func(*yaml.Node, string) T) yamlField {
	return func(n *yaml.Node, path string) { *to = read(n, path) }
}

func intoOptional[T any](to **T, read func(*yaml.Node, string) T) yamlField {
	return func(n *yaml.Node, path string) { *to = optional(n, path, read) }
}

func intoList[T any](r yamlReader, to *[]T, read func(*yaml.Node, string) T) yamlField {
	return func(n *yaml.Node, path string) { *to = yamlList(r, n, path, read) }
}

// word reads a text into a type of the domain; what it may be is for the
// domain to say.
func word[T ~string](r yamlReader) func(*yaml.Node, string) T {
	return func(n *yaml.Node, path string) T { return T(r.text(n, path)) }
}

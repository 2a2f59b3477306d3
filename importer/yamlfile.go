package importer

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"tasktrail/incident"
)

// decodeYAML reads the format "yaml".
func decodeYAML(data []byte, f *faults) *Definitions {
	root := parseYAML(data, f)
	if root == nil {
		return nil
	}
	r := yamlReader{f}
	var b incident.Bundle
	_, has := r.object(root, "", map[string]yamlField{
		"playbooks": func(n *yaml.Node, path string) {
			b.Playbooks = yamlList(r, n, path, r.playbook)
		},
		"rules": func(n *yaml.Node, path string) {
			b.Rules = yamlList(r, n, path, r.rule)
		},
	})
	if has != nil && !has["playbooks"] && !has["rules"] {
		f.add(yamlPlace(root, ""), `"playbooks" and "rules" are both missing`)
	}
	broken := map[string]bool{}
	for _, fault := range f.list {
		broken[yamlDefinition.FindString(fault.Place)] = true
	}
	return &Definitions{
		Bundle: b,
		place:  func(path []string) string { return locate(root, path) },
		whole:  func(path []string) bool { return !broken[dotted(path[:min(2, len(path))])] },
	}
}

// yamlDefinition finds the definition in a place.
var yamlDefinition = regexp.MustCompile(`(playbooks|rules)\[[0-9]+\]`)

// parseYAML returns the top of the only document, or nil when there is none.
func parseYAML(data []byte, f *faults) *yaml.Node {
	if i := bytes.IndexFunc(data, unreadable); i >= 0 {
		f.add(lineAt(data, int64(i)), "there is a control character; write it as an escape in double quotes")
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	switch {
	case errors.Is(err, io.EOF):
		f.add("the file", "there is nothing in it")
		return nil
	case err != nil:
		notYAML(err, f)
		return nil
	case len(document.Content) != 1:
		f.add("the file", "there is nothing in it")
		return nil
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		f.add(yamlPlace(&second, ""), "there is a second document; put everything into one")
	case !errors.Is(err, io.EOF):
		notYAML(err, f)
	}
	checkPlain(document.Content[0], f)
	if len(f.list) > 0 {
		return nil
	}
	return document.Content[0]
}

// unreadable reports characters that YAML has only as escapes.
func unreadable(r rune) bool {
	return unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\u0085", r) || r == '\uFFFE' || r == '\uFFFF'
}

// yamlLine finds the line in an error of the library, which gives it in no
// other way. The rest of its text may repeat the file.
var yamlLine = regexp.MustCompile(`^yaml: line ([0-9]+):`)

// notYAML adds a fault for an error of the library. Depending on which part of
// it has failed, its lines count from 0 or from 1.
func notYAML(err error, f *faults) {
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		f.add("line "+m[1], "this line, or the next, is not YAML any more")
		return
	}
	f.add("the file", "it is not YAML, or an alias (*) is used, which cannot be")
}

// checkPlain refuses what makes a file say more, or something else, than it
// seems to: a few lines of aliases can stand for billions.
func checkPlain(n *yaml.Node, f *faults) {
	if f.full() {
		return
	}
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		f.add(yamlPlace(n, ""), "anchors and aliases (& and *) cannot be used; a text that begins so needs quotes")
	case n.Style&yaml.TaggedStyle != 0:
		f.add(yamlPlace(n, ""), "tags (!) cannot be used; a text that begins so needs quotes")
	}
	for _, child := range n.Content {
		checkPlain(child, f)
	}
}

// yamlPlace names a node.
func yamlPlace(n *yaml.Node, path string) string {
	place := "line " + strconv.Itoa(n.Line)
	if path != "" {
		place += ", " + path
	}
	return place
}

// locate finds the place of a path of the domain, or of the innermost thing
// around it that the file has.
func locate(n *yaml.Node, path []string) string {
	names := make([]string, len(path))
	for i, name := range path {
		names[i] = inYAML(name)
	}
	for _, name := range names {
		next := childOf(n, name)
		if next == nil {
			break
		}
		n = next
	}
	return yamlPlace(n, dotted(names))
}

func childOf(n *yaml.Node, name string) *yaml.Node {
	switch n.Kind {
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i]
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				return n.Content[i+1]
			}
		}
	}
	return nil
}

// inYAML is what a field of the API is called here, where names stand in
// place of ids.
func inYAML(name string) string {
	switch name {
	case "playbookId":
		return "playbook"
	case "webhookId":
		return "webhook"
	}
	return name
}

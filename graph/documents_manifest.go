package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"tasktrail/graph/transport"
)

// apolloFormat is what Apollo's manifests say that they are.
const apolloFormat = "apollo-persisted-query-manifest"

// readManifest returns the entries of a manifest in their order.
func readManifest(text []byte) ([]document, ManifestError) {
	if !utf8.Valid(text) {
		return nil, ManifestError{"the manifest is not valid UTF-8"}
	}
	members, err := readMembers(text)
	if err != nil {
		return nil, ManifestError{"the manifest is not valid JSON: " + err.Error()}
	}
	for _, m := range members {
		// A document cannot be the name of a format, so this is no id.
		var format string
		if m.name == "format" && json.Unmarshal(m.value, &format) == nil && format == apolloFormat {
			return readApollo(text)
		}
	}
	var list []document
	var faults ManifestError
	for _, m := range members {
		d := document{id: transport.DocumentID(m.name)}
		if json.Unmarshal(m.value, &d.text) != nil || d.text == "" {
			faults = append(faults, d.fault("must be the text of a document; the manifest is neither an object of those nor of the format %s", apolloFormat))
			continue
		}
		list = append(list, d)
	}
	if len(members) == 0 {
		faults = append(faults, "the manifest has no documents")
	}
	return list, faults
}

// member is one of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// readMembers reads an object with all of its members: one that stands there
// twice is for the caller to notice.
func readMembers(text []byte) ([]member, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, fmt.Errorf("it must be an object")
	}
	var members []member
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		m := member{name: name.(string)} // what stands before a value in an object
		if err := decoder.Decode(&m.value); err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("something stands behind its end")
	}
	return members, nil
}

func readApollo(text []byte) ([]document, ManifestError) {
	var manifest struct {
		Version    int
		Operations []struct{ ID, Name, Type, Body string }
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, ManifestError{"the manifest is not of the format " + apolloFormat + ": " + err.Error()}
	}
	if manifest.Version != 1 {
		return nil, ManifestError{fmt.Sprintf("version: must be 1, not %d", manifest.Version)}
	}
	if len(manifest.Operations) == 0 {
		return nil, ManifestError{"operations: the manifest has no documents"}
	}
	var list []document
	for _, o := range manifest.Operations {
		list = append(list, document{id: transport.DocumentID(o.ID), text: o.Body, name: o.Name, kind: o.Type})
	}
	return list, nil
}

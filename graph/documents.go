package graph

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"tasktrail/graph/limit"
	"tasktrail/graph/transport"
)

// Documents are the trusted documents of a manifest.
type Documents struct {
	byID   map[transport.DocumentID]string
	byHash map[string]string // by the SHA-256 of the text, in hex
}

// ManifestError lists everything that is wrong with a manifest. It is for its
// author: it quotes the manifest.
type ManifestError []string

func (e ManifestError) Error() string {
	if more := len(e) - shownFaults; more > 0 {
		return strings.Join(e[:shownFaults], "\n") + fmt.Sprintf("\nand %d more", more)
	}
	return strings.Join(e, "\n")
}

// shownFaults is how many faults the text of a [ManifestError] has.
const shownFaults = 50

// LoadDocuments reads a manifest: one of Apollo's ("format":
// "apollo-persisted-query-manifest", "version": 1), or an object with the text of
// each document under its id, as Relay's compiler and GraphQL Code Generator
// write it. Each document must be valid for the schema that is served, and within
// the limits but that of cost, which variables decide, so that a manifest made for
// another server is noticed before clients are. The error is a [ManifestError].
func LoadDocuments(manifest []byte, limits limit.Limits) (*Documents, error) {
	list, faults := readManifest(manifest)
	documents := &Documents{byID: map[transport.DocumentID]string{}, byHash: map[string]string{}}
	guard := newGuard(servedSchema(), limits.OrDefault(), true)
	for _, d := range list {
		faults = append(faults, d.check(guard)...)
		if other, ok := documents.byID[d.id]; ok && other != d.text {
			faults = append(faults, d.fault("two documents have this id"))
		}
		documents.byID[d.id] = d.text
		documents.byHash[transport.HashDocument(d.text)] = d.text
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return documents, nil
}

// Len is the number of different documents.
func (d *Documents) Len() int { return len(d.byHash) }

// find returns the document of an id: of its own, or of the hash of its text.
func (d *Documents) find(id transport.DocumentID) (string, bool) {
	if d == nil {
		return "", false
	}
	if text, ok := d.byID[id]; ok {
		return text, true
	}
	hash, _ := id.Hash()
	text, ok := d.byHash[hash]
	return text, ok
}

// has reports whether a text is one of the documents.
func (d *Documents) has(text string) bool {
	if d == nil {
		return false
	}
	_, ok := d.byHash[transport.HashDocument(text)]
	return ok
}

// document is an entry of a manifest.
type document struct {
	id         transport.DocumentID
	text       string
	name, kind string // of its operation, where the manifest says so
}

func (d document) fault(format string, args ...any) string {
	return fmt.Sprintf("%.80q: ", d.id) + fmt.Sprintf(format, args...)
}

// check returns what is wrong with a document.
func (d document) check(g *guard) ManifestError {
	if !d.id.Valid() {
		return ManifestError{d.fault("an id has at most %d letters, digits and -._~, with a prefix and a colon if any; behind sha256: stand 64 lower-case hexadecimal digits", transport.MaxDocumentID)}
	}
	if hash, ok := d.id.Hash(); ok && strings.HasPrefix(string(d.id), "sha256:") && hash != transport.HashDocument(d.text) {
		return ManifestError{d.fault("is not the SHA-256 of the document")}
	}
	parsed, err := g.read(d.text)
	if list := gqlerror.List(nil); err != nil && errors.As(err.Err, &list) {
		var faults ManifestError
		for _, err := range list {
			faults = append(faults, d.fault("%s", err))
		}
		return faults
	}
	if err != nil {
		return ManifestError{d.fault("%s", err)}
	}
	if d.name != "" || d.kind != "" {
		operation := parsed.Operations.ForName(d.name)
		if operation == nil || (d.kind != "" && d.kind != string(operation.Operation)) {
			return ManifestError{d.fault("has no %s of the name %.80q, as the manifest says", cmp.Or(d.kind, "operation"), d.name)}
		}
	}
	return nil
}

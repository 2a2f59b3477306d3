package transport

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/99designs/gqlgen/graphql"
)

// MaxDocumentID is the length of the longest identifier of a document, in
// characters.
const MaxDocumentID = 200

// DocumentID names a document that the server is to have: by "sha256:" and the
// hash of its text in lower-case hex, as the appendix of GraphQL over HTTP on
// persisted documents has it, by that hash alone, as Apollo's clients do, or by
// a name of its own.
type DocumentID string

// documentKey is where a DocumentID stands in RawParams.Extensions. What clients
// send there is never of that type.
const documentKey = "documentId"

// apolloKey is the request extension that names a document in Apollo's protocol
// for automatic persisted queries, {"version": 1, "sha256Hash": "…"}.
const apolloKey = "persistedQuery"

// DocumentIDOf returns the identifier that a request names its document by, ""
// if it does not. When the request has the text too, the identifier is its hash.
func DocumentIDOf(params *graphql.RawParams) DocumentID {
	id, _ := params.Extensions[documentKey].(DocumentID)
	return id
}

// Hash returns the SHA-256 that the identifier consists of, in lower-case hex;
// ok is false if it is a name.
func (id DocumentID) Hash() (hash string, ok bool) {
	hash, prefixed := strings.CutPrefix(string(id), "sha256:")
	return hash, hashes.MatchString(hash) && (prefixed || !strings.Contains(hash, ":"))
}

// Valid reports whether the identifier may be used in requests.
func (id DocumentID) Valid() bool {
	_, isHash := id.Hash()
	return len(id) <= MaxDocumentID && documentIDs.MatchString(string(id)) && (isHash || !strings.HasPrefix(string(id), "sha256:"))
}

var (
	documentIDs = regexp.MustCompile(`^[A-Za-z0-9._~-]+(:[A-Za-z0-9._~:-]+)?$`)
	hashes      = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// HashDocument returns the SHA-256 of a document's text in lower-case hex.
func HashDocument(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// setDocumentID keeps the parameter documentId for nameDocument.
func setDocumentID(params *graphql.RawParams, id string) {
	if params.Extensions == nil {
		params.Extensions = map[string]any{}
	}
	params.Extensions[documentKey] = DocumentID(id)
}

// namesDocument reports whether a request names a document in some way.
func namesDocument(params *graphql.RawParams) bool {
	return DocumentIDOf(params) != "" || params.Extensions[apolloKey] != nil
}

// nameDocument checks the ways of naming a document against each other and
// against the text, and leaves the identifier for DocumentIDOf.
func nameDocument(params *graphql.RawParams) error {
	id := DocumentIDOf(params)
	if id != "" && !id.Valid() {
		return badRequest("documentId must be sha256: with 64 lower-case hexadecimal digits, or a name of at most %d letters, digits and -._~", MaxDocumentID)
	}
	if extension := params.Extensions[apolloKey]; extension != nil {
		named, err := apolloID(extension)
		if err != nil {
			return err
		}
		if id != "" && strings.TrimPrefix(string(id), "sha256:") != string(named) {
			return badRequest("documentId and extensions.persistedQuery name different documents")
		}
		id = named
	}
	if id == "" {
		return nil
	}
	if hash, _ := id.Hash(); params.Query != "" && hash != HashDocument(params.Query) {
		return badRequest("provided sha does not match query")
	}
	setDocumentID(params, string(id))
	return nil
}

// apolloID reads Apollo's extension. Its hash is the identifier in a manifest of
// trusted documents when the client works with one.
func apolloID(extension any) (DocumentID, error) {
	members, ok := extension.(map[string]any)
	if !ok {
		return "", badRequest("extensions.persistedQuery must be a JSON object")
	}
	if version, ok := members["version"].(interface{ String() string }); !ok || version.String() != "1" {
		return "", badRequest("extensions.persistedQuery.version must be 1")
	}
	hash, _ := members["sha256Hash"].(string)
	if id := DocumentID(hash); id.Valid() {
		return id, nil
	}
	return "", badRequest("extensions.persistedQuery.sha256Hash must be the SHA-256 of the query in lower-case hexadecimal digits, or the id of a trusted document")
}

package graph

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"tasktrail/graph/transport"
	"tasktrail/incident"
)

// Persisted says which documents clients may name instead of sending them.
type Persisted struct {
	// Keep is how many documents are kept that clients leave by Apollo's
	// protocol for automatic persisted queries; 0: none. Together they have at
	// most MaxKeptBytes, and a longer one than MaxKeptDocument is not kept.
	Keep int

	// Trusted are the documents of a manifest, nil for none.
	Trusted *Documents

	// TrustedOnly refuses every other document, named or not.
	TrustedOnly bool
}

// The codes of documents that the server does not have are those that Apollo's
// and urql's clients look for (the first two, with these messages) and that
// Apollo Router uses.
const (
	codeNotFound     = "PERSISTED_QUERY_NOT_FOUND"
	codeNotSupported = "PERSISTED_QUERY_NOT_SUPPORTED"
	codeNotInList    = "PERSISTED_QUERY_NOT_IN_LIST"
	codeNotInSafe    = "QUERY_NOT_IN_SAFELIST"
)

// persisted finds the documents that requests name, and keeps those that clients
// leave. gqlgen's own extension keeps whatever is sent, by anybody, before it is
// parsed.
type persisted struct {
	Persisted
	kept   *keptDocuments
	viewer func(ctx context.Context) incident.Viewer
}

var (
	_ graphql.HandlerExtension          = (*persisted)(nil)
	_ graphql.OperationParameterMutator = (*persisted)(nil)
	_ graphql.OperationInterceptor      = (*persisted)(nil)
)

func newPersisted(p Persisted, viewer func(context.Context) incident.Viewer) *persisted {
	return &persisted{Persisted: p, kept: newKeptDocuments(p.Keep, MaxKeptBytes, MaxKeptDocument), viewer: viewer}
}

// ExtensionName is for gqlgen.
func (p *persisted) ExtensionName() string { return "Persisted" }

// Validate refuses options that would let nothing through.
func (p *persisted) Validate(graphql.ExecutableSchema) error {
	if p.TrustedOnly && p.Trusted == nil {
		return errors.New("graph: only trusted documents, but there are none")
	}
	return nil
}

// MutateOperationParameters puts the text in place of its name, before anything
// is parsed.
func (p *persisted) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	id := transport.DocumentIDOf(params)
	if params.Query != "" {
		if p.TrustedOnly && !p.Trusted.has(params.Query) {
			return unknownDocument(codeNotInSafe, "this server only runs the documents of its manifest: name one by documentId, or send its exact text")
		}
		return nil
	}
	if id == "" {
		return nil // an empty text, which the parser refuses
	}
	if p.viewer(ctx).Actor.ID == "" {
		return gqlerror.Wrap(incident.ErrUnauthenticated) // which documents there are is nobody else's business
	}
	if text, ok := p.Trusted.find(id); ok {
		params.Query = text
		return nil
	}
	hash, isHash := id.Hash()
	switch {
	case p.TrustedOnly || !isHash:
		return unknownDocument(codeNotInList, "no trusted document of this server has this documentId: deploy the manifest that has it first")
	case p.Keep == 0:
		return unknownDocument(codeNotSupported, "PersistedQueryNotSupported")
	}
	text, ok := p.kept.get(hash)
	if !ok {
		return unknownDocument(codeNotFound, "PersistedQueryNotFound")
	}
	params.Query = text
	return nil
}

// InterceptOperation keeps the document of an operation that came with its hash.
// It stands inside of whatever refuses operations, so that nothing is kept which
// is not valid, beyond a limit, or sent by somebody who may not read.
func (p *persisted) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	id := transport.DocumentIDOf(&graphql.RawParams{Extensions: operation.Extensions})
	if hash, ok := id.Hash(); ok {
		if _, trusted := p.Trusted.find(id); !trusted {
			p.kept.add(hash, operation.RawQuery)
		}
	}
	return next(ctx)
}

func unknownDocument(code, message string) *gqlerror.Error {
	return coded(&gqlerror.Error{}, code, message)
}

package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/rs/zerolog"

	"tasktrail/graph"
	"tasktrail/graph/limit"
)

// persisted is which documents clients may name instead of sending them.
type persisted struct {
	PersistedQueries     int    `default:"1000" placeholder:"N" help:"How many documents clients may leave with the server by Apollo's automatic persisted queries, so that they can name them by their hash (${default}); those used last are kept, together at most 8 MiB, a longer one than 64 KiB not at all. 0: none."`
	TrustedDocuments     string `placeholder:"FILE" help:"Documents that clients may name by an id: a manifest as Apollo's, Relay's or GraphQL Code Generator's tools write it, at most 16 MiB. All are checked at the start."`
	TrustedDocumentsOnly bool   `help:"Refuse every document that is not in the manifest."`
}

// maxManifest is the size of the largest manifest, in bytes.
const maxManifest = 16 << 20

// documents reads and checks the manifest, if there is one.
func (c *persisted) documents(limits limit.Limits, log zerolog.Logger) (graph.Persisted, error) {
	p := graph.Persisted{Keep: c.PersistedQueries, TrustedOnly: c.TrustedDocumentsOnly}
	switch {
	case p.Keep < 0:
		return p, usedWrongly(errors.New("--persisted-queries must be 0 or more"))
	case c.TrustedDocuments == "" && p.TrustedOnly:
		return p, usedWrongly(errors.New("--trusted-documents-only needs a manifest: name it with --trusted-documents"))
	case c.TrustedDocuments == "":
		return p, nil
	}
	manifest, err := readManifest(c.TrustedDocuments)
	if err != nil {
		return p, usedWrongly(err)
	}
	if p.Trusted, err = graph.LoadDocuments(manifest, limits); err != nil {
		return p, usedWrongly(fmt.Errorf("%s cannot be served, make it anew for the schema of this version:\n%w", c.TrustedDocuments, err))
	}
	log.Info().Int("documents", p.Trusted.Len()).Bool("only", p.TrustedOnly).Msg("trusted documents loaded")
	return p, nil
}

func readManifest(path string) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // the path is the operator's
	if err != nil {
		return nil, fmt.Errorf("the manifest cannot be read, check --trusted-documents: %w", err)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxManifest+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the manifest cannot be read, check --trusted-documents: %w", err)
	case len(text) > maxManifest:
		return nil, fmt.Errorf("the manifest %s is larger than 16 MiB", path)
	}
	return text, nil
}

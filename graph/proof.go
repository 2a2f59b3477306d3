package graph

import (
	"context"
	"encoding/base64"

	"tasktrail/audit"
)

// AuditCheckpoint finds a signed checkpoint.
func (r *queryResolver) AuditCheckpoint(ctx context.Context, atPosition *int64) (*audit.StoredCheckpoint, error) {
	return r.service.AuditCheckpoint(ctx, r.viewer(ctx), atPosition)
}

// AuditProof proves that an event is in the trail.
func (r *queryResolver) AuditProof(ctx context.Context, position int64, checkpointSize *int64) (*audit.Inclusion, error) {
	return r.service.AuditProof(ctx, r.viewer(ctx), position, checkpointSize)
}

// AuditConsistency proves that the trail only grew.
func (r *queryResolver) AuditConsistency(ctx context.Context, from, to int64) (*audit.Consistency, error) {
	return r.service.AuditConsistency(ctx, r.viewer(ctx), from, to)
}

type auditCheckpointResolver struct{}

// RootHash is written in hexadecimal digits.
func (auditCheckpointResolver) RootHash(_ context.Context, c *audit.StoredCheckpoint) (string, error) {
	return c.Root.String(), nil
}

// Origin is the name of the trail.
func (auditCheckpointResolver) Origin(_ context.Context, c *audit.StoredCheckpoint) (string, error) {
	return c.Trail.Origin(), nil
}

type auditProofResolver struct{}

// Entry is written in base64.
func (auditProofResolver) Entry(_ context.Context, i *audit.Inclusion) (string, error) {
	return base64.StdEncoding.EncodeToString(i.Entry), nil
}

// LeafHash is written in hexadecimal digits.
func (auditProofResolver) LeafHash(_ context.Context, i *audit.Inclusion) (string, error) {
	return i.Leaf.String(), nil
}

// LeafIndex counts from 0.
func (auditProofResolver) LeafIndex(_ context.Context, i *audit.Inclusion) (int64, error) {
	return i.Position - 1, nil
}

// Hashes are written in hexadecimal digits.
func (auditProofResolver) Hashes(_ context.Context, i *audit.Inclusion) ([]string, error) {
	return hexadecimal(i.Hashes), nil
}

type auditConsistencyProofResolver struct{}

// Hashes are written in hexadecimal digits.
func (auditConsistencyProofResolver) Hashes(_ context.Context, c *audit.Consistency) ([]string, error) {
	return hexadecimal(c.Hashes), nil
}

func hexadecimal(hashes []audit.Hash) []string {
	out := make([]string, len(hashes))
	for n, h := range hashes {
		out[n] = h.String()
	}
	return out
}

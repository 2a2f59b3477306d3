package audit

import "context"

// Inclusion is what shows, to who knows the keys of the trail, that one event
// is in it: LeafHash(Entry) and Hashes give the root in Checkpoint.
type Inclusion struct {
	Position   int64
	Entry      []byte // the encoded header
	Leaf       Hash   // of Entry
	Hashes     []Hash // from the leaf up, RFC 6962 section 2.1.1
	Checkpoint StoredCheckpoint
}

// Consistency is what shows that the trail of To begins with that of From.
type Consistency struct {
	From, To StoredCheckpoint
	Hashes   []Hash // RFC 6962 section 2.1.2
}

// Include shows that the event at a position from 1 to c.Size is in the trail.
// It returns a *[Fault] when the event or the tree in s is not what c states,
// and never a proof that does not prove.
func Include(ctx context.Context, s TreeStore, c StoredCheckpoint, position int64) (*Inclusion, error) {
	entries, err := ReadEntries(ctx, s, position-1, 1)
	if err != nil {
		return nil, err
	}
	i := &Inclusion{Position: position, Entry: entries[0], Leaf: LeafHash(entries[0]), Checkpoint: c}
	if i.Hashes, err = ProveInclusion(ctx, s, c.Checkpoint, position); err != nil {
		return nil, err
	}
	if CheckInclusion(c.Checkpoint, position, i.Leaf, i.Hashes) != nil {
		leaf := "another"
		number := (position - 1) / TileWidth
		place := int((position - 1) % TileWidth)
		if hashes, err := ReadTile(ctx, s, 0, number, place+1); err == nil {
			leaf = hashes[place].String()
		}
		return nil, &Fault{Position: position, Field: "leaf of the tree", Expected: i.Leaf.String(), Found: leaf}
	}
	return i, nil
}

// Connect shows that the trail of to begins with the whole trail of from, whose
// size is not larger. It returns a *[Fault] when that is not so, or the tree in
// s is not what to states.
func Connect(ctx context.Context, s TreeStore, from, to StoredCheckpoint) (*Consistency, error) {
	hashes, err := ProveConsistency(ctx, s, from.Size, to.Checkpoint)
	if err != nil {
		return nil, err
	}
	if CheckConsistency(from.Checkpoint, to.Checkpoint, hashes) != nil {
		if err := checkRoot(ctx, s, from.Checkpoint); err != nil {
			return nil, err
		}
		return nil, &Fault{
			Position: from.Size, Field: "checkpoint", Expected: "one of which the trail of " + to.String() + " is a continuation",
			Found: from.String(),
		}
	}
	return &Consistency{From: from, To: to, Hashes: hashes}, nil
}

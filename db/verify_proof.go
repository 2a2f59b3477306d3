package db

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"tasktrail/audit"
)

// readProof reads the tiles that the events behind from up to to fill, and the
// checkpoints over them.
func (v *verification) readProof(ctx context.Context, p *trailPage, from, to int64) error {
	for level := 0; to>>(audit.TileHeight*(level+1)) > 0; level++ {
		first, end := from>>(audit.TileHeight*(level+1)), to>>(audit.TileHeight*(level+1))
		if first == end {
			continue
		}
		var tiles []*tileRow
		err := v.tx.NewSelect().Model(&tiles).Where("tt.level = ? AND tt.number >= ? AND tt.number < ?", level, first, end).Scan(ctx)
		if err != nil {
			return fmt.Errorf("db: read tiles: %w", err)
		}
		p.tiles = append(p.tiles, tiles...)
	}
	err := v.tx.NewSelect().Model(&p.checkpoints).Where("c.size > ? AND c.size <= ?", from, to).OrderExpr("c.size").Scan(ctx)
	if err != nil {
		return fmt.Errorf("db: read checkpoints: %w", err)
	}
	return nil
}

// openCheckpoint checks what a stored checkpoint says without the tree.
func (v *verification) openCheckpoint(r *checkpointRow, trail audit.TrailID) error {
	open := audit.ReadCheckpoint
	if v.Keys != nil {
		open = v.Keys.Open
	}
	fault := func(field string, expected, found any) error {
		return &audit.Fault{Position: r.Size, Field: field, Expected: fmt.Sprint(expected), Found: fmt.Sprint(found)}
	}
	c, err := open(r.Note)
	switch {
	case errors.Is(err, audit.ErrCheckpointUnsigned):
		return fault("signature of the checkpoint", "one by a known key", "none")
	case err != nil:
		return fault("checkpoint", "one signed by a known key", err)
	case c.Trail != trail:
		return fault("trail id of the checkpoint", trail, c.Trail)
	case c.Size != r.Size:
		return fault("size of the checkpoint", r.Size, c.Size)
	case !bytes.Equal(r.Root, c.Root[:]):
		return fault("root of the checkpoint", c.Root, fmt.Sprintf("%x", r.Root))
	}
	return nil
}

// proofPage is what is stored of the tree over a page of events.
type proofPage struct {
	tiles       map[[2]int64][]*tileRow // by level and number
	checkpoints []*checkpointRow
	signed      []error // what openCheckpoint said of each
}

func newProofPage(p *trailPage, signed []error) *proofPage {
	out := &proofPage{tiles: map[[2]int64][]*tileRow{}, checkpoints: p.checkpoints, signed: signed}
	for _, r := range p.tiles {
		key := [2]int64{int64(r.Level), r.Number}
		out.tiles[key] = append(out.tiles[key], r)
	}
	return out
}

// checkProof compares what is stored of the tree with the tree, which has just
// got one more event and filled some tiles.
func (v *verification) checkProof(p *proofPage, full []audit.Tile) error {
	for _, tile := range full {
		key := [2]int64{int64(tile.Level), tile.Number}
		for _, r := range p.tiles[key] {
			if err := checkTile(tile, r, v.tree.Size()); err != nil {
				return err
			}
			v.out.Tiles++
		}
		delete(p.tiles, key)
	}
	size := v.tree.Size()
	for len(p.checkpoints) > 0 && p.checkpoints[0].Size == size {
		if p.signed[0] != nil {
			return p.signed[0]
		}
		if root := v.tree.Root(); !bytes.Equal(root[:], p.checkpoints[0].Root) {
			return &audit.Fault{Position: size, Field: "root of the checkpoint", Expected: root.String(), Found: fmt.Sprintf("%x", p.checkpoints[0].Root)}
		}
		v.out.Checkpoints++
		if v.Keys == nil {
			v.out.Unsigned++
		}
		p.checkpoints, p.signed = p.checkpoints[1:], p.signed[1:]
	}
	return v.checkOutside()
}

func checkTile(tile audit.Tile, r *tileRow, position int64) error {
	field := fmt.Sprintf("tile %d of level %d", tile.Number, tile.Level)
	stored, err := hashesOf(r.Hashes)
	if err != nil || len(stored) != len(tile.Hashes) {
		return &audit.Fault{Position: position, Field: field, Expected: "256 hashes", Found: fmt.Sprint(len(r.Hashes), " bytes")}
	}
	for n, h := range tile.Hashes {
		if stored[n] != h {
			return &audit.Fault{Position: position, Field: field + ", hash " + fmt.Sprint(n), Expected: h.String(), Found: stored[n].String()}
		}
	}
	if root := tile.Root(); !bytes.Equal(root[:], r.Root) {
		return &audit.Fault{Position: position, Field: field + ", root", Expected: root.String(), Found: fmt.Sprintf("%x", r.Root)}
	}
	return nil
}

// rest is what remains once all events of the page have been added: nothing.
func (p *proofPage) rest() error {
	for _, r := range p.checkpoints {
		return &audit.Fault{Position: r.Size, Field: "checkpoint", Expected: "an event at its size", Found: "none"}
	}
	return nil
}

// sameTrail refuses checkpoints of other trails.
func (v *verification) sameTrail() error {
	for _, c := range v.outside {
		if trail := v.chain.Head().Trail; c.Trail != trail {
			return &audit.Fault{Position: c.Size, Field: "trail id, as the checkpoint kept outside states it", Expected: c.Trail.String(), Found: trail.String()}
		}
	}
	return nil
}

// checkOutside compares the checkpoints kept outside whose size the tree has.
func (v *verification) checkOutside() error {
	for len(v.outside) > 0 && v.outside[0].Size <= v.tree.Size() {
		c := v.outside[0]
		if root := v.tree.Root(); root != c.Root {
			return &audit.Fault{Position: c.Size, Field: "root of the tree, as the checkpoint kept outside states it", Expected: c.Root.String(), Found: root.String()}
		}
		v.out.Outside++
		v.outside = v.outside[1:]
	}
	return nil
}

// checkEnd looks for what would have to lie behind the end of the trail.
func (v *verification) checkEnd(ctx context.Context) error {
	size := v.tree.Size()
	cut := func(field string, expected int64) error {
		return &audit.Fault{Position: size + 1, Field: "event", Expected: fmt.Sprintf("events up to position %d, as %s states", expected, field), Found: fmt.Sprintf("the end of the trail at position %d", size)}
	}
	if len(v.outside) > 0 {
		return cut("a checkpoint kept outside", v.outside[len(v.outside)-1].Size)
	}
	var beyond []*checkpointRow
	if err := v.tx.NewSelect().Model(&beyond).Where("c.size > ? OR c.size < 1", size).OrderExpr("c.size").Limit(1).Scan(ctx); err != nil {
		return fmt.Errorf("db: read checkpoints: %w", err)
	}
	if len(beyond) > 0 {
		if err := v.openCheckpoint(beyond[0], v.chain.Head().Trail); err != nil {
			return err
		}
		return cut("a stored checkpoint", beyond[0].Size)
	}
	for _, table := range []struct {
		name     string
		expected int64
	}{{"audit_events", size}, {"tree_tiles", int64(v.out.Tiles)}, {"checkpoints", int64(v.out.Checkpoints)}} {
		found, err := v.count(ctx, table.name)
		if err != nil {
			return err
		}
		if found != table.expected {
			return &audit.Fault{Position: size, Field: "number of rows in " + table.name, Expected: fmt.Sprint(table.expected), Found: fmt.Sprint(found)}
		}
	}
	return nil
}

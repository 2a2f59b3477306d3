package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"tasktrail/audit"
)

type tileRow struct {
	bun.BaseModel `bun:"table:tree_tiles,alias:tt"`

	Level  int    `bun:"level,pk,type:bigint"`
	Number int64  `bun:"number,pk,type:bigint"`
	Root   []byte `bun:"root"`
	Hashes []byte `bun:"hashes"`
}

type checkpointRow struct {
	bun.BaseModel `bun:"table:checkpoints,alias:c"`

	Size     int64  `bun:"size,pk,type:bigint"`
	Root     []byte `bun:"root"`
	Note     string `bun:"note,type:text"`
	SignedAt int64  `bun:"signed_at,type:bigint"`
}

// Tree implements [incident.Store].
func (s *Store) Tree() audit.TreeStore { return tree{s.tail, s} }

// tree implements [audit.TreeStore].
type tree struct {
	*tail
	store *Store
}

// Read implements [audit.Log]. It looks at the table where the events in memory
// end: the tail no longer grows once the store has stopped, and the last
// checkpoint is made after that.
func (t tree) Read(ctx context.Context, after int64, limit int) ([]*audit.Event, error) {
	events, err := t.tail.Read(ctx, after, limit)
	if err != nil || len(events) > 0 {
		return events, err
	}
	return t.store.readEvents(ctx, after, limit)
}

// Tile implements [audit.TreeStore].
func (t tree) Tile(ctx context.Context, level int, number int64) ([]audit.Hash, bool, error) {
	var rows []*tileRow
	err := t.store.read.NewSelect().Model(&rows).Where("tt.level = ? AND tt.number = ?", level, number).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return nil, false, wrap("read a tile", err)
	}
	hashes, err := hashesOf(rows[0].Hashes)
	return hashes, err == nil, err
}

// TileRoots implements [audit.TreeStore].
func (t tree) TileRoots(ctx context.Context, level int, from int64, limit int) ([]audit.Hash, error) {
	var rows []*tileRow
	err := t.store.read.NewSelect().Model(&rows).Column("number", "root").
		Where("tt.level = ? AND tt.number >= ?", level, from).OrderExpr("tt.number").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, wrap("read tiles", err)
	}
	var roots []audit.Hash
	for n, r := range rows {
		if r.Number != from+int64(n) {
			break
		}
		root, err := hashesOf(r.Root)
		if err != nil {
			return nil, err
		}
		roots = append(roots, root...)
	}
	return roots, nil
}

// SaveTiles implements [audit.TreeStore].
func (t tree) SaveTiles(ctx context.Context, tiles []audit.Tile) error {
	if len(tiles) == 0 {
		return nil
	}
	rows := make([]*tileRow, len(tiles))
	for n, tile := range tiles {
		root := tile.Root()
		rows[n] = &tileRow{Level: tile.Level, Number: tile.Number, Root: root[:]}
		for _, h := range tile.Hashes {
			rows[n].Hashes = append(rows[n].Hashes, h[:]...)
		}
	}
	_, err := t.store.write.NewInsert().Model(&rows).On("CONFLICT (level, number) DO NOTHING").Exec(ctx)
	return wrap("save tiles", err)
}

// Checkpoint implements [audit.TreeStore].
func (t tree) Checkpoint(ctx context.Context, position int64) (audit.StoredCheckpoint, bool, error) {
	var rows []*checkpointRow
	q := t.store.read.NewSelect().Model(&rows).Limit(1)
	if position > 0 {
		q = q.Where("c.size >= ?", position).OrderExpr("c.size")
	} else {
		q = q.OrderExpr("c.size DESC")
	}
	if err := q.Scan(ctx); err != nil || len(rows) == 0 {
		return audit.StoredCheckpoint{}, false, wrap("read a checkpoint", err)
	}
	c, err := rows[0].checkpoint(t.store.trail)
	return c, err == nil, err
}

func (r *checkpointRow) checkpoint(trail audit.TrailID) (audit.StoredCheckpoint, error) {
	root, err := hashesOf(r.Root)
	if err != nil || len(root) != 1 {
		return audit.StoredCheckpoint{}, fmt.Errorf("db: the checkpoint of size %d: its root has a wrong length", r.Size)
	}
	return audit.StoredCheckpoint{
		Checkpoint: audit.Checkpoint{Trail: trail, Size: r.Size, Root: root[0]},
		Note:       r.Note, SignedAt: fromMicros(r.SignedAt),
	}, nil
}

// SaveCheckpoint implements [audit.TreeStore].
func (t tree) SaveCheckpoint(ctx context.Context, c audit.StoredCheckpoint) error {
	row := &checkpointRow{Size: c.Size, Root: c.Root[:], Note: c.Note, SignedAt: micros(c.SignedAt)}
	// ON CONFLICT is for another server that is as quick. By itself it does not
	// do: SQLite asks the trigger first, which refuses.
	_, err := t.store.write.NewRaw("INSERT INTO checkpoints (size, root, note, signed_at) SELECT ?, ?, ?, ?"+
		" WHERE NOT EXISTS (SELECT 1 FROM checkpoints WHERE size = ?) ON CONFLICT (size) DO NOTHING",
		row.Size, row.Root, row.Note, row.SignedAt, row.Size).Exec(ctx)
	return wrap("save a checkpoint", err)
}

// hashesOf cuts stored bytes into hashes.
func hashesOf(b []byte) ([]audit.Hash, error) {
	if len(b)%len(audit.Hash{}) != 0 {
		return nil, fmt.Errorf("db: %d bytes are no hashes", len(b))
	}
	hashes := make([]audit.Hash, 0, len(b)/len(audit.Hash{}))
	for ; len(b) > 0; b = b[len(audit.Hash{}):] {
		hashes = append(hashes, audit.Hash(b[:len(audit.Hash{})]))
	}
	return hashes, nil
}

// wrap says what failed; nil stays nil.
func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("db: %s: %w", what, err)
}

package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"tasktrail/audit"
	"tasktrail/incident"
)

// keyRow is what is stored of an API key: never the key, and nothing that ever
// changes. Whether it gives access is said by the service account, which lists
// it or does not.
type keyRow struct {
	bun.BaseModel `bun:"table:api_keys,alias:k"`

	ID        string `bun:"id,pk,type:text"`
	AccountID string `bun:"account_id,type:text"`
	Hash      []byte `bun:"hash"` // SHA-256
}

// keyUseRow is when a key was used last. It is no part of the trail.
type keyUseRow struct {
	bun.BaseModel `bun:"table:api_key_uses,alias:u"`

	KeyID  string `bun:"key_id,pk,type:text"`
	UsedAt int64  `bun:"used_at,type:bigint"`
}

// saveKeys stores the keys that were issued.
func saveKeys(ctx context.Context, tx bun.Tx, writes []write) error {
	var keys []*keyRow
	for _, w := range writes {
		if w.key != nil {
			keys = append(keys, w.key)
		}
	}
	if err := insert(ctx, tx, keys); err != nil {
		return fmt.Errorf("insert API keys: %w", err)
	}
	return nil
}

// APIKey implements [incident.Store].
func (s *Store) APIKey(ctx context.Context, id string) (*incident.ServiceAccount, audit.Hash, error) {
	var rows []struct {
		definitionRow `bun:",extend"`

		Hash []byte `bun:"hash,scanonly"`
	}
	err := s.read.NewSelect().Model(&rows).ColumnExpr("d.*, k.hash").
		Join("JOIN api_keys AS k ON k.account_id = d.id").Where("k.id = ?", id).Scan(ctx)
	if err != nil {
		return nil, audit.Hash{}, fmt.Errorf("db: read an API key: %w", err)
	}
	if len(rows) == 0 {
		return nil, audit.Hash{}, nil
	}
	definition, err := rows[0].definition()
	if err != nil {
		return nil, audit.Hash{}, err
	}
	account, ok := definition.(incident.ServiceAccount)
	if !ok || len(rows[0].Hash) != len(audit.Hash{}) {
		return nil, audit.Hash{}, errors.New("db: an API key is not as it was written")
	}
	return &account, audit.Hash(rows[0].Hash), nil
}

// SaveKeyUses implements [incident.Store].
func (s *Store) SaveKeyUses(ctx context.Context, uses map[string]time.Time) error {
	if err := s.writable(); err != nil {
		return err
	}
	rows := make([]*keyUseRow, 0, len(uses))
	for id, at := range uses {
		rows = append(rows, &keyUseRow{KeyID: id, UsedAt: micros(at)})
	}
	_, err := s.write.NewInsert().Model(&rows).On("CONFLICT (key_id) DO UPDATE").Set("used_at = EXCLUDED.used_at").
		Where("u.used_at < EXCLUDED.used_at").Exec(ctx)
	if err != nil {
		return fmt.Errorf("db: note the uses of API keys: %w", err)
	}
	return nil
}

// KeyUses implements [incident.Reader].
func (s *Store) KeyUses(ctx context.Context, ids []string) (map[string]time.Time, error) {
	var rows []*keyUseRow
	if err := s.read.NewSelect().Model(&rows).Where("u.key_id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("db: read the uses of API keys: %w", err)
	}
	out := make(map[string]time.Time, len(rows))
	for _, r := range rows {
		out[r.KeyID] = fromMicros(r.UsedAt)
	}
	return out, nil
}

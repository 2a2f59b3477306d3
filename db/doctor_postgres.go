package db

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	_ "embed" // the expected schema

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// A role that serves may not create a database to migrate and compare with, so
// what the migrations make of PostgreSQL is kept in a file. A test compares it
// with a database that was just migrated. It is made of columns of the catalogs
// that PostgreSQL 14 to 18 fill alike.
//
//go:embed schema/postgres.txt
var postgresSchema string

var expectedPostgres = sync.OnceValues(func() (facts, error) { return parseFacts(postgresSchema) })

// diagnosePostgres looks through a connection of the writer, whose settings
// are what matters.
func (s *Store) diagnosePostgres(ctx context.Context, d *Diagnosis) error {
	tx, err := s.write.BeginTx(ctx, readSnapshot(s.url))
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	return s.examinePostgres(ctx, tx, d)
}

func (s *Store) examinePostgres(ctx context.Context, tx bun.IDB, d *Diagnosis) error {
	expected, err := expectedPostgres()
	if err != nil {
		return err
	}
	tables := expected.ours("table")
	home, err := findHome(ctx, tx, tables)
	if err != nil {
		return err
	}
	if !d.holds(home.OID != 0, Failure, "search_path", "tables", "a schema with the tables of tasktrail", absent,
		"let the search_path of the role lead to them") {
		return nil
	}
	found, err := postgresFacts(ctx, tx, home, tables)
	if err != nil {
		return err
	}
	d.compare(expected, found)
	if !found.holdsAll(expected) {
		return nil // what follows would fail on what is missing
	}
	for _, examine := range []func(context.Context, bun.IDB, schemaID, []string) error{
		d.names, d.settings, d.overrides, d.roles, d.rights, d.public,
	} {
		if err := examine(ctx, tx, home, tables); err != nil {
			return err
		}
	}
	return s.diagnoseTrail(ctx, tx, d)
}

// schemaID is the schema that the tables are in.
type schemaID struct {
	OID  int64
	Name string
}

// findHome looks for the schema on the search path that has most of the tables:
// others may only have some that stand in front of ours.
func findHome(ctx context.Context, tx bun.IDB, tables []string) (schemaID, error) {
	var found []schemaID
	err := tx.NewRaw(`SELECT n.oid::bigint AS oid, n.nspname AS name
		FROM unnest(current_schemas(true)) WITH ORDINALITY AS p(name, place)
		JOIN pg_namespace n ON n.nspname = p.name JOIN pg_class c ON c.relnamespace = n.oid AND c.relname IN (?)
		GROUP BY n.oid, n.nspname ORDER BY count(*) DESC, min(p.place) LIMIT 1`, bun.List(tables)).Scan(ctx, &found)
	if err != nil || len(found) == 0 {
		return schemaID{}, err
	}
	return found[0], nil
}

// postgresFacts reads what the tables and the functions of a schema are.
func postgresFacts(ctx context.Context, tx bun.IDB, h schemaID, tables []string) (facts, error) {
	out := facts{}
	for _, query := range postgresCatalogs {
		var rows []struct{ Kind, Subject, Properties string }
		if err := tx.NewRaw(query, h.OID, pgdialect.Array(tables), h.Name).Scan(ctx, &rows); err != nil {
			return nil, err
		}
		for _, r := range rows {
			f := fact{kind: r.Kind, subject: r.Subject}
			if err := json.Unmarshal([]byte(r.Properties), &f.properties); err != nil {
				return nil, fmt.Errorf("%s: %w", f.name(), err)
			}
			out.add(f)
		}
	}
	return out, nil
}

// postgresCatalogs read the kind, subject and properties of facts. ?0 is the
// schema, ?1 the tables in it, ?2 its name. What newer versions have added is
// read by way of to_jsonb, which does not mind a column that is missing.
// Texts that may be long are given by their SHA-256.
var postgresCatalogs = []string{
	`SELECT 'table' AS kind, c.relname AS subject, jsonb_build_object(
		'kind', CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' ELSE c.relkind::text END,
		'persistence', CASE c.relpersistence WHEN 'p' THEN 'logged' WHEN 'u' THEN 'unlogged' ELSE c.relpersistence::text END,
		'row security', CASE WHEN c.relrowsecurity THEN 'on' ELSE 'off' END,
		'forced row security', CASE WHEN c.relforcerowsecurity THEN 'on' ELSE 'off' END,
		'partition', c.relispartition::text, 'type', c.reloftype::text)::text AS properties
	FROM pg_class c WHERE c.relnamespace = ?0 AND c.relname = ANY (?1) AND c.relkind IN ('r','p','v','m','f')`,

	`SELECT 'column' AS kind, c.relname || '.' || a.attname AS subject, jsonb_build_object(
		'type', n.nspname || '.' || t.typname, 'modifier', a.atttypmod::text, 'collation', COALESCE(l.collname, ''),
		'null', CASE WHEN a.attnotnull THEN 'no' ELSE 'yes' END,
		'default', COALESCE(pg_get_expr(d.adbin, d.adrelid), ''), 'generated', a.attgenerated::text, 'identity', a.attidentity::text)::text AS properties
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = t.typnamespace
	LEFT JOIN pg_collation l ON l.oid = a.attcollation LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	WHERE c.relnamespace = ?0 AND c.relname = ANY (?1) AND a.attnum > 0 AND NOT a.attisdropped`,

	// Each foreign key rests on four triggers, which can be disabled one by one.
	`SELECT CASE k.contype WHEN 'c' THEN 'check constraint' WHEN 'f' THEN 'foreign key' WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique constraint'
		ELSE 'constraint' END AS kind, c.relname || '.' || k.conname AS subject, jsonb_build_object(
		'validated', k.convalidated::text, 'enforced', COALESCE(to_jsonb(k) ->> 'conenforced', 'true'),
		'deferrable', k.condeferrable::text, 'deferred', k.condeferred::text,
		'condition', COALESCE(pg_get_expr(k.conbin, k.conrelid), ''),
		'columns', CASE WHEN k.contype <> 'c' THEN (SELECT string_agg(a.attname, ', ' ORDER BY x.place) FROM unnest(k.conkey) WITH ORDINALITY x(n, place)
			JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.n) ELSE '' END,
		'references', COALESCE((SELECT CASE WHEN r.relnamespace = ?0 THEN '' ELSE r.relnamespace::regnamespace::text || '.' END || r.relname || ' (' ||
			string_agg(a.attname, ', ' ORDER BY x.place) || ')' FROM pg_class r CROSS JOIN unnest(k.confkey) WITH ORDINALITY x(n, place)
			JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = x.n WHERE r.oid = k.confrelid GROUP BY r.oid, r.relnamespace, r.relname), ''),
		'actions', k.confupdtype::text || k.confdeltype::text || k.confmatchtype::text,
		'enabled triggers', (SELECT count(*) FROM pg_trigger t WHERE t.tgconstraint = k.oid AND t.tgisinternal AND t.tgenabled IN ('O','A'))::text)::text AS properties
	FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid
	WHERE c.relnamespace = ?0 AND c.relname = ANY (?1) AND k.contype IN ('c','f','p','u','x')`,

	`SELECT 'index' AS kind, c.relname || '.' || i.relname AS subject, jsonb_build_object(
		'unique', x.indisunique::text, 'primary', x.indisprimary::text, 'usable', (x.indisvalid AND x.indisready AND x.indislive)::text,
		'immediate', x.indimmediate::text, 'method', m.amname, 'options', x.indoption::text,
		'nulls not distinct', COALESCE(to_jsonb(x) ->> 'indnullsnotdistinct', 'false'),
		'columns', (SELECT string_agg(COALESCE(a.attname, 'expression'), ', ' ORDER BY k.place) FROM unnest(x.indkey::smallint[]) WITH ORDINALITY k(n, place)
			LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.n),
		'operators', (SELECT string_agg(o.opcname, ', ' ORDER BY k.place) FROM unnest(x.indclass::oid[]) WITH ORDINALITY k(n, place) JOIN pg_opclass o ON o.oid = k.n),
		'collations', (SELECT string_agg(COALESCE(l.collname, ''), ', ' ORDER BY k.place) FROM unnest(x.indcollation::oid[]) WITH ORDINALITY k(n, place)
			LEFT JOIN pg_collation l ON l.oid = k.n),
		'condition', COALESCE(pg_get_expr(x.indpred, x.indrelid), ''))::text AS properties
	FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam
	WHERE c.relnamespace = ?0 AND c.relname = ANY (?1)`,

	`SELECT 'trigger' AS kind, c.relname || '.' || t.tgname AS subject, jsonb_build_object(
		'enabled', CASE t.tgenabled WHEN 'A' THEN 'always' WHEN 'O' THEN 'unless session_replication_role is replica' WHEN 'D' THEN 'never' ELSE 'only if session_replication_role is replica' END,
		'function', CASE WHEN f.pronamespace = ?0 THEN '' ELSE f.pronamespace::regnamespace::text || '.' END || f.proname,
		'fires', CASE t.tgtype & 66 WHEN 2 THEN 'before' WHEN 64 THEN 'instead of' ELSE 'after' END
			|| CASE WHEN t.tgtype & 4 > 0 THEN ' insert' ELSE '' END || CASE WHEN t.tgtype & 16 > 0 THEN ' update' ELSE '' END
			|| CASE WHEN t.tgtype & 8 > 0 THEN ' delete' ELSE '' END || CASE WHEN t.tgtype & 32 > 0 THEN ' truncate' ELSE '' END
			|| CASE WHEN t.tgtype & 1 > 0 THEN ', each row' ELSE ', each statement' END,
		'constraint', (t.tgconstraint <> 0)::text, 'deferrable', t.tgdeferrable::text, 'deferred', t.tginitdeferred::text,
		'columns', t.tgattr::text, 'arguments', encode(t.tgargs, 'hex'), 'condition', (t.tgqual IS NOT NULL)::text,
		'transition tables', concat(t.tgoldtable, t.tgnewtable))::text AS properties
	FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid JOIN pg_proc f ON f.oid = t.tgfoid
	WHERE c.relnamespace = ?0 AND c.relname = ANY (?1) AND NOT t.tgisinternal`,

	`SELECT 'function' AS kind, p.proname || '(' || COALESCE((SELECT string_agg(t.typname, ', ' ORDER BY x.place)
			FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY x(n, place) JOIN pg_type t ON t.oid = x.n), '') || ')' AS subject, jsonb_build_object(
		'language', l.lanname, 'kind', p.prokind::text, 'returns', r.typname, 'set', p.proretset::text, 'strict', p.proisstrict::text,
		'volatility', p.provolatile::text, 'leakproof', p.proleakproof::text, 'security', CASE WHEN p.prosecdef THEN 'definer' ELSE 'invoker' END,
		'settings', COALESCE((SELECT string_agg(CASE WHEN s = 'search_path=' || quote_ident(?2) || ', pg_temp' THEN 'search_path={schema}, pg_temp' ELSE s END, '; ')
			FROM unnest(p.proconfig) s), ''),
		'body', encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'))::text AS properties
	FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang JOIN pg_type r ON r.oid = p.prorettype
	WHERE p.pronamespace = ?0 AND p.proname LIKE 'tasktrail\_%'`,

	`SELECT 'rule' AS kind, c.relname || '.' || r.rulename AS subject, '{}' AS properties
	FROM pg_class c JOIN pg_rewrite r ON r.ev_class = c.oid WHERE c.relnamespace = ?0 AND c.relname = ANY (?1)`,

	`SELECT 'policy' AS kind, c.relname || '.' || p.polname AS subject, '{}' AS properties
	FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid WHERE c.relnamespace = ?0 AND c.relname = ANY (?1)`,

	`SELECT 'inheritance' AS kind, p.relname || '.' || k.relname AS subject, '{}' AS properties
	FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_class k ON k.oid = i.inhrelid
	WHERE (p.relnamespace = ?0 AND p.relname = ANY (?1)) OR (k.relnamespace = ?0 AND k.relname = ANY (?1) AND k.relkind IN ('r','p'))`,
}

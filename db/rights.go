package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

// right is what a server may do with a table besides reading it.
type right struct {
	table  string
	insert bool
	update []string // columns
}

// rights are all that a server needs: what an insert or update of this package
// writes, and nothing else. Tables that are not named are only read. A column
// that never changes is not named either, although triggers guard it too.
var rights = []right{
	{table: "actors", insert: true, update: []string{"name", "email", "search"}},
	{table: "audit_events", insert: true},
	{table: "incidents", insert: true, update: []string{
		"title", "description", "severity", "severity_rank", "status", "classification", "classification_reason",
		"classification_comment", "owner_id", "labels", "updated_at", "updated_by", "closed_at", "version", "search",
	}},
	{table: "tasks", insert: true, update: []string{
		"order_key", "title", "description", "group_name", "status", "mandatory", "assignee_id", "due_at", "overdue_since",
		"updated_at", "updated_by", "completed_at", "completed_by", "reopen_count", "deleted_at", "version", "search",
	}},
	{table: "definitions", insert: true, update: []string{
		"name", "body", "updated_at", "updated_by", "deleted_at", "version",
	}},
	{table: "webhook_secrets", insert: true, update: []string{"secret"}},
	{table: "webhook_deliveries", insert: true, update: []string{"body", "state", "next_at"}},
	{table: "webhook_attempts", insert: true},
	{table: "api_keys", insert: true},
	{table: "api_key_uses", insert: true, update: []string{"used_at"}},
	{table: "tree_tiles", insert: true},
	{table: "checkpoints", insert: true},
	{table: "access_log", insert: true},
}

// redactFunction is the one way in which such a role may change an event.
const redactFunction = "tasktrail_redact(bigint)"

// rightsOn finds what a server may do with a table.
func rightsOn(table string) right {
	n := slices.IndexFunc(rights, func(r right) bool { return r.table == table })
	if n < 0 {
		return right{table: table}
	}
	return rights[n]
}

// ErrAppRole is wrapped by every refusal of a role that servers are to run as.
var ErrAppRole = errors.New("not a role for servers")

// Grant gives a role of PostgreSQL the rights that a server needs and takes
// every other right on the tables from it, and all from PUBLIC. The database
// must be up to date, see [Migrate], and rawURL name a role that owns its
// tables. The role itself must exist; it must not be, or be a member of, the
// owner, nor a superuser. What it holds through other roles stays, and is a
// finding of [Store.Diagnose]. It may be run again at any time; servers that run
// meanwhile never lack a right.
func Grant(ctx context.Context, rawURL, role string) error {
	u, err := parseURL(rawURL)
	if err != nil {
		return err
	}
	if !u.postgres() {
		return fmt.Errorf("%w: SQLite has no roles; who may read the file may read it all", ErrAppRole)
	}
	expected, err := expectedPostgres()
	if err != nil {
		return err
	}
	pool, err := openPostgres(u.pg, 1, nil, nil)
	if err != nil {
		return err
	}
	defer func() { _ = pool.Close() }()
	err = pool.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", lockMigrate); err != nil {
			return err
		}
		tables := expected.ours("table")
		h, err := findHome(ctx, tx, tables)
		if err != nil {
			return err
		}
		if h.OID == 0 {
			return ErrNotMigrated
		}
		if err := checkAppRole(ctx, tx, h, role); err != nil {
			return err
		}
		return grant(ctx, tx, h, tables, role)
	})
	if err != nil && !errors.Is(err, ErrAppRole) {
		return fmt.Errorf("db: grant: %w", unreachable(err))
	}
	return err
}

func checkAppRole(ctx context.Context, tx bun.IDB, h schemaID, role string) error {
	var rows []struct {
		Super, Owner, Member, Granter bool
		OwnerName                     string
	}
	err := tx.NewRaw(`SELECT r.rolsuper AS super, r.oid = c.relowner AS owner, pg_has_role(r.oid, c.relowner, 'MEMBER') AS member,
		pg_has_role(current_user, c.relowner, 'USAGE') AS granter, pg_get_userbyid(c.relowner) AS owner_name
		FROM pg_roles r, pg_class c WHERE r.rolname = ? AND c.relnamespace = ? AND c.relname = 'audit_events'`, role, h.OID).Scan(ctx, &rows)
	switch {
	case err != nil:
		return err
	case len(rows) == 0:
		return fmt.Errorf("%w: there is no role %q; make it with CREATE ROLE … LOGIN", ErrAppRole, role)
	case rows[0].Super:
		return fmt.Errorf("%w: %q is a superuser, whom no rights bind; make another with CREATE ROLE … LOGIN", ErrAppRole, role)
	case rows[0].Owner, rows[0].Member:
		return fmt.Errorf("%w: %q owns the tables or is a member of their owner %q, so it can take any right; make another with CREATE ROLE … LOGIN",
			ErrAppRole, role, rows[0].OwnerName)
	case !rows[0].Granter:
		return fmt.Errorf("%w: only %q, who owns the tables, can give rights on them; connect as that role", ErrAppRole, rows[0].OwnerName)
	}
	return nil
}

func grant(ctx context.Context, tx bun.IDB, h schemaID, tables []string, role string) error {
	schema, to := quoteIdent(h.Name), quoteIdent(role)
	redact := schema + "." + redactFunction
	statements := []string{
		"REVOKE CREATE ON SCHEMA " + schema + " FROM PUBLIC",
		"REVOKE ALL ON SCHEMA " + schema + " FROM " + to,
		"GRANT USAGE ON SCHEMA " + schema + " TO " + to,
		"REVOKE ALL ON FUNCTION " + redact + " FROM PUBLIC, " + to,
		"GRANT EXECUTE ON FUNCTION " + redact + " TO " + to,
	}
	for _, table := range append(slices.Clone(tables), "bun_migrations", "bun_migration_locks") {
		r, on := rightsOn(table), " ON TABLE "+schema+"."+quoteIdent(table)
		statements = append(statements, "REVOKE ALL"+on+" FROM PUBLIC, "+to, "GRANT SELECT"+on+" TO "+to)
		if r.insert {
			statements = append(statements, "GRANT INSERT"+on+" TO "+to)
		}
		for _, column := range r.update {
			statements = append(statements, "GRANT UPDATE ("+quoteIdent(column)+")"+on+" TO "+to)
		}
	}
	for _, statement := range statements {
		if _, err := tx.NewRaw("?", bun.Safe(statement)).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// quoteIdent writes a name so that SQL takes it as it is.
func quoteIdent(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

package db

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// names checks that the names in our statements lead to what is ours: nothing
// stands in front of it on the search path or among temporary tables, and
// nothing in front of the functions of PostgreSQL.
func (d *Diagnosis) names(ctx context.Context, tx bun.IDB, h schemaID, tables []string) error {
	var shadows []struct{ Name, Schema string }
	err := tx.NewRaw(`SELECT t.name, n.nspname AS schema FROM unnest(?::text[]) AS t(name)
		JOIN pg_class c ON c.oid = to_regclass(quote_ident(t.name)) JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.oid <> ? ORDER BY 1`,
		pgdialect.Array(tables), h.OID).Scan(ctx, &shadows)
	if err != nil {
		return err
	}
	const remedy = "drop it, or set the search_path of the role so that this schema comes first, and run tasktrail verify"
	d.Checks += len(tables) - len(shadows)
	for _, s := range shadows {
		d.holds(false, Failure, "shadow", s.Name, "the table in schema "+h.Name, "another in schema "+s.Schema+", which comes first", remedy)
	}
	var path, visible string
	err = tx.NewRaw(`SELECT array_to_string(current_schemas(true), ', '), COALESCE((SELECT pg_function_is_visible(p.oid)::text FROM pg_proc p
		WHERE p.pronamespace = ? AND p.proname = 'tasktrail_redact' AND pg_get_function_identity_arguments(p.oid) = 'redacted bigint'), 'true')`, h.OID).
		Scan(ctx, &path, &visible)
	if err != nil {
		return err
	}
	d.equal(Failure, "shadow", redactFunction, "true", visible, remedy)
	schemas := slices.DeleteFunc(strings.Split(path, ", "), func(s string) bool { return strings.HasPrefix(s, "pg_temp") })
	d.holds(schemas[0] == "pg_catalog", Failure, "search_path", "pg_catalog", "before every other schema", path,
		"leave pg_catalog out of the search_path, then it comes first")
	var locks []string
	err = tx.NewRaw(`SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace::regnamespace::text = ANY (current_schemas(true)::text[])
		AND p.pronamespace <> 'pg_catalog'::regnamespace AND (p.proname LIKE 'pg\_advisory%' OR p.proname = 'pg_notify')`).Scan(ctx, &locks)
	if err != nil {
		return err
	}
	d.equal(Failure, "shadow", "pg_advisory_xact_lock", "the function of PostgreSQL alone", "the function of PostgreSQL"+strings.Join(append([]string{" alone"}, locks...)[min(1, len(locks)):], ", "), remedyExtra)
	return nil
}

// settings checks what makes a commit durable, and what would switch triggers
// and keys off.
func (d *Diagnosis) settings(ctx context.Context, tx bun.IDB, _ schemaID, _ []string) error {
	for _, setting := range []struct{ name, bad, remedy string }{
		{"fsync", "off", "set it to on in postgresql.conf and reload; a crash meanwhile can have damaged everything"},
		{"full_page_writes", "off", "set it to on in postgresql.conf and reload; a crash meanwhile can have damaged everything"},
		{"synchronous_commit", "off", "find out what changes it for this connection, such as a pooler that does not pass settings on"},
		{"session_replication_role", "replica", "set it to origin: replica switches keys and ordinary triggers off"},
		{"session_replication_role", "local", "set it to origin"},
		{"zero_damaged_pages", "on", "set it to off: it would drop what cannot be read, without an error"},
	} {
		var value string
		if err := tx.NewRaw("SELECT current_setting(?)", setting.name).Scan(ctx, &value); err != nil {
			return err
		}
		d.holds(value != setting.bad, Failure, "setting", setting.name, "not "+setting.bad, value, setting.remedy)
	}
	return nil
}

// overrides looks for settings of roles and of the database. The connections
// of a server set synchronous_commit themselves, but behind a pooler that
// shares connections this does not reach all of them.
func (d *Diagnosis) overrides(ctx context.Context, tx bun.IDB, h schemaID, _ []string) error {
	var rows []struct{ Role, Database, Setting string }
	err := tx.NewRaw(`SELECT COALESCE(r.rolname, '') AS role, COALESCE(b.datname, '') AS database, x.setting
		FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database b ON b.oid = s.setdatabase
		CROSS JOIN LATERAL unnest(s.setconfig) AS x(setting)
		WHERE (s.setdatabase = 0 OR b.datname = current_database())
		AND (s.setrole = 0 OR r.rolname = current_user OR EXISTS (SELECT 1 FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
			WHERE c.relnamespace = ? AND c.relname = 'audit_events' AND a.grantee = s.setrole))
		ORDER BY 1, 2, 3`, h.OID).Scan(ctx, &rows)
	if err != nil {
		return err
	}
	for _, r := range rows {
		name, value, _ := strings.Cut(r.Setting, "=")
		subject, alter := "database "+r.Database, "ALTER DATABASE "+quoteIdent(r.Database)
		if r.Role != "" {
			subject, alter = "role "+r.Role, "ALTER ROLE "+quoteIdent(r.Role)
			if r.Database != "" {
				subject, alter = subject+" in database "+r.Database, alter+" IN DATABASE "+quoteIdent(r.Database)
			}
		}
		var bad bool
		switch name {
		case "synchronous_commit":
			bad = value == "off"
		case "session_replication_role":
			bad = value != "origin"
		case "zero_damaged_pages":
			bad = value != "off"
		default:
			continue
		}
		d.holds(!bad, Failure, "setting", name, "not set to "+value, fmt.Sprintf("set so for %s", subject), alter+" RESET "+name)
	}
	return nil
}

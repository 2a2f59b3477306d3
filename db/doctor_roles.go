package db

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

const remedyRole = "make a role with CREATE ROLE … LOGIN, give it rights with tasktrail migrate --app-role, and serve as that role"

// roles checks that whoever serves cannot get round the database's own guards.
// These are warnings: a first try may well be with the owner.
func (d *Diagnosis) roles(ctx context.Context, tx bun.IDB, h schemaID, _ []string) error {
	var me struct {
		Name                          string
		Super, BypassRLS, Replication bool
		CreateRole, Owner, Replica    bool
		Powerful                      string
	}
	err := tx.NewRaw(`SELECT r.rolname AS name, r.rolsuper AS super, r.rolbypassrls AS bypass_rls, r.rolreplication AS replication,
		r.rolcreaterole AS create_role, pg_has_role(r.oid, c.relowner, 'MEMBER') AS owner,
		COALESCE((SELECT string_agg(p.rolname, ', ' ORDER BY p.rolname) FROM pg_roles p
			WHERE p.rolname IN ('pg_write_all_data','pg_write_server_files','pg_execute_server_program') AND pg_has_role(r.oid, p.oid, 'MEMBER')), '') AS powerful
		FROM pg_roles r, pg_class c WHERE r.rolname = current_user AND c.relnamespace = ? AND c.relname = 'audit_events'`, h.OID).Scan(ctx, &me)
	if err != nil {
		return err
	}
	subject := me.Name
	if !d.holds(!me.Super, Warning, "role", subject, "a role with the least rights", "a superuser, whom no trigger binds", remedyRole) {
		return d.owners(ctx, tx, h)
	}
	d.holds(!me.Owner, Warning, "role", subject, "a role with the least rights", "the owner of the tables or a member of that role, who can drop triggers", remedyRole)
	d.holds(!me.BypassRLS, Warning, "role", subject, "NOBYPASSRLS", "BYPASSRLS", "ALTER ROLE "+quoteIdent(subject)+" NOBYPASSRLS")
	d.holds(!me.Replication, Warning, "role", subject, "NOREPLICATION", "REPLICATION", "ALTER ROLE "+quoteIdent(subject)+" NOREPLICATION")
	d.holds(!me.CreateRole, Warning, "role", subject, "NOCREATEROLE", "CREATEROLE", "ALTER ROLE "+quoteIdent(subject)+" NOCREATEROLE")
	d.holds(me.Powerful == "", Warning, "role", subject, "no role that writes everything", "a member of "+me.Powerful, "revoke these from "+quoteIdent(subject))
	// Since PostgreSQL 15 this can be granted.
	err = tx.NewRaw(`SELECT EXISTS (SELECT 1 FROM pg_settings s WHERE s.name = 'server_version_num' AND s.setting::int >= 150000)`).Scan(ctx, &me.Replica)
	if err == nil && me.Replica {
		err = tx.NewRaw(`SELECT has_parameter_privilege('session_replication_role', 'SET')`).Scan(ctx, &me.Replica)
	}
	if err != nil {
		return err
	}
	d.holds(!me.Replica, Warning, "role", subject, "no right to set session_replication_role", "that right", "REVOKE SET ON PARAMETER session_replication_role FROM "+quoteIdent(subject))
	return d.owners(ctx, tx, h)
}

// owners checks that tables and functions belong to one role: the owner of a
// function can replace it.
func (d *Diagnosis) owners(ctx context.Context, tx bun.IDB, h schemaID) error {
	var rows []struct{ Kind, Name, Owner, Expected string }
	err := tx.NewRaw(`WITH owner AS (SELECT relowner AS oid FROM pg_class WHERE relnamespace = ?0 AND relname = 'audit_events')
		SELECT 'table' AS kind, c.relname AS name, pg_get_userbyid(c.relowner) AS owner, pg_get_userbyid(o.oid) AS expected FROM pg_class c, owner o
		WHERE c.relnamespace = ?0 AND c.relname IN (?1) AND c.relowner <> o.oid
		UNION ALL SELECT 'function', p.proname, pg_get_userbyid(p.proowner), pg_get_userbyid(o.oid) FROM pg_proc p, owner o
		WHERE p.pronamespace = ?0 AND p.proname LIKE 'tasktrail\_%' AND p.proowner <> o.oid ORDER BY 1, 2`, h.OID, bun.List(tableNames())).Scan(ctx, &rows)
	if err != nil {
		return err
	}
	d.Checks++
	for _, r := range rows {
		d.holds(false, Warning, "owner", r.Name, r.Expected, r.Owner, fmt.Sprintf("ALTER %s … OWNER TO %s", strings.ToUpper(r.Kind), quoteIdent(r.Expected)))
	}
	return nil
}

func tableNames() []string {
	expected, _ := expectedPostgres() // whoever calls has it already
	return expected.ours("table")
}

// rights checks that the serving role has what a server needs and, unless it
// could take any right, nothing more.
func (d *Diagnosis) rights(ctx context.Context, tx bun.IDB, h schemaID, tables []string) error {
	var bound bool
	err := tx.NewRaw(`SELECT NOT r.rolsuper AND NOT pg_has_role(r.oid, c.relowner, 'USAGE') FROM pg_roles r, pg_class c
		WHERE r.rolname = current_user AND c.relnamespace = ? AND c.relname = 'audit_events'`, h.OID).Scan(ctx, &bound)
	if err != nil || !bound {
		return err
	}
	for _, table := range tables {
		var held []string
		err := tx.NewRaw(`SELECT p.name FROM unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE','REFERENCES','TRIGGER']) AS p(name)
			WHERE has_table_privilege(?0, p.name)
			UNION ALL SELECT 'UPDATE ' || a.attname FROM pg_attribute a WHERE a.attrelid = ?0 AND a.attnum > 0 AND NOT a.attisdropped
				AND has_column_privilege(a.attrelid, a.attnum, 'UPDATE') AND NOT has_table_privilege(a.attrelid, 'UPDATE')`,
			bun.Safe("(SELECT c.oid FROM pg_class c WHERE c.relnamespace = "+fmt.Sprint(h.OID)+" AND c.relname = '"+table+"')")).Scan(ctx, &held)
		if err != nil {
			return err
		}
		d.rightsOf(table, held)
	}
	var redact bool
	err = tx.NewRaw(`SELECT has_function_privilege(p.oid, 'EXECUTE') FROM pg_proc p
		WHERE p.pronamespace = ? AND p.proname = 'tasktrail_redact'`, h.OID).Scan(ctx, &redact)
	if err != nil {
		return err
	}
	d.holds(redact, Failure, "right", redactFunction, "EXECUTE", "none", remedyGrant)
	return nil
}

const remedyGrant = "as the owner of the tables run tasktrail migrate --app-role with the role that serves"

// rightsOf compares the rights held on a table with those that are needed.
func (d *Diagnosis) rightsOf(table string, held []string) {
	need := []string{"SELECT"}
	r := rightsOn(table)
	if r.insert {
		need = append(need, "INSERT")
	}
	for _, column := range r.update {
		need = append(need, "UPDATE "+column)
	}
	has := func(name string) bool {
		return slices.Contains(held, name) || strings.HasPrefix(name, "UPDATE ") && slices.Contains(held, "UPDATE")
	}
	var missing, more []string
	for _, name := range need {
		if !has(name) {
			missing = append(missing, name)
		}
	}
	for _, name := range held {
		if !slices.Contains(need, name) {
			more = append(more, name)
		}
	}
	d.holds(len(missing) == 0, Failure, "right", table, strings.Join(need, ", "), "no "+strings.Join(missing, ", "), remedyGrant)
	d.holds(len(more) == 0, Warning, "right", table, strings.Join(need, ", "), strings.Join(more, ", ")+" too", remedyGrant)
}

// public checks what every role of the database server may do.
func (d *Diagnosis) public(ctx context.Context, tx bun.IDB, h schemaID, tables []string) error {
	var rows []struct{ Kind, Name, Privilege string }
	err := tx.NewRaw(`SELECT 'table' AS kind, c.relname AS name, string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS privilege
		FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a WHERE c.relnamespace = ?0 AND c.relname IN (?1) AND a.grantee = 0 GROUP BY 2
		UNION ALL SELECT 'column', c.relname || '.' || t.attname, string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)
		FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid CROSS JOIN LATERAL aclexplode(t.attacl) a
		WHERE c.relnamespace = ?0 AND c.relname IN (?1) AND a.grantee = 0 GROUP BY 2
		UNION ALL SELECT 'schema', n.nspname, a.privilege_type FROM pg_namespace n
		CROSS JOIN LATERAL aclexplode(COALESCE(n.nspacl, acldefault('n', n.nspowner))) a WHERE n.oid = ?0 AND a.grantee = 0 AND a.privilege_type = 'CREATE'
		UNION ALL SELECT 'function', 'tasktrail_redact(bigint)', a.privilege_type FROM pg_proc p
		CROSS JOIN LATERAL aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) a
		WHERE p.pronamespace = ?0 AND p.proname = 'tasktrail_redact' AND a.grantee = 0 ORDER BY 1, 2`, h.OID, bun.List(tables)).Scan(ctx, &rows)
	if err != nil {
		return err
	}
	d.Checks++
	for _, r := range rows {
		on := map[string]string{"table": "TABLE", "column": "TABLE", "schema": "SCHEMA", "function": "FUNCTION"}[r.Kind]
		name, _, _ := strings.Cut(r.Name, ".")
		d.holds(false, Warning, "public", r.Kind+" "+r.Name, "no right for PUBLIC", r.Privilege, fmt.Sprintf("REVOKE %s ON %s %s FROM PUBLIC", r.Privilege, on, name))
	}
	var triggers []string
	if err := tx.NewRaw(`SELECT evtname FROM pg_event_trigger WHERE evtenabled <> 'D' ORDER BY 1`).Scan(ctx, &triggers); err != nil {
		return err
	}
	d.Checks++
	for _, name := range triggers {
		d.holds(false, Warning, "event trigger", name, absent, "one that runs on changes of the schema", remedyAdded)
	}
	return nil
}

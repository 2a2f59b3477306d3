package db_test

import "strings"

// redactionOf makes the event of a redaction of the one with the id.
func redactionOf(id, version string) string {
	return "INSERT INTO audit_events " + eventColumns + ` VALUES ({next}, 1, 'EVENT_REDACTED', 'event', '` + id + `', ` + version +
		`, '{incident}', 'USER', '{actor}', {32}, {hash}, {32}, '{}', {16}, ',payload,')`
}

// removing takes a payload away by the book, were it not for what else is set.
func removing(position, also string) string {
	return `UPDATE audit_events SET payload = NULL, salt = NULL, fields = ''` + also + ` WHERE position = ` + position
}

// Attempts to redact otherwise than by the one way there is. Position 1 is
// redacted, 2 is not.
var redactionBypasses = []bypass{
	{name: "redact in silence", sql: removing("2", "")},
	{name: "redact the payload alone", sql: `UPDATE audit_events SET payload = NULL WHERE position = 2`, key: true},
	{name: "redact the salt alone", sql: `UPDATE audit_events SET salt = NULL WHERE position = 2`, key: true},
	{name: "redact, and keep what a filter sees", sql: redactionOf("evt_2", "1") + `;; UPDATE audit_events SET payload = NULL, salt = NULL WHERE position = 2`},
	{name: "redact, and put another payload there", sql: redactionOf("evt_2", "1") + `;; UPDATE audit_events SET payload = '{}', fields = '' WHERE position = 2`},
	{name: "redact, and change the action", sql: redactionOf("evt_2", "1") + ";; " + removing("2", ", action = 'X'")},
	{name: "redact, and change the actor", sql: redactionOf("evt_2", "1") + ";; " + removing("2", ", actor_id = 'act_x'")},
	{name: "redact, and change the hash", sql: redactionOf("evt_2", "1") + ";; " + removing("2", ", hash = {32}")},
	{name: "redact, and change the commitment", sql: redactionOf("evt_2", "1") + ";; " + removing("2", ", commitment = {32}")},
	{name: "redact, and move it", sql: redactionOf("evt_2", "1") + ";; " + removing("2", ", position = 77")},
	{name: "redact another than the event says", sql: redactionOf("evt_2", "1") + ";; " + removing("3", "")},
	{name: "redact all for one", sql: redactionOf("evt_2", "1") + `;; UPDATE audit_events SET payload = NULL, salt = NULL, fields = '' WHERE payload IS NOT NULL`},
	{name: "bring back what was redacted", sql: `UPDATE audit_events SET payload = '{}', salt = {16}, fields = ',' WHERE position = 1`},
	{name: "edit what a filter sees of what is redacted", sql: `UPDATE audit_events SET fields = ',' WHERE position = 1`},
	{name: "a redaction of nothing", sql: redactionOf("evt_777", "1")},
	{name: "a redaction of what is redacted", sql: redactionOf("evt_1", "1"), key: true},
	{name: "a second version of a redaction", sql: redactionOf("evt_1", "2")},
	{name: "a second version of a redaction of what is not redacted", sql: redactionOf("evt_2", "2") + ";; " + removing("2", "")},
	{name: "a redaction by another name", sql: redactionOf("evt_02", "1") + ";; " + removing("2", "")},
	{name: "a redaction of something else", sql: redactionOf("{task}", "1"), key: true},
	{name: "a redaction of itself", sql: redactionOf("evt_{next}", "1") + ";; " + removing("{next}", "")},
	{name: "a redaction that was redacted before it came", sql: strings.Replace(redactionOf("evt_2", "1"), "'{}', {16}", "NULL, NULL", 1)},
	{name: "a new event without its payload", sql: strings.Replace(forge("{next}", "{hash}", "{version} + 1"), "'{}', {16}", "NULL, NULL", 1)},
	{name: "forget a redaction", sql: `DELETE FROM audit_events WHERE subject_kind = 'event'`},
	{name: "lend a redaction to another event", sql: `UPDATE audit_events SET subject_id = 'evt_2' WHERE subject_kind = 'event'`},
}

// Only PostgreSQL knows these.
var postgresRedactions = []bypass{
	{name: "a redaction without its effect", sql: redactionOf("evt_2", "1")},
	{name: "redact in silence by the function", sql: `SELECT tasktrail_redact(2)`},
	{name: "as a replica: redact in silence", sql: `SET LOCAL session_replication_role = replica;; ` + removing("2", "")},
	{name: "as a replica: bring back", sql: `SET LOCAL session_replication_role = replica;; UPDATE audit_events SET payload = '{}', salt = {16} WHERE position = 1`},
	{name: "redact by an upsert", sql: forge("2", "{hash}", "{version} + 1") + ` ON CONFLICT (position) DO UPDATE SET payload = NULL, salt = NULL, fields = ''`},
}

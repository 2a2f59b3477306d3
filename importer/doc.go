// Package importer reads files into incidents with tasks, or into playbooks and
// rules, and writes the latter back. It also holds the small made-up history of
// tasktrail serve --demo.
//
// [Decode] is pure: bytes in, what they hold or every fault of the file out. A
// file with a fault yields nothing at all, so that no import is ever half
// meant. [Run] creates incidents through the service as if somebody had typed
// them in. It may be repeated after a crash: each of its mutations has an id
// made from the file's digest and its own place there. [Definitions] are for
// the service to import as a whole; [EncodeBundle] writes them.
//
// What the file of another product says and a bundle cannot is never dropped
// in silence: [Definitions] come with a [Note] for each such thing.
//
// # The format "tasktrail"
//
// UTF-8 JSON, strict: names are spelled exactly so, unknown and repeated ones
// are refused, and so is anything after the closing brace.
//
//	{"incidents": [{
//	  "title":       "text",                  required, 1 to 500 characters
//	  "severity":    "HIGH",                  required; INFORMATIONAL, LOW, MEDIUM or HIGH
//	  "description": "Markdown",              or null; up to 10,000 characters
//	  "labels":      ["text"],                up to 50 of 1 to 100 characters
//	  "tasks": [{                             in the order of the list, up to 1,000
//	    "title":       "text",                required, 1 to 500 characters
//	    "description": "Markdown",            or null; up to 10,000 characters
//	    "mandatory":   false,
//	    "dueAt":       "2026-03-01T09:00:00Z" or null; RFC 3339
//	  }]
//	}]}
//
// # The format "soc-recommended-actions"
//
// The watchlist "SOC Recommended Actions" of Microsoft Sentinel as an ARM
// template: resources[].properties.rawContent is CSV with the columns Alert,
// A1, A2 … and perhaps Date. Each row becomes an incident of severity MEDIUM,
// each action a task. The cells are not quoted although their texts contain
// commas; actions.go tells how they are put together again. A later revision,
// with quotes and "Task 1^" in place of "1. ", is read too.
//
// Read as playbooks, each alert becomes a playbook and a rule that applies it
// to new incidents with the title of the alert. Of alerts whose titles differ
// only in the case of letters the last one counts, as the rules would apply the
// lists of all of them.
//
// # The format "yaml"
//
// Playbooks and rules, with the names of the API; docs/automation-yaml.md
// describes it with an example. It is strict as "tasktrail" is.
//
//	playbooks:                              in any order
//	  - name: text                          required, 1 to 500 characters
//	    description: Markdown
//	    steps:                              required, up to 100
//	      - title: text                     required; as the other fields of a step:
//	        key, description, group, mandatory, dueAfterMinutes, assigneeId, assignToOwner
//	rules:
//	  - name: text                          required, 1 to 500 characters
//	    description, order, enabled, expiresAt
//	    trigger: INCIDENT_CREATED           required
//	    condition: {property: {property: INCIDENT_TITLE, operator: EQUALS, values: [x]}}
//	    actions:                            required
//	      - applyPlaybook: {playbook: name} by its name, not by an id
//	      - callWebhook: {webhook: name}    likewise
//	      - addTask, setSeverity, setStatus, setOwner, addLabels, removeLabels
//
// # The format "sentinel"
//
// Automation rules of Microsoft Sentinel: as its API lists them, one of them, a
// list, or an ARM template as the portal exports it. A rule that acts on
// alerts, or has a condition that cannot be expressed here, is disabled, since
// what is left of it would act more often; one that could not be stored is left
// out. A condition on "any individual tag" is one on labels with match ANY; one
// on "all tags" as a unit is ANY too, and ALL when it is negative: no tag may
// contain the value.
//
// # The format "tasks-repository"
//
// The watchlist "Tasks Repository" of Microsoft Sentinel as CSV, or in an ARM
// template: columns IncidentTitle, Task01, Task02 …, each cell the title of a
// task, "|^|" and its description. Each title becomes a playbook and a rule
// that applies it to new incidents of that title. Rows of the same title are
// one list.
//
// # The format "thehive"
//
// Case templates of TheHive 4 and 5 as JSON: one, or a list. Each becomes a
// playbook, its tasks the steps in their order; the description is that of the
// playbook. No rule comes of it.
package importer

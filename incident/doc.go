// Package incident is what tasktrail does: incidents, the tasks worked through
// for each of them, who may change what, and what each change writes to the
// trail. It knows neither SQL nor GraphQL nor HTTP.
//
// The rules are pure functions of the things they change. [Service] is the one
// way in: it checks the viewer's rights and the input, runs the rule inside
// [Store.Update] and returns what a caller may see. Expected refusals are
// values of [MutationError]; everything else is an error.
//
// A task:
//
//	       start            complete
//	NEW ─────────▶ IN_PROGRESS ─────▶ COMPLETED
//	 │ └───────────────┼─────────────────▲ │
//	 │       skip      ▼                   │ reopen: back to NEW,
//	 └─────────────▶ SKIPPED ──────────────┘ counted, times cleared
//
// An incident is NEW or ACTIVE until it is CLOSED with a classification, and
// ACTIVE again when it is reopened. Nothing in the task list of a closed
// incident can change.
//
// Playbooks, automation rules and webhooks are definitions: versioned, each
// change in the trail. Whatever a change sets off, [Service] carries out in the
// same transaction (automate.go): rules in their order, each seeing what the
// former left, as actors of their own. A rule fails no change; what it may not
// do is recorded. Definitions can be tried on the past ([Service.PreviewRule])
// and explained ([Service.RulesFor]).
package incident

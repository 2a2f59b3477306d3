// Package webhook sends the calls that rules have left in the outbox, signed as
// Standard Webhooks says.
//
// A call is sent at least once: an attempt that was made but not recorded,
// because the server was killed in between, is made again under the same
// webhook-id, by which a receiver knows it. Calls come in no particular order.
// Several servers share the work; a claim of two minutes keeps them from making
// the same attempt, as long as their clocks differ by less than that.
//
// Where a call goes is decided when the connection is made, by the address that
// is dialled and not by what the name stood for before: to public addresses by
// HTTPS on port 443, and to networks that the operator allows.
package webhook

// Package throttle bounds how much one client may do: operations a second and at
// a time, open sockets and streams, sockets that have not said who they are, and
// failed attempts to log in. It knows no protocol; whoever calls it turns a
// [Refusal] into an answer.
//
// A client is a user, by the id of its actor, or an address for who has no valid
// token. What is remembered is bounded: those who have something running, of whom
// there are as many as there are connections, and the 10,000 who were last here.
// An IPv6 address stands for its /64 network, because one machine has all of it.
package throttle

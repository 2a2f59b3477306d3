// Package auth says who is asking: it turns bearer tokens into an
// [incident.Viewer] and carries it through HTTP requests and sockets. It decides
// nothing about what the viewer may do.
package auth

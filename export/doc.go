// Package export takes the trail away: as JSON Lines that can be verified with
// no database (the format is in package audit), as CSV for people, and either
// over HTTP.
package export

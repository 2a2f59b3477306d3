package importer

import (
	"time"

	"tasktrail/incident"
)

// Incident is one incident of a file, not created yet.
type Incident struct {
	Title       string
	Description *string
	Severity    incident.IncidentSeverity
	Labels      []string
	Tasks       []Task // in the order of the list
}

// Task is one step of an [Incident].
type Task struct {
	Title       string
	Description *string
	Mandatory   bool
	DueAt       *time.Time // UTC, whole microseconds
}

// Limits of a file, besides those the service sets for its texts.
const (
	MaxFile      = 16 << 20 // bytes
	MaxIncidents = 10_000
	MaxFaults    = 50 // as many are listed
)

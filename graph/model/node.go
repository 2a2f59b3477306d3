package model

// Node is whatever has an id: *incident.Incident, *incident.Task,
// *incident.Actor or *audit.Event. The domain need not know that it is one.
type Node any

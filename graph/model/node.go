package model

// Node is whatever has an id: *incident.Incident, *incident.Task,
// *incident.Actor, *audit.Event, *incident.Playbook, *incident.Rule or
// *incident.Webhook. The domain need not know that it is one.
type Node any

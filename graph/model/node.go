package model

// Node is whatever has an id: *incident.Incident, *incident.Task,
// *incident.Actor, *audit.Event, *incident.Playbook, *incident.Rule,
// *incident.Webhook, *incident.Delivery or *incident.ServiceAccount. The domain
// need not know that it is one.
type Node any

package model

import (
	"context"

	"tasktrail/audit"
	"tasktrail/incident"
)

// The connections and edges of the API.
type (
	IncidentConnection   = Connection[incident.Incident]
	IncidentEdge         = Edge[incident.Incident]
	TaskConnection       = Connection[incident.Task]
	TaskEdge             = Edge[incident.Task]
	AuditEventConnection = Connection[*audit.Event]
	AuditEventEdge       = Edge[*audit.Event]
	ActorConnection      = Connection[incident.Actor]
	ActorEdge            = Edge[incident.Actor]
	PlaybookConnection   = Connection[incident.Playbook]
	PlaybookEdge         = Edge[incident.Playbook]
	RuleConnection       = Connection[incident.Rule]
	RuleEdge             = Edge[incident.Rule]
	WebhookConnection    = Connection[incident.Webhook]
	WebhookEdge          = Edge[incident.Webhook]

	ServiceAccountConnection = Connection[incident.ServiceAccount]
	ServiceAccountEdge       = Edge[incident.ServiceAccount]

	TaskAtConnection   = Connection[incident.TaskAt]
	TaskAtEdge         = Edge[incident.TaskAt]
	TaskDiffConnection = Connection[incident.TaskDiff]
	TaskDiffEdge       = Edge[incident.TaskDiff]

	AccessEntryConnection = Connection[incident.AccessEntry]
	AccessEntryEdge       = Edge[incident.AccessEntry]

	WebhookDeliveryConnection = Connection[incident.Delivery]
	WebhookDeliveryEdge       = Edge[incident.Delivery]
)

// Connection is one page of a list in the form that Relay wants.
type Connection[T any] struct {
	page  incident.Page[T]
	count func(ctx context.Context) (int, error)
}

// NewConnection returns a connection for a page. count counts the whole list;
// it is called only for clients that ask.
func NewConnection[T any](page incident.Page[T], count func(ctx context.Context) (int, error)) *Connection[T] {
	return &Connection[T]{page: page, count: count}
}

// Edge is a place in a list.
type Edge[T any] struct {
	Cursor string
	Node   T
}

// PageInfo tells where a page lies in its list.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// Edges returns the items of the page with their cursors.
func (c *Connection[T]) Edges() []Edge[T] {
	edges := make([]Edge[T], len(c.page.Items))
	for i, item := range c.page.Items {
		edges[i] = Edge[T]{Cursor: c.page.Cursors[i], Node: item}
	}
	return edges
}

// Nodes returns the items of the page.
func (c *Connection[T]) Nodes() []T { return c.page.Items }

// PageInfo tells where the page lies.
func (c *Connection[T]) PageInfo() PageInfo {
	info := PageInfo{HasNextPage: c.page.HasNext, HasPreviousPage: c.page.HasPrevious}
	if n := len(c.page.Cursors); n > 0 {
		info.StartCursor, info.EndCursor = &c.page.Cursors[0], &c.page.Cursors[n-1]
	}
	return info
}

// TotalCount counts the whole list.
func (c *Connection[T]) TotalCount(ctx context.Context) (int, error) { return c.count(ctx) }

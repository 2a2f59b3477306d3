package graph

import (
	"context"

	"tasktrail/audit"
	"tasktrail/graph/transport"
	"tasktrail/incident"
)

type subscriptionResolver struct{ *Resolver }

// AuditEvents is called in one of two ways, see [live]: once to open the feed,
// which it leaves in the slot, and then once for each event, which it takes
// out of the slot. In both it sends nothing later, so no goroutine is needed.
func (r *subscriptionResolver) AuditEvents(
	ctx context.Context, filter *incident.AuditEventFilter, after *string, fromStart *bool,
) (<-chan *audit.Event, error) {
	channel := make(chan *audit.Event, 1)
	defer close(channel)

	s := slotFrom(ctx)
	if s.event != nil {
		channel <- s.event
		return channel, nil
	}
	if id := transport.LastEventID(ctx); id != "" {
		after, fromStart = &id, nil
	}
	feed, err := r.service.Follow(ctx, r.viewer(ctx), filter, after, given(fromStart, false))
	s.feed = feed
	return channel, err
}

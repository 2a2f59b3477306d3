package graph

import (
	"context"

	"tasktrail/audit"
	"tasktrail/graph/model"
	"tasktrail/incident"
)

type webhookResolver struct{ *Resolver }

// Deliveries is a page of its calls.
func (r *webhookResolver) Deliveries(
	ctx context.Context, w *incident.Webhook, first *int, after *string, last *int, before *string,
) (*model.Connection[incident.Delivery], error) {
	page, err := incident.PageArgs{First: first, After: after, Last: last, Before: before}.Query()
	if err != nil {
		return nil, err
	}
	reader, err := r.reader(ctx)
	if err != nil {
		return nil, err
	}
	items, err := reader.Deliveries(ctx, w.ID, page)
	if err != nil {
		return nil, err
	}
	positions := make([]int64, len(items.Items))
	for n, d := range items.Items {
		positions[n] = d.Position
	}
	loadersFrom(ctx).positions.add(positions)
	return model.NewConnection(items, func(ctx context.Context) (int, error) {
		return reader.CountDeliveries(ctx, w.ID)
	}), nil
}

// CreatedBy is the actor who made it.
func (r *webhookResolver) CreatedBy(ctx context.Context, w *incident.Webhook) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, w.CreatedByID)
}

// UpdatedBy is the actor who changed it last.
func (r *webhookResolver) UpdatedBy(ctx context.Context, w *incident.Webhook) (*incident.Actor, error) {
	return loadersFrom(ctx).actor(ctx, w.UpdatedByID)
}

// History is a page of its events.
func (r *webhookResolver) History(
	ctx context.Context, w *incident.Webhook, first *int, after *string, last *int, before *string,
) (*model.Connection[*audit.Event], error) {
	return subjectHistory(ctx, w.ID, incident.PageArgs{First: first, After: after, Last: last, Before: before})
}

type webhookDeliveryResolver struct{}

// Event recorded the call.
func (webhookDeliveryResolver) Event(ctx context.Context, d *incident.Delivery) (*audit.Event, error) {
	return loadersFrom(ctx).events.orZero(ctx, d.Position)
}

// Body is JSON text.
func (webhookDeliveryResolver) Body(_ context.Context, d *incident.Delivery) (string, error) {
	return string(d.Body), nil
}

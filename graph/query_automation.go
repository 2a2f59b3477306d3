package graph

import (
	"context"

	"tasktrail/graph/model"
	"tasktrail/incident"
)

// Playbooks lists playbooks.
func (r *queryResolver) Playbooks(
	ctx context.Context, search *string, first *int, after *string, last *int, before *string,
) (*model.Connection[incident.Playbook], error) {
	if err := plainText(in("", "search", search)); err != nil {
		return nil, err
	}
	return definitionPage(ctx, incident.PageArgs{First: first, After: after, Last: last, Before: before},
		func(set *incident.Automation, q incident.PageQuery) (incident.Page[incident.Playbook], int, error) {
			return set.PlaybookPage(search, q)
		}, func(p *incident.Playbook) *incident.Definition { return &p.Definition })
}

// Playbook finds a version of a playbook.
func (r *queryResolver) Playbook(ctx context.Context, id string, version *int) (*incident.Playbook, error) {
	if version == nil {
		return loadersFrom(ctx).definitions.playbook(ctx, id)
	}
	return r.service.Playbook(ctx, r.viewer(ctx), id, version)
}

// Rules lists rules.
func (r *queryResolver) Rules(
	ctx context.Context, filter *incident.RuleFilter, first *int, after *string, last *int, before *string,
) (*model.Connection[incident.Rule], error) {
	if err := plainText(in("filter", "search", given(filter, incident.RuleFilter{}).Search)); err != nil {
		return nil, err
	}
	return definitionPage(ctx, incident.PageArgs{First: first, After: after, Last: last, Before: before},
		func(set *incident.Automation, q incident.PageQuery) (incident.Page[incident.Rule], int, error) {
			return set.RulePage(filter, q)
		}, func(r *incident.Rule) *incident.Definition { return &r.Definition })
}

// Rule finds a version of a rule.
func (r *queryResolver) Rule(ctx context.Context, id string, version *int) (*incident.Rule, error) {
	if version == nil {
		return loadersFrom(ctx).definitions.rule(ctx, id)
	}
	return r.service.Rule(ctx, r.viewer(ctx), id, version)
}

// Webhooks lists webhooks.
func (r *queryResolver) Webhooks(
	ctx context.Context, first *int, after *string, last *int, before *string,
) (*model.Connection[incident.Webhook], error) {
	return definitionPage(ctx, incident.PageArgs{First: first, After: after, Last: last, Before: before},
		func(set *incident.Automation, q incident.PageQuery) (incident.Page[incident.Webhook], int, error) {
			return set.WebhookPage(q)
		}, func(w *incident.Webhook) *incident.Definition { return &w.Definition })
}

// definitionPage makes a connection of a page of the live definitions.
func definitionPage[T any](
	ctx context.Context, args incident.PageArgs,
	page func(*incident.Automation, incident.PageQuery) (incident.Page[T], int, error), base func(*T) *incident.Definition,
) (*model.Connection[T], error) {
	q, err := args.Query()
	if err != nil {
		return nil, err
	}
	loaders := loadersFrom(ctx)
	set, err := loaders.definitions.all(ctx)
	if err != nil {
		return nil, err
	}
	items, total, err := page(set, q)
	if err != nil {
		return nil, err
	}
	found := make([]*incident.Definition, len(items.Items))
	for n := range items.Items {
		found[n] = base(&items.Items[n])
	}
	loaders.foundDefinitions(found)
	return model.NewConnection(items, func(context.Context) (int, error) { return total, nil }), nil
}

// PreviewRule tells what a rule would have done.
func (r *queryResolver) PreviewRule(
	ctx context.Context, rule incident.RuleInput, incidentID *string, lastN *int,
) (*incident.RulePreview, error) {
	return r.service.PreviewRule(ctx, r.viewer(ctx), rule, incidentID, lastN)
}

// RulesFor tells what became of each rule for an incident.
func (r *queryResolver) RulesFor(ctx context.Context, incidentID string) ([]*incident.RuleReport, error) {
	reports, err := r.service.RulesFor(ctx, r.viewer(ctx), incidentID)
	out := make([]*incident.RuleReport, len(reports))
	for n := range reports {
		out[n] = &reports[n]
	}
	return out, err
}

package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// RuleActionKind is what an action does.
type RuleActionKind string

// The kinds of actions.
const (
	ActionAddTask       RuleActionKind = "ADD_TASK"
	ActionApplyPlaybook RuleActionKind = "APPLY_PLAYBOOK"
	ActionSetSeverity   RuleActionKind = "SET_SEVERITY"
	ActionSetStatus     RuleActionKind = "SET_STATUS"
	ActionSetOwner      RuleActionKind = "SET_OWNER"
	ActionAddLabels     RuleActionKind = "ADD_LABELS"
	ActionRemoveLabels  RuleActionKind = "REMOVE_LABELS"
	ActionCallWebhook   RuleActionKind = "CALL_WEBHOOK"
)

// Kind tells what the action does.
func (a *RuleAction) Kind() RuleActionKind {
	switch {
	case a.AddTask != nil:
		return ActionAddTask
	case a.ApplyPlaybook != nil:
		return ActionApplyPlaybook
	case a.SetSeverity != nil:
		return ActionSetSeverity
	case a.SetStatus != nil:
		return ActionSetStatus
	case a.SetOwner != nil:
		return ActionSetOwner
	case a.AddLabels != nil:
		return ActionAddLabels
	case a.RemoveLabels != nil:
		return ActionRemoveLabels
	}
	return ActionCallWebhook
}

// RuleFilter chooses rules; what is nil chooses all. Lists mean any of.
type RuleFilter struct {
	Trigger    []Trigger
	Action     []RuleActionKind // with at least one action of these kinds
	Enabled    *bool
	PlaybookID *string // that apply this playbook
	WebhookID  *string // that call this webhook
	Search     *string // in name or description, whatever the case
}

// Matches reports whether f chooses r.
func (f *RuleFilter) Matches(r *Rule) bool {
	if f == nil {
		return true
	}
	does := func(want func(a *RuleAction) bool) bool {
		return slices.ContainsFunc(r.Actions, func(a RuleAction) bool { return want(&a) })
	}
	return (f.Trigger == nil || slices.Contains(f.Trigger, r.Trigger)) &&
		(f.Action == nil || does(func(a *RuleAction) bool { return slices.Contains(f.Action, a.Kind()) })) &&
		(f.Enabled == nil || *f.Enabled == r.Enabled) &&
		(f.PlaybookID == nil || does(func(a *RuleAction) bool {
			return a.ApplyPlaybook != nil && a.ApplyPlaybook.PlaybookID == *f.PlaybookID
		})) &&
		(f.WebhookID == nil || does(func(a *RuleAction) bool { return a.CallWebhook != nil && a.CallWebhook.WebhookID == *f.WebhookID })) &&
		matchesSearch(f.Search, r.Name, r.Description)
}

func matchesSearch(search *string, name string, description *string) bool {
	if search == nil {
		return true
	}
	return strings.Contains(FoldCase(name+"\n"+valueOf(description)), FoldCase(*search))
}

// RulePage returns a page of the rules that f chooses, in the order in which
// they run, and how many there are.
func (a *Automation) RulePage(f *RuleFilter, q PageQuery) (Page[Rule], int, error) {
	return pageOf(a.Rules, f.Matches, "rules", func(r *Rule) string {
		return fmt.Sprintf("%04d %020d", r.Order, r.CreatedAt.UnixMicro())
	}, idOf[Rule], q)
}

// PlaybookPage returns a page of the playbooks that hold search, by name, and
// how many there are.
func (a *Automation) PlaybookPage(search *string, q PageQuery) (Page[Playbook], int, error) {
	return pageOf(a.Playbooks, func(p *Playbook) bool { return matchesSearch(search, p.Name, p.Description) },
		"playbooks", func(p *Playbook) string { return p.Name }, idOf[Playbook], q)
}

// WebhookPage returns a page of the webhooks, by name, and how many there are.
func (a *Automation) WebhookPage(q PageQuery) (Page[Webhook], int, error) {
	return pageOf(a.Webhooks, func(*Webhook) bool { return true }, "webhooks", func(w *Webhook) string { return w.Name }, idOf[Webhook], q)
}

// ServiceAccountPage returns a page of the service accounts, by name, and how
// many there are.
func (a *Automation) ServiceAccountPage(q PageQuery) (Page[ServiceAccount], int, error) {
	return pageOf(a.ServiceAccounts, func(*ServiceAccount) bool { return true }, "serviceAccounts",
		func(d *ServiceAccount) string { return d.Name }, idOf[ServiceAccount], q)
}

func idOf[T any, P definition[T]](d *T) string { return P(d).base().ID }

// pageOf cuts a page out of a list that is sorted by value and then by id.
func pageOf[T any](
	list []T, matches func(*T) bool, order string, value, id func(*T) string, q PageQuery,
) (Page[T], int, error) {
	page := Page[T]{Items: []T{}, Cursors: []string{}}
	bounds := map[string]Key{}
	for argument, cursor := range map[string]string{"after": q.After, "before": q.Before} {
		if cursor == "" {
			continue
		}
		key, err := ParseKey(cursor, order, argument)
		if err != nil {
			return page, 0, err
		}
		bounds[argument] = key
	}
	compare := func(d *T, k Key) int {
		return cmp.Or(cmp.Compare(value(d), k.Value), cmp.Compare(id(d), k.ID))
	}
	total := 0
	for n := range list {
		d := &list[n]
		if !matches(d) {
			continue
		}
		total++
		if after, ok := bounds["after"]; ok && compare(d, after) <= 0 {
			page.HasPrevious = true
			continue
		}
		if before, ok := bounds["before"]; ok && compare(d, before) >= 0 {
			page.HasNext = true
			continue
		}
		page.Items = append(page.Items, *d)
		page.Cursors = append(page.Cursors, Key{Order: order, Value: value(d), ID: id(d)}.Cursor())
	}
	if extra := len(page.Items) - q.Limit; extra > 0 {
		if q.Backward {
			page.Items, page.Cursors, page.HasPrevious = page.Items[extra:], page.Cursors[extra:], true
		} else {
			page.Items, page.Cursors, page.HasNext = page.Items[:q.Limit], page.Cursors[:q.Limit], true
		}
	}
	return page, total, nil
}

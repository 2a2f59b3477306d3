package incident

import "context"

// CreateRule makes a rule.
func (s *Service) CreateRule(ctx context.Context, v Viewer, in CreateRuleInput) (*DefinitionPayload[Rule], error) {
	in.Rule.ExpiresAt = utc(in.Rule.ExpiresAt) // before its fingerprint is taken: one moment is one input
	c, check, err := define(v, "createRule", in.Common, in)
	if err != nil {
		return nil, err
	}
	check.newVersion(in.ExpectedVersion)
	r, id := check.rule("rule.", in.Rule), newID(prefixRule)
	return runDefinition(ctx, s, rules, c, check, r.actors(), func(tx Tx) (Rule, error) {
		r := r
		r.ID, r.CreatedAt = id, tx.Now()
		if err := r.fits(tx, "rule."); err != nil {
			return r, err
		}
		if err := r.ends(tx.Automation(), "rule."); err != nil {
			return r, err
		}
		return rules.create(tx, c, "rule.", id, r)
	})
}

// fits checks a rule against the time and what it refers to.
func (r *Rule) fits(tx Tx, at string) error {
	var check checker
	check.stillToCome(at, *r, tx.Now())
	if err := check.err(); err != nil {
		return err
	}
	return r.refers(tx, at, true)
}

// UpdateRule changes what the input sets, into a new version. The outcome is
// checked as a whole.
func (s *Service) UpdateRule(ctx context.Context, v Viewer, in UpdateRuleInput) (*DefinitionPayload[Rule], error) {
	in.ExpiresAt.Value = utc(in.ExpiresAt.Value) // as in CreateRule
	c, check, err := define(v, "updateRule", in.Common, in)
	if err != nil {
		return nil, err
	}
	for _, field := range []struct {
		name string
		null bool
	}{
		{"name", in.Name.Set && in.Name.Value == nil},
		{"order", in.Order.Set && in.Order.Value == nil},
		{"enabled", in.Enabled.Set && in.Enabled.Value == nil},
		{"trigger", in.Trigger.Set && in.Trigger.Value == nil},
		{"actions", in.Actions.Set && in.Actions.Value == nil},
	} {
		if field.null {
			check.fail(field.name, "%s cannot be null", field.name)
		}
	}
	check.moment("expiresAt", in.ExpiresAt.Value)
	actors := Rule{Actions: in.Actions.Value}
	return runDefinition(ctx, s, rules, c, check, actors.actors(), func(tx Tx) (Rule, error) {
		return rules.edit(tx, c, "", in.ID, RuleUpdated, func(r *Rule) error { return patchRule(tx, r, in) })
	})
}

// patchRule applies a patch and checks the whole.
func patchRule(tx Tx, r *Rule, in UpdateRuleInput) error {
	whole := r.input()
	if in.Name.Set {
		whole.Name = *in.Name.Value
	}
	if in.Description.Set {
		whole.Description = in.Description.Value
	}
	if in.Order.Set {
		whole.Order = in.Order.Value
	}
	if in.Enabled.Set {
		whole.Enabled = in.Enabled.Value
	}
	if in.ExpiresAt.Set {
		whole.ExpiresAt = in.ExpiresAt.Value
	}
	if in.Trigger.Set {
		whole.Trigger = *in.Trigger.Value
	}
	if in.Condition.Set {
		whole.Condition = in.Condition.Value
	}
	if in.Actions.Set {
		whole.Actions = in.Actions.Value
	}
	var check checker
	after := check.rule("", whole)
	if in.ExpiresAt.Set || in.Enabled.Set {
		check.stillToCome("", after, tx.Now())
	}
	if err := check.err(); err != nil {
		return err
	}
	r.become(after)
	if err := r.refers(tx, "", in.Actions.Set); err != nil {
		return err
	}
	return r.ends(tx.Automation(), "")
}

// become takes over what a checked rule says.
func (r *Rule) become(after Rule) {
	name := after.Name
	after.Definition = r.Definition
	after.Name = name
	*r = after
}

// input is the rule as it would be given.
func (r *Rule) input() RuleInput {
	return RuleInput{
		Name: r.Name, Description: r.Description, Order: &r.Order, Enabled: &r.Enabled, ExpiresAt: r.ExpiresAt,
		Trigger: r.Trigger, Condition: r.Condition, Actions: r.Actions,
	}
}

package incident

import (
	"fmt"
	"slices"
	"time"
)

// defaultRuleOrder leaves room before and behind.
const defaultRuleOrder = 100

// rule checks a whole rule, as far as that can be done without looking at
// other things. at is the path of the input with a dot behind it, or "".
func (c *checker) rule(at string, in RuleInput) Rule {
	before := len(c.faults)
	r := Rule{
		Definition:  Definition{Name: c.title(at+"name", in.Name)},
		Description: c.optional(at+"description", in.Description, MaxDescription),
		Order:       defaultRuleOrder,
		Enabled:     in.Enabled == nil || *in.Enabled,
		ExpiresAt:   c.moment(at+"expiresAt", utc(in.ExpiresAt)),
		Trigger:     in.Trigger,
		Actions:     c.actions(at+"actions", in.Actions),
	}
	if in.Order != nil {
		r.Order = *in.Order
	}
	if r.Order < 1 || r.Order > MaxRuleOrder {
		c.fail(at+"order", "order must be from 1 to %d", MaxRuleOrder)
	}
	if !slices.Contains(Triggers, r.Trigger) {
		c.fail(at+"trigger", "trigger must be one of %v", Triggers)
	}
	if in.Condition != nil {
		count := 0
		checked := c.condition(at+"condition", *in.Condition, r.Trigger, 1, &count)
		r.Condition = &checked
		if count > MaxConditions {
			c.fail(at+"condition", "there can be at most %d conditions, these are more", MaxConditions)
		}
	}
	if len(c.faults) == before {
		c.possible(at, r)
	}
	return r
}

// stillToCome refuses a rule that expires before it can run. A disabled one may
// be left as it is.
func (c *checker) stillToCome(at string, r Rule, now time.Time) {
	if r.Enabled && r.ExpiresAt != nil && !r.ExpiresAt.After(now) {
		c.fail(at+"expiresAt", "the rule can never run: expiresAt has passed; give a later time, or null for none, or disable the rule")
	}
}

func (c *checker) actions(at string, in []RuleAction) []RuleAction {
	if len(in) == 0 || len(in) > MaxActions {
		c.fail(at, "a rule must have from 1 to %d actions, this one has %d", MaxActions, len(in))
	}
	out := make([]RuleAction, len(in))
	for n, a := range in {
		out[n] = c.action(fmt.Sprintf("%s.%d", at, n), a)
	}
	return out
}

func (c *checker) action(at string, a RuleAction) RuleAction {
	given := 0
	for _, there := range []bool{
		a.AddTask != nil, a.ApplyPlaybook != nil, a.SetSeverity != nil, a.SetStatus != nil,
		a.SetOwner != nil, a.AddLabels != nil, a.RemoveLabels != nil, a.CallWebhook != nil,
	} {
		if there {
			given++
		}
	}
	if given != 1 {
		c.fail(at, "an action must do exactly one thing, this one does %d", given)
		return a
	}
	switch {
	case a.AddTask != nil:
		task := *a.AddTask
		task.TaskTemplate = c.template(at+".addTask.", task.TaskTemplate)
		a.AddTask = &task
	case a.SetSeverity != nil:
		if !slices.Contains(Severities, *a.SetSeverity) {
			c.fail(at+".setSeverity", "severity must be one of %v", Severities)
		}
	case a.SetStatus != nil:
		set := *a.SetStatus
		c.setStatus(at+".setStatus.", &set)
		a.SetStatus = &set
	case a.SetOwner != nil:
		c.plain(at+".setOwner.ownerId", valueOf(a.SetOwner.OwnerID), MaxTitle)
	case a.AddLabels != nil:
		a.AddLabels = c.actionLabels(at+".addLabels", a.AddLabels)
	case a.RemoveLabels != nil:
		a.RemoveLabels = c.actionLabels(at+".removeLabels", a.RemoveLabels)
	}
	return a
}

func (c *checker) actionLabels(at string, in []string) []string {
	if len(in) == 0 {
		c.fail(at, "give from 1 to %d labels", MaxLabels)
	}
	return c.labelsAt(at, in)
}

func (c *checker) setStatus(at string, set *SetStatusAction) {
	set.ClassificationComment = c.optional(at+"classificationComment", set.ClassificationComment, MaxReason)
	classified := set.Classification != nil || set.ClassificationReason != nil || set.ClassificationComment != nil
	switch {
	case !slices.Contains([]IncidentStatus{IncidentNew, IncidentActive, IncidentClosed}, set.Status):
		c.fail(at+"status", "status must be NEW, ACTIVE or CLOSED")
	case set.Status != IncidentClosed && classified:
		c.fail(at+"classification", "only a CLOSED incident has a classification")
	case set.Status == IncidentClosed && set.Classification == nil:
		c.fail(at+"classification", "CLOSED needs a classification")
	case set.Status == IncidentClosed:
		c.classificationAt(at, *set.Classification, set.ClassificationReason)
	}
}

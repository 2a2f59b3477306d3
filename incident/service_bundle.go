package incident

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// CheckBundle checks everything about a bundle that can be checked without a
// database. Paths begin with "input.playbooks.0." or "input.rules.0.".
func CheckBundle(b Bundle) Refusal {
	_, _, check := checkBundle(b)
	return check.faults
}

func checkBundle(b Bundle) ([]Playbook, []Rule, *checker) {
	check := &checker{}
	twice := func(names map[string]bool, at, name string) {
		if names[name] {
			check.fail(at+"name", "the file has this name twice")
		}
		names[name] = true
	}
	playbooks, names := make([]Playbook, len(b.Playbooks)), map[string]bool{}
	for n, in := range b.Playbooks {
		at := fmt.Sprintf("playbooks.%d.", n)
		playbooks[n] = check.playbook(at, in)
		twice(names, at, playbooks[n].Name)
	}
	rules, names := make([]Rule, len(b.Rules)), map[string]bool{}
	for n, in := range b.Rules {
		at := fmt.Sprintf("rules.%d.", n)
		rules[n] = check.rule(at, in)
		twice(names, at, rules[n].Name)
	}
	return playbooks, rules, check
}

// errDryRun ends a transaction that was only to show what would happen.
var errDryRun = errors.New("incident: a dry run")

// ImportBundle creates the definitions of a bundle, and brings those of the
// same name to what it says: all of them or, with a [Refusal] of everything
// that is wrong, none. Definitions that it does not name stay as they are. A
// dry run changes nothing and reports what would have been done.
func (s *Service) ImportBundle(ctx context.Context, v Viewer, b Bundle, dryRun bool) (BundleReport, error) {
	c, _, err := define(v, "importBundle", Common{}, nil)
	if err != nil {
		return BundleReport{}, err
	}
	books, ruleset, check := checkBundle(b)
	if err := check.err(); err != nil {
		return BundleReport{}, err
	}
	var actors []string
	for n := range books {
		actors = append(actors, books[n].actors()...)
	}
	for n := range ruleset {
		actors = append(actors, ruleset[n].actors()...)
	}
	if err := s.Admit(ctx, v); err != nil {
		return BundleReport{}, err
	}
	var report BundleReport
	err = s.run(ctx, c, Needs{Actors: actors, Define: true}, func(tx Tx) error {
		report = BundleReport{}
		var faults Refusal
		for n := range books {
			report.Playbooks = append(report.Playbooks, importPlaybook(tx, c, fmt.Sprintf("playbooks.%d.", n), books[n], &faults))
		}
		for n := range ruleset {
			report.Rules = append(report.Rules, importRule(tx, c, fmt.Sprintf("rules.%d.", n), ruleset[n], &faults))
		}
		for n, item := range report.Rules {
			// By now each stands beside the others as the bundle has them.
			if item.Outcome != "" && item.Outcome != BundleUnchanged {
				set := tx.Automation()
				loops, _ := refused(set.Rule(item.ID).ends(set, fmt.Sprintf("rules.%d.", n)))
				faults = append(faults, loops...)
			}
		}
		switch {
		case len(faults) > 0:
			return faults
		case dryRun:
			return errDryRun
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return report, err
}

func importPlaybook(tx Tx, c *change, at string, p Playbook, faults *Refusal) BundleItem {
	if there := named(tx.Automation().Playbooks, p.Name); there != nil {
		return imported(c, faults, p.Name, func() (Playbook, error) {
			return playbooks.edit(tx, c, at, there.ID, PlaybookUpdated, func(now *Playbook) error {
				now.Description, now.Steps = p.Description, p.Steps
				return p.refers(tx, at)
			})
		})
	}
	return imported(c, faults, p.Name, func() (Playbook, error) { return putPlaybook(tx, c, at, newID(prefixPlaybook), p) })
}

func importRule(tx Tx, c *change, at string, r Rule, faults *Refusal) BundleItem {
	return imported(c, faults, r.Name, func() (Rule, error) {
		if faults := r.resolve(tx.Automation(), at); len(faults) > 0 {
			return r, faults
		}
		if there := named(tx.Automation().Rules, r.Name); there != nil {
			return rules.edit(tx, c, at, there.ID, RuleUpdated, func(now *Rule) error {
				before := *now
				now.become(r)
				if len(diff(ruleFields, &before, now)) == 0 {
					return nil // also when it has expired since
				}
				return now.fits(tx, at)
			})
		}
		r.ID, r.CreatedAt = newID(prefixRule), tx.Now()
		if err := r.fits(tx, at); err != nil {
			return r, err
		}
		return rules.create(tx, c, at, r.ID, r)
	})
}

// imported reports what putting one definition came to.
func imported[T any, P definition[T]](c *change, faults *Refusal, name string, put func() (T, error)) BundleItem {
	written := c.written
	d, err := put()
	var refusal Refusal
	if errors.As(err, &refusal) {
		*faults = append(*faults, refusal...)
		return BundleItem{Name: name}
	}
	item := BundleItem{ID: P(&d).base().ID, Name: name, Outcome: BundleUnchanged}
	if c.written > written {
		item.Outcome, item.Changes = BundleUpdated, c.last.Payload.Changes
		if P(&d).base().Version == 1 {
			item.Outcome = BundleCreated
		}
	}
	return item
}

// resolve puts ids in the place of the names by which a bundle refers to
// playbooks and webhooks.
func (r *Rule) resolve(set *Automation, at string) Refusal {
	var faults Refusal
	r.Actions = slices.Clone(r.Actions)
	for n := range r.Actions {
		switch a := &r.Actions[n]; {
		case a.ApplyPlaybook != nil:
			p := named(set.Playbooks, a.ApplyPlaybook.PlaybookID)
			if p == nil {
				faults = append(faults, notFound(fmt.Sprintf("%sactions.%d.applyPlaybook.playbookId", at, n), "playbook")...)
				continue
			}
			a.ApplyPlaybook = &ApplyPlaybookAction{PlaybookID: p.ID, Again: a.ApplyPlaybook.Again}
		case a.CallWebhook != nil:
			w := named(set.Webhooks, a.CallWebhook.WebhookID)
			if w == nil {
				faults = append(faults, notFound(fmt.Sprintf("%sactions.%d.callWebhook.webhookId", at, n), "webhook")...)
				continue
			}
			a.CallWebhook = &CallWebhookAction{WebhookID: w.ID}
		}
	}
	return faults
}

// ExportBundle returns every live playbook and rule as a bundle.
func (s *Service) ExportBundle(ctx context.Context, v Viewer) (Bundle, error) {
	var b Bundle
	reader, err := s.Read(v)
	if err != nil {
		return b, err
	}
	set, err := reader.Automation(ctx)
	if err != nil {
		return b, err
	}
	for n := range set.Playbooks {
		b.Playbooks = append(b.Playbooks, set.Playbooks[n].input())
	}
	for n := range set.Rules {
		in := set.Rules[n].input()
		in.Actions = slices.Clone(in.Actions)
		for n := range in.Actions {
			switch a := &in.Actions[n]; {
			case a.ApplyPlaybook != nil:
				a.ApplyPlaybook = &ApplyPlaybookAction{PlaybookID: set.Playbook(a.ApplyPlaybook.PlaybookID).Name, Again: a.ApplyPlaybook.Again}
			case a.CallWebhook != nil:
				a.CallWebhook = &CallWebhookAction{WebhookID: set.Webhook(a.CallWebhook.WebhookID).Name}
			}
		}
		b.Rules = append(b.Rules, in)
	}
	return b, nil
}

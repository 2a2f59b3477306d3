package incident

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"tasktrail/audit"
)

// maxExplained is how many of the newest events of an incident are explained.
const maxExplained = 100

// RuleOutcome is what became of a rule when something set it off.
type RuleOutcome string

// The outcomes.
const (
	RuleRan      RuleOutcome = "RAN"
	RuleStopped  RuleOutcome = "STOPPED"   // kept from all it wanted to do
	RuleNoEffect RuleOutcome = "NO_EFFECT" // its condition held, and nothing was left to do
	RuleUnmet    RuleOutcome = "UNMET"     // a condition said no
	RuleDisabled RuleOutcome = "DISABLED"
	RuleExpired  RuleOutcome = "EXPIRED"
	RuleUnknown  RuleOutcome = "UNKNOWN" // events that it depends on were redacted
)

// RuleReport is what a rule has done for one incident, and why not more.
type RuleReport struct {
	Rule        Rule             // in its newest version, deleted ones too
	Ran         bool             // at least once
	Evaluations []RuleEvaluation // oldest first; none: nothing set it off since it was made
}

// RuleEvaluation is one event that the rule waited for.
type RuleEvaluation struct {
	Event   *audit.Event // what set it off
	Version int          // of the rule then
	Outcome RuleOutcome
	Unmet   *Unmet         // the condition that said no
	Events  []*audit.Event // what it did, in order; those of a playbook it applied are caused by these
}

// RulesFor tells of each rule that was there for any of the newest 100 events
// of an incident that could set rules off: what ran, what did not and which
// condition said no, by the versions of that time. In the order of the rules.
func (s *Service) RulesFor(ctx context.Context, v Viewer, incidentID string) ([]RuleReport, error) {
	if _, err := s.Read(v); err != nil {
		return nil, err
	}
	history, err := s.store.IncidentEvents(ctx, incidentID, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	if len(history) == 0 {
		return nil, &InputError{Path: []string{"incidentId"}, Message: "there is no such incident"}
	}
	events, err := s.store.DefinitionEvents(ctx, SubjectRule, "")
	if err != nil {
		return nil, err
	}
	lost, state := &unknowns{}, &State{}
	if err := errors.Join(s.recall(ctx, lost, events), s.recall(ctx, &state.unknowns, history)); err != nil {
		return nil, err
	}
	timeline, err := timelineOf(events, lost)
	if err != nil {
		return nil, err
	}
	return explainRules(history, timeline, state)
}

// ruleVersions are the versions of a rule and the positions they began at.
type ruleVersions struct {
	versions  []Rule
	positions []int64
	unknown   []bool // whether something of the version was redacted
}

func timelineOf(events []*audit.Event, lost *unknowns) ([]*ruleVersions, error) {
	byID := map[string]*ruleVersions{}
	var all []*ruleVersions
	for _, e := range events {
		r := byID[e.SubjectID]
		if r == nil {
			r = &ruleVersions{}
			byID[e.SubjectID] = r
			all = append(all, r)
		}
		next := r.newest()
		if err := rules.replay(&next, e, lost); err != nil {
			return nil, err
		}
		r.versions, r.positions = append(r.versions, next), append(r.positions, e.Position)
		r.unknown = append(r.unknown, len(lost.Unknown(e.SubjectID)) > 0)
	}
	return all, nil
}

func (r *ruleVersions) newest() Rule {
	if len(r.versions) == 0 {
		return Rule{}
	}
	return r.versions[len(r.versions)-1]
}

// inForce is a version of a rule at some position.
type inForce struct {
	*Rule
	unknown bool // something of it was redacted
}

// at returns the version in force at a position; false when there is none.
func (r *ruleVersions) at(position int64) (inForce, bool) {
	for n := len(r.versions) - 1; n >= 0; n-- {
		if r.positions[n] <= position {
			return inForce{&r.versions[n], r.unknown[n]}, r.versions[n].DeletedAt == nil
		}
	}
	return inForce{}, false
}

// explainRules plays the history back and looks, at each event that sets rules off,
// at every rule of that time as the former ones had left the incident. state is
// that before the history.
func explainRules(history []*audit.Event, timeline []*ruleVersions, state *State) ([]RuleReport, error) {
	reports := map[string]*RuleReport{}
	caused := map[int64][]*audit.Event{}
	triggers := 0
	for _, e := range history {
		if by := e.Payload.CausedBy; by != 0 {
			caused[by] = append(caused[by], e)
		}
		if triggerOf[e.Action] != "" {
			triggers++
		}
	}
	partly := partlyRedacted(history)
	// Rules wait until all is done that earlier events of the change have set off.
	var waiting []occurrence
	turns := func(upTo int64) error {
		for len(waiting) > 0 && waiting[0].event.Position <= upTo {
			o := waiting[0]
			waiting = waiting[1:]
			then := state.clone()
			unknown := partly[o.event.Position] || len(then.Unknown(o.incidentID)) > 0 || len(then.Unknown(o.event.SubjectID)) > 0
			if err := explainOne(o, then, unknown, rulesAt(timeline, o.event.Position), caused, reports); err != nil {
				return err
			}
		}
		return nil
	}
	causes := map[int64]int64{} // of playbooks being applied: their tasks share it
	for _, e := range history {
		cause := cmp.Or(causes[e.Payload.CausedBy], e.Payload.CausedBy)
		if e.Action == PlaybookApplied {
			causes[e.Position] = cause
		}
		if err := turns(cmp.Or(cause, math.MaxInt64)); err != nil {
			return nil, err
		}
		before := state.Incident
		if err := state.Apply(e); err != nil {
			return nil, err
		}
		if triggerOf[e.Action] == "" {
			continue
		}
		if triggers--; triggers < maxExplained {
			waiting = append(waiting, occurrenceOf(e, before, state))
		}
	}
	if err := turns(math.MaxInt64); err != nil {
		return nil, err
	}
	var out []RuleReport
	for _, r := range timeline {
		if report, ok := reports[r.newest().ID]; ok {
			report.Rule = r.newest()
			out = append(out, *report)
		} else if _, ok := r.at(history[len(history)-1].Position); ok {
			out = append(out, RuleReport{Rule: r.newest()})
		}
	}
	slices.SortFunc(out, func(a, b RuleReport) int { return byOrder(a.Rule, b.Rule) })
	return out, nil
}

// partlyRedacted tells at which positions something of an event or of what it
// may have set off was redacted.
func partlyRedacted(history []*audit.Event) map[int64]bool {
	out, behind := map[int64]bool{}, false
	for _, e := range slices.Backward(history) {
		out[e.Position] = e.Redacted || behind
		behind = automated(e) && out[e.Position]
	}
	return out
}

// rulesAt lists the rules in force at a position in the order in which they ran.
func rulesAt(timeline []*ruleVersions, position int64) []inForce {
	var out []inForce
	for _, r := range timeline {
		if version, ok := r.at(position); ok {
			out = append(out, version)
		}
	}
	slices.SortFunc(out, func(a, b inForce) int { return byOrder(*a.Rule, *b.Rule) })
	return out
}

// explainOne looks at the rules for one event. unknown says that the event, what
// it set off or the state that it left was redacted in part: then only what a
// rule did can be told, not why it did nothing.
func explainOne(
	o occurrence, state *State, unknown bool, rules []inForce, caused map[int64][]*audit.Event, reports map[string]*RuleReport,
) error {
	for _, r := range rules {
		if r.Trigger != o.trigger {
			continue
		}
		tx := &replayTx{at: o.event.RecordedAt, state: state}
		evaluation := RuleEvaluation{Event: o.event, Version: r.Version, Outcome: RuleNoEffect}
		for _, e := range caused[o.event.Position] {
			if e.Payload.Automation != nil && e.Payload.Automation.ID == r.ID {
				evaluation.Events = append(evaluation.Events, e)
			}
		}
		switch {
		case len(evaluation.Events) > 0:
			evaluation.Outcome = RuleStopped
			for _, e := range evaluation.Events {
				if e.Action != AutomationStopped {
					evaluation.Outcome = RuleRan
				}
				if err := applyWithTasks(state, e, caused); err != nil && !unknown {
					return err
				}
			}
		case r.unknown:
			evaluation.Outcome = RuleUnknown
		case !r.Enabled:
			evaluation.Outcome = RuleDisabled
		case !r.runsAt(o.event.RecordedAt):
			evaluation.Outcome = RuleExpired
		case unknown:
			evaluation.Outcome = RuleUnknown
		default:
			if evaluation.Unmet = r.Condition.unmet(o.facts(tx)); evaluation.Unmet != nil {
				evaluation.Outcome = RuleUnmet
			}
		}
		report := reports[r.ID]
		if report == nil {
			report = &RuleReport{}
			reports[r.ID] = report
		}
		report.Ran = report.Ran || evaluation.Outcome == RuleRan
		report.Evaluations = append(report.Evaluations, evaluation)
	}
	return nil
}

// applyWithTasks plays back an event of a rule and, when it applied a playbook,
// the tasks of that.
func applyWithTasks(state *State, e *audit.Event, caused map[int64][]*audit.Event) error {
	if err := state.Apply(e); err != nil {
		return err
	}
	if e.Action != PlaybookApplied {
		return nil
	}
	for _, t := range caused[e.Position] {
		if err := state.Apply(t); err != nil {
			return err
		}
	}
	return nil
}

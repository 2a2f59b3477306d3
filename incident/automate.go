package incident

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"tasktrail/audit"
)

// maxAutomated is how many events automation may add to one change.
const maxAutomated = 2_000

// occurrence is something that sets rules off.
type occurrence struct {
	trigger       Trigger
	event         *audit.Event
	actor         Actor
	incidentID    string
	before, after *Incident // around the change of an incident; before is nil at its creation
	task          *Task     // of a trigger of tasks
	chain         []string  // the rules that led to it, the first one first
}

// facts are what the condition of a rule sees of it now.
func (o *occurrence) facts(tx Tx) facts {
	i, _ := tx.Incident(o.incidentID)
	return facts{incident: &i, before: o.before, after: o.after, task: o.task, actor: o.actor}
}

// Why a rule was stopped.
const (
	stoppedLoop   = "LOOP"   // it has run already in the chain that led here
	stoppedDepth  = "DEPTH"  // too many rules set each other off
	stoppedLimit  = "LIMIT"  // the change had too many consequences
	stoppedAction = "ACTION" // what it wanted is not allowed now
)

// automation runs the rules that one change sets off, within its transaction.
type automation struct {
	tx    Tx
	set   *Automation
	root  *change
	queue []occurrence
	ended bool // nothing more is carried out
}

// automate carries out what the change has set off: first all rules that wait
// for it, in their order, then those that wait for what these did. Each sees
// what the former left. What a rule cannot do is recorded, and fails nothing.
func (c *change) automate(tx Tx) {
	if len(c.happened) == 0 {
		return // and no definition has been looked at, which the store would check
	}
	a := automation{tx: tx, set: tx.Automation(), root: c, queue: c.happened}
	for len(a.queue) > 0 {
		o := a.queue[0]
		a.queue = a.queue[1:]
		for n := range a.set.Rules {
			if r := &a.set.Rules[n]; !a.ended && r.Trigger == o.trigger && r.runsAt(tx.Now()) {
				a.consider(r, o)
			}
		}
	}
}

// consider runs a rule if its condition holds.
func (a *automation) consider(r *Rule, o occurrence) {
	if !r.Condition.holds(o.facts(a.tx)) {
		return
	}
	c := a.root.as(r.AutomationActor(KindAutomationRule), r.reference(), o.event)
	var why, message string
	switch {
	case slices.Contains(o.chain, r.ID):
		why, message = stoppedLoop, "the rule set itself off again"
	case len(o.chain) >= maxRuleDepth:
		why, message = stoppedDepth, fmt.Sprintf("more than %d rules set each other off, one behind the other", maxRuleDepth)
	case a.root.written >= maxAutomated:
		why, message = stoppedLimit, fmt.Sprintf("the change had more than %d consequences", maxAutomated)
	}
	if why != "" {
		// A rule that would change nothing does no harm, and there is nothing to tell.
		trial := newScratch(a.tx)
		if c.act(trial, a.set, r, o); trial.changed() {
			a.root.as(c.viewer.Actor, c.by, o.event).stop(a.tx, o.incidentID, r, 0, why, message)
			a.root.written++
			a.ended = why == stoppedLimit // said once
		}
		return
	}
	c.act(a.tx, a.set, r, o)
	a.root.written += c.written
	for _, h := range c.happened {
		h.chain = append(slices.Clone(o.chain), r.ID)
		a.queue = append(a.queue, h)
	}
}

// act carries out the actions of a rule in their order.
func (c *change) act(tx Tx, set *Automation, r *Rule, o occurrence) {
	for n := range r.Actions {
		err := c.carryOut(tx, set, r, n, o)
		var refusal Refusal
		if errors.As(err, &refusal) {
			c.stop(tx, o.incidentID, r, n+1, stoppedAction, refusal.Error())
		}
	}
}

// stopped is what the trail says of a rule, or its action of that number from
// 1, that was not carried out.
type stopped struct {
	Rule    string `json:"rule"`
	Action  int    `json:"action,omitempty"`
	Stopped string `json:"stopped"`
	Message string `json:"message"`
}

// stoppedMessage reads why a rule was stopped.
func stoppedMessage(e *audit.Event) string {
	var s stopped
	for _, c := range e.Payload.Changes {
		if c.Field == fieldAutomation && json.Unmarshal(c.To, &s) != nil {
			return ""
		}
	}
	return s.Message
}

// stop records that a rule, or its action of that number from 1, was not
// carried out.
func (c *change) stop(tx Tx, incidentID string, r *Rule, action int, why, message string) {
	what := stopped{r.ID, action, why, message}
	_ = c.editIncident(tx, incidentID, AutomationStopped, func(Tx, *Incident) ([]audit.Change, error) {
		return []audit.Change{{Field: fieldAutomation, From: jsonNull, To: toJSON(what)}}, nil
	}) // the incident is there, and nothing is expected of it
}

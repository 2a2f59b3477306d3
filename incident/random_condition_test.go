package incident

import (
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// The values that random facts and conditions have in common.
var (
	someTexts  = []string{"", "a", "A", "b", "ab", "ς", "Σ"}
	someActors = []string{"act_1", "act_2"}
	someLabels = []string{"x", "X", "y"}
)

func randomText(t *rapid.T) string { return rapid.SampledFrom(someTexts).Draw(t, "text") }

func randomIncident(t *rapid.T) *Incident {
	i := &Incident{
		Title: randomText(t), Severity: rapid.SampledFrom(Severities).Draw(t, "severity"),
		Status: rapid.SampledFrom([]IncidentStatus{IncidentNew, IncidentActive, IncidentClosed}).Draw(t, "status"),
		Labels: rapid.SliceOfNDistinct(rapid.SampledFrom(someLabels), 0, 3, rapid.ID[string]).Draw(t, "labels"),
	}
	i.Description = orAbsent(randomText(t))
	i.OwnerID = orAbsent(rapid.SampledFrom(append(someActors, "")).Draw(t, "owner"))
	if i.Status == IncidentClosed {
		i.Classification = ptr(rapid.SampledFrom([]IncidentClassification{Undetermined, TruePositive}).Draw(t, "classification"))
	}
	return i
}

func orAbsent(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// randomFacts are facts that can be when the trigger fires. How the incident
// stands now need not be what the change left: rules have run since.
func randomFacts(t *rapid.T, on Trigger) facts {
	f := facts{incident: randomIncident(t)}
	kinds := []ActorKind{KindUser, KindService, KindSystem}
	switch on {
	case OnTaskOverdue:
		kinds = []ActorKind{KindSystem}
	case OnIncidentUpdated:
		kinds = append(kinds, KindAutomationRule)
	}
	f.actor = Actor{ID: rapid.SampledFrom(someActors).Draw(t, "actor"), Name: randomText(t), Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
	switch {
	case on.onTask():
		f.task = &Task{
			Title: randomText(t), Description: orAbsent(randomText(t)), Group: orAbsent(randomText(t)),
			Mandatory: rapid.Bool().Draw(t, "mandatory"), AssigneeID: orAbsent(rapid.SampledFrom(append(someActors, "")).Draw(t, "assignee")),
			Origin: TaskOrigin{Kind: KindPlaybook, Name: randomText(t), ID: ptr("pbk_1")},
		}
	case on == OnIncidentUpdated:
		f.before, f.after = randomIncident(t), randomIncident(t)
	default:
		f.after = randomIncident(t)
	}
	return f
}

// randomTest compares with what a property can be.
func randomTest(t *rapid.T, known []string) ValueTest {
	test := ValueTest{Operator: rapid.SampledFrom(conditionOperators).Draw(t, "operator")}
	for range rapid.IntRange(1, 3).Draw(t, "values") {
		v := rapid.SampledFrom(known).Draw(t, "value")
		if positive, _ := test.Operator.positive(); positive != OpEquals {
			v = v[:min(len(v), 2)]
			if v == "" || v == "ς" || v == "Σ" {
				v = "a"
			}
		}
		test.Values = append(test.Values, v)
	}
	return test
}

func valuesOf(p RuleProperty) []string {
	switch {
	case domains[p] != nil:
		return domains[p]
	case slices.Contains([]RuleProperty{PropIncidentOwnerID, PropTaskAssigneeID, PropActorID}, p):
		return append(someActors, "")
	}
	return someTexts
}

// randomCondition draws a condition that passes the checks of its shape.
func randomCondition(t *rapid.T, on Trigger, depth int) Condition {
	shapes := []string{"property", "property", "labels"}
	if depth < 4 {
		shapes = append(shapes, "all", "all", "any")
	}
	if on == OnIncidentUpdated {
		shapes = append(shapes, "changed", "changed", "added")
	}
	group := func() (out []Condition) {
		for range rapid.IntRange(1, 3).Draw(t, "parts") {
			out = append(out, randomCondition(t, on, depth+1))
		}
		return out
	}
	optional := func(p RuleProperty) *ValueTest {
		if rapid.Bool().Draw(t, "any value") {
			return nil
		}
		return ptr(randomTest(t, valuesOf(p)))
	}
	switch rapid.SampledFrom(shapes).Draw(t, "shape") {
	case "all":
		return Condition{All: group()}
	case "any":
		return Condition{Any: group()}
	case "labels":
		match := rapid.SampledFrom([]Match{MatchAny, MatchAll}).Draw(t, "match")
		return Condition{Labels: &LabelsCondition{match, randomTest(t, someLabels)}}
	case "added":
		return Condition{LabelsAdded: ptr(randomTest(t, someLabels))}
	case "changed":
		p := rapid.SampledFrom(changeableProperties).Draw(t, "changed")
		return Condition{Changed: &ChangedCondition{p, optional(p), optional(p)}}
	}
	known := slices.DeleteFunc(slices.Clone(ruleProperties), func(p RuleProperty) bool {
		return strings.HasPrefix(string(p), "TASK_") && !on.onTask()
	})
	p := rapid.SampledFrom(known).Draw(t, "property")
	return Condition{Property: &PropertyCondition{p, randomTest(t, valuesOf(p))}}
}

// RandomCondition is randomCondition for the tests of the service.
func RandomCondition(t *rapid.T, on Trigger) Condition { return randomCondition(t, on, 1) }

package incident

import "slices"

// patchTitle checks a title that was set in a patch.
func (c *checker) patchTitle(s *string) *string {
	if s == nil {
		c.fail("title", "title cannot be null")
		return nil
	}
	title := c.title("title", *s)
	return &title
}

// patchName checks the name of a definition that was set in a patch.
func (c *checker) patchName(s *string) *string {
	if s == nil {
		c.fail("name", "name cannot be null")
		return nil
	}
	name := c.title("name", *s)
	return &name
}

func (c *checker) severity(s IncidentSeverity) {
	if !slices.Contains(Severities, s) {
		c.fail("severity", "severity must be one of %v", Severities)
	}
}

// workStatus allows the states an incident can be put into by hand.
func (c *checker) workStatus(s IncidentStatus) IncidentStatus {
	if s != IncidentNew && s != IncidentActive {
		c.fail("status", "status can be set to NEW or ACTIVE; use closeIncident to close")
	}
	return s
}

// classification checks that a reason goes with its classification.
func (c *checker) classification(is IncidentClassification, reason *ClassificationReason) {
	c.classificationAt("", is, reason)
}

func (c *checker) classificationAt(at string, is IncidentClassification, reason *ClassificationReason) {
	if !slices.Contains([]IncidentClassification{Undetermined, TruePositive, BenignPositive, FalsePositive}, is) {
		c.fail(at+"classification", "classification is unknown")
	}
	if reason == nil {
		return
	}
	if goesWith := classificationOf[*reason]; goesWith != is {
		c.fail(at+"classificationReason", "%s goes with %s, not with %s", *reason, goesWith, is)
	}
}

func equal[T comparable](a, b *T) bool {
	return a == b || (a != nil && b != nil && *a == *b)
}

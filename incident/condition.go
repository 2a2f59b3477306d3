package incident

// Condition is a tree of tests. Exactly one field is set.
type Condition struct {
	All         []Condition        `json:"all,omitempty"` // every one holds
	Any         []Condition        `json:"any,omitempty"` // at least one holds
	Property    *PropertyCondition `json:"property,omitempty"`
	Labels      *LabelsCondition   `json:"labels,omitempty"`
	Changed     *ChangedCondition  `json:"changed,omitempty"`
	LabelsAdded *ValueTest         `json:"labelsAdded,omitempty"` // holds for a label that the change added
}

// ConditionOperator compares text. An operator that begins with NOT holds when the one without does not.
type ConditionOperator string

// The operators.
const (
	OpEquals        ConditionOperator = "EQUALS"
	OpNotEquals     ConditionOperator = "NOT_EQUALS"
	OpContains      ConditionOperator = "CONTAINS"
	OpNotContains   ConditionOperator = "NOT_CONTAINS"
	OpStartsWith    ConditionOperator = "STARTS_WITH"
	OpNotStartsWith ConditionOperator = "NOT_STARTS_WITH"
	OpEndsWith      ConditionOperator = "ENDS_WITH"
	OpNotEndsWith   ConditionOperator = "NOT_ENDS_WITH"
)

// ValueTest compares a value with several, whatever the case of letters unless
// it says otherwise. It holds when the operator does for at least one of them;
// one that begins with NOT must hold for all of them.
type ValueTest struct {
	Operator      ConditionOperator `json:"operator"`
	Values        []string          `json:"values"`
	CaseSensitive bool              `json:"caseSensitive,omitempty"`
}

// RuleProperty is what a condition can look at. What is absent counts as "".
type RuleProperty string

// The properties. Those of tasks go with triggers of tasks only.
const (
	PropIncidentTitle          RuleProperty = "INCIDENT_TITLE"
	PropIncidentDescription    RuleProperty = "INCIDENT_DESCRIPTION"
	PropIncidentSeverity       RuleProperty = "INCIDENT_SEVERITY"
	PropIncidentStatus         RuleProperty = "INCIDENT_STATUS"
	PropIncidentClassification RuleProperty = "INCIDENT_CLASSIFICATION"
	PropIncidentOwnerID        RuleProperty = "INCIDENT_OWNER_ID"
	PropTaskTitle              RuleProperty = "TASK_TITLE"
	PropTaskDescription        RuleProperty = "TASK_DESCRIPTION"
	PropTaskGroup              RuleProperty = "TASK_GROUP"
	PropTaskMandatory          RuleProperty = "TASK_MANDATORY" // "true" or "false"
	PropTaskAssigneeID         RuleProperty = "TASK_ASSIGNEE_ID"
	PropTaskOriginKind         RuleProperty = "TASK_ORIGIN_KIND"
	PropTaskOriginID           RuleProperty = "TASK_ORIGIN_ID"
	PropTaskOriginName         RuleProperty = "TASK_ORIGIN_NAME"
	PropActorID                RuleProperty = "ACTOR_ID" // who made the change
	PropActorName              RuleProperty = "ACTOR_NAME"
	PropActorKind              RuleProperty = "ACTOR_KIND"
)

// PropertyCondition tests a property as it is after the change.
type PropertyCondition struct {
	Property RuleProperty `json:"property"`
	ValueTest
}

// Match is how a test goes with a list.
type Match string

// ANY holds when the test does for at least one label; ALL when it does for
// each of them, and so also when there is none.
const (
	MatchAny Match = "ANY"
	MatchAll Match = "ALL"
)

// LabelsCondition tests the labels one by one.
type LabelsCondition struct {
	Match Match `json:"match"`
	ValueTest
}

// ChangedCondition holds when the change gave one of INCIDENT_SEVERITY,
// INCIDENT_STATUS and INCIDENT_OWNER_ID another value, and both tests hold.
type ChangedCondition struct {
	Property RuleProperty `json:"property"`
	From     *ValueTest   `json:"from,omitempty"` // the value before; nil: any
	To       *ValueTest   `json:"to,omitempty"`   // the value after; nil: any
}

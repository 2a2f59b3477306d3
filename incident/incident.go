package incident

import "time"

// IncidentSeverity is how bad it is.
type IncidentSeverity string

// The severities, lowest first.
const (
	SeverityInformational IncidentSeverity = "INFORMATIONAL"
	SeverityLow           IncidentSeverity = "LOW"
	SeverityMedium        IncidentSeverity = "MEDIUM"
	SeverityHigh          IncidentSeverity = "HIGH"
)

// Severities lists every severity, lowest first.
var Severities = []IncidentSeverity{SeverityInformational, SeverityLow, SeverityMedium, SeverityHigh}

// IncidentStatus is where an incident stands.
type IncidentStatus string

// The states of an incident.
const (
	IncidentNew    IncidentStatus = "NEW"
	IncidentActive IncidentStatus = "ACTIVE"
	IncidentClosed IncidentStatus = "CLOSED"
)

// IncidentClassification is what a closed incident turned out to be.
type IncidentClassification string

// The classifications.
const (
	Undetermined   IncidentClassification = "UNDETERMINED"
	TruePositive   IncidentClassification = "TRUE_POSITIVE"
	BenignPositive IncidentClassification = "BENIGN_POSITIVE"
	FalsePositive  IncidentClassification = "FALSE_POSITIVE"
)

// ClassificationReason is why an incident was classified so.
type ClassificationReason string

// The reasons; each goes with one classification.
const (
	SuspiciousActivity    ClassificationReason = "SUSPICIOUS_ACTIVITY"
	SuspiciousButExpected ClassificationReason = "SUSPICIOUS_BUT_EXPECTED"
	IncorrectAlertLogic   ClassificationReason = "INCORRECT_ALERT_LOGIC"
	InaccurateData        ClassificationReason = "INACCURATE_DATA"
)

// classificationOf says which classification each reason goes with, as in
// Microsoft Sentinel.
var classificationOf = map[ClassificationReason]IncidentClassification{
	SuspiciousActivity:    TruePositive,
	SuspiciousButExpected: BenignPositive,
	IncorrectAlertLogic:   FalsePositive,
	InaccurateData:        FalsePositive,
}

// Incident is one security incident. Times are UTC in whole microseconds.
type Incident struct {
	ID                    string
	Number                int // 1, 2, 3 … in order of creation
	Title                 string
	Description           *string // Markdown; never empty
	Severity              IncidentSeverity
	Status                IncidentStatus
	Classification        *IncidentClassification // set exactly while closed
	ClassificationReason  *ClassificationReason
	ClassificationComment *string
	OwnerID               *string
	Labels                []string // in the order given, none twice
	CreatedAt             time.Time
	CreatedByID           string
	UpdatedAt             time.Time
	UpdatedByID           string
	ClosedAt              *time.Time // the latest closing, while closed
	Version               int        // 1, then one more with every change
}

// TaskProgress counts the tasks of an incident, deleted ones left out.
type TaskProgress struct {
	Total         int
	Open          int // NEW or IN_PROGRESS
	Completed     int
	Skipped       int
	MandatoryOpen int
	Overdue       int // open and past their due time
}

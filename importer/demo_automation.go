package importer

import (
	"context"
	"fmt"

	"tasktrail/incident"
)

// demoBundle is a playbook and two rules. They work on the incident of
// [demoAutomated] alone: the others have lists that people made.
func demoBundle() incident.Bundle {
	text := func(s string) *string { return &s }
	yes := true
	after := func(minutes int) *int { return &minutes }
	return incident.Bundle{
		Playbooks: []incident.PlaybookInput{{
			Name:        "Reported phishing mail",
			Description: text("For mails that people report with the button in their mail program."),
			Steps: []incident.PlaybookStepInput{
				{
					Title: "Look at the mail in the sandbox", Group: text("Triage"), Mandatory: &yes, DueAfterMinutes: after(60), AssignToOwner: &yes,
					Description: text("Open links **only** there. Note sender, subject, links and the hash of each attachment."),
				},
				{Title: "Find every recipient of the mail", Group: text("Triage"), Mandatory: &yes, DueAfterMinutes: after(120)},
				{Title: "Remove the mail from all mailboxes", Group: text("Contain"), Mandatory: &yes, DueAfterMinutes: after(240)},
				{Title: "Block the sender and the links", Group: text("Contain")},
				{Title: "Thank those who reported it", Group: text("Close")},
			},
		}},
		Rules: []incident.RuleInput{
			{
				Name:    "Reported phishing: standard list",
				Order:   new(10),
				Trigger: incident.OnIncidentCreated,
				Condition: &incident.Condition{Property: &incident.PropertyCondition{
					Property: incident.PropIncidentTitle, ValueTest: incident.ValueTest{Operator: incident.OpStartsWith, Values: []string{"Reported mail"}},
				}},
				Actions: []incident.RuleAction{
					{ApplyPlaybook: &incident.ApplyPlaybookAction{PlaybookID: "Reported phishing mail"}},
					{AddLabels: []string{"phishing"}},
				},
			},
			{
				Name:        "Skipped containment needs a second look",
				Description: text("Whoever skips a step of containment leaves a gap that somebody else should know of."),
				Trigger:     incident.OnTaskSkipped,
				Condition: &incident.Condition{Property: &incident.PropertyCondition{
					Property: incident.PropTaskGroup, ValueTest: incident.ValueTest{Operator: incident.OpEquals, Values: []string{"Contain"}},
				}},
				Actions: []incident.RuleAction{{AddTask: &incident.AddTaskAction{TaskTemplate: incident.TaskTemplate{
					Title: "Second look: was it right to skip a step of containment?", Mandatory: true,
				}}}},
			},
		},
	}
}

// demoAutomated is an incident whose tasks appear by themselves.
var demoAutomated = demoStory{
	name:     "reported mail",
	begins:   117 * hour,
	title:    "Reported mail: \"Your parcel is waiting\"",
	severity: incident.SeverityLow,
	description: "Eleven people reported the same mail within half an hour. It asks for the password " +
		"of the mailbox on a page made up as that of a parcel service.",
	steps: []demoStep{{0, sensors, open}},
}

// defineDemo makes the playbook and the rules.
func defineDemo(ctx context.Context, svc DemoService) error {
	v := hana.viewer()
	v.Roles = append(v.Roles, incident.RoleContributor)
	if _, err := svc.ImportBundle(ctx, v, demoBundle(), false); err != nil {
		return fmt.Errorf("demo: defining its playbook and rules: %w", err)
	}
	return nil
}

package incident_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// entrance is what a method of the service asks of its viewer.
type entrance struct {
	needs []incident.Role // any of these; nil: nothing is asked
	call  func(ctx context.Context, s *svc, v who) error
}

var (
	everyone  = []incident.Role{incident.RoleReader, incident.RoleResponder, incident.RoleContributor, incident.RoleAuditor, incident.RoleAdmin}
	auditors  = []incident.Role{incident.RoleAuditor, incident.RoleAdmin}
	changers  = []incident.Role{incident.RoleResponder, incident.RoleContributor, incident.RoleAdmin}
	admins    = []incident.Role{incident.RoleAdmin}
	definers  = []incident.Role{incident.RoleContributor, incident.RoleAdmin}
	entrances = map[string]entrance{
		"Now":   {nil, func(_ context.Context, s *svc, _ who) error { s.Now(); return nil }},
		"Admit": {everyone, func(ctx context.Context, s *svc, v who) error { return s.Admit(ctx, v) }},
		"Read":  {everyone, func(_ context.Context, s *svc, v who) error { _, err := s.Read(v); return err }},
		"Past":  {everyone, func(_ context.Context, s *svc, v who) error { _, err := s.Past(v); return err }},
		"Head":  {everyone, func(ctx context.Context, s *svc, v who) error { _, err := s.Head(ctx, v); return err }},
		"Follow": {everyone, func(ctx context.Context, s *svc, v who) error {
			_, err := s.Follow(ctx, v, nil, nil, true)
			return err
		}},

		"Tree": {auditors, func(ctx context.Context, s *svc, v who) error {
			_, err := s.Tree(ctx, v, incident.TreeRead{})
			return err
		}},
		"Export": {auditors, func(ctx context.Context, s *svc, v who) error {
			_, err := s.Export(ctx, v, incident.ExportScope{})
			return err
		}},
		"AccessLog": {auditors, func(ctx context.Context, s *svc, v who) error {
			_, err := s.AccessLog(ctx, v, incident.AccessLogQuery{Page: incident.PageQuery{Limit: 1}})
			return err
		}},
		"CountAccessLog": {auditors, func(ctx context.Context, s *svc, v who) error {
			_, err := s.CountAccessLog(ctx, v, incident.AccessLogFilter{})
			return err
		}},
		"NoteOperation": {nil, func(_ context.Context, s *svc, v who) error {
			s.NoteOperation(v, func() []string { return nil })
			return nil
		}},
		"NoteRefusal": {nil, func(_ context.Context, s *svc, v who) error {
			s.NoteRefusal(v, incident.AccessOperation, incident.ReasonForbidden, nil)
			return nil
		}},
		"FlushAccessLog": {nil, func(ctx context.Context, s *svc, _ who) error { return s.FlushAccessLog(ctx) }},
		"RunAccessLog": {nil, func(ctx context.Context, s *svc, _ who) error {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return s.RunAccessLog(ctx, func(error) {})
		}},
		"AuditCheckpoint": {auditors, func(ctx context.Context, s *svc, v who) error { _, err := s.AuditCheckpoint(ctx, v, nil); return err }},
		"AuditProof": {auditors, func(ctx context.Context, s *svc, v who) error {
			_, err := s.AuditProof(ctx, v, 0, nil)
			return butInput(err)
		}},
		"AuditConsistency": {auditors, func(ctx context.Context, s *svc, v who) error {
			_, err := s.AuditConsistency(ctx, v, 1, 2)
			return butInput(err)
		}},

		"NoteOverdue": {nil, func(ctx context.Context, s *svc, _ who) error { _, err := s.NoteOverdue(ctx); return err }},
		"RunClock": {nil, func(ctx context.Context, s *svc, _ who) error {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return s.RunClock(ctx, func(error) {})
		}},
		"Playbook": {everyone, func(ctx context.Context, s *svc, v who) error {
			_, err := s.Playbook(ctx, v, "pbk_none", nil)
			return err
		}},
		"Rule":    {everyone, func(ctx context.Context, s *svc, v who) error { _, err := s.Rule(ctx, v, "rul_none", nil); return err }},
		"Webhook": {everyone, func(ctx context.Context, s *svc, v who) error { _, err := s.Webhook(ctx, v, "whk_none"); return err }},
		"RulesFor": {everyone, func(ctx context.Context, s *svc, v who) error {
			_, err := s.RulesFor(ctx, v, "inc_none")
			return butInput(err)
		}},
		"PreviewRule": {everyone, func(ctx context.Context, s *svc, v who) error {
			_, err := s.PreviewRule(ctx, v, incident.RuleInput{}, nil, nil)
			return err
		}},
		"ExportBundle": {everyone, func(ctx context.Context, s *svc, v who) error { _, err := s.ExportBundle(ctx, v); return err }},
		"ImportBundle": {definers, func(ctx context.Context, s *svc, v who) error {
			_, err := s.ImportBundle(ctx, v, incident.Bundle{}, false)
			return err
		}},
		"CreatePlaybook": {definers, func(ctx context.Context, s *svc, v who) error {
			_, err := s.CreatePlaybook(ctx, v, incident.CreatePlaybookInput{Playbook: incident.PlaybookInput{
				Name: v.Actor.Name, Steps: []incident.PlaybookStepInput{{Title: "t"}},
			}})
			return err
		}},
		"UpdatePlaybook": {definers, func(ctx context.Context, s *svc, v who) error {
			_, err := s.UpdatePlaybook(ctx, v, incident.UpdatePlaybookInput{ID: "pbk_none"})
			return err
		}},
		"DeletePlaybook": {definers, func(ctx context.Context, s *svc, v who) error {
			_, err := s.DeletePlaybook(ctx, v, incident.DeleteDefinitionInput{ID: "pbk_none"})
			return err
		}},
		"CreateRule": {definers, func(ctx context.Context, s *svc, v who) error {
			_, err := s.CreateRule(ctx, v, incident.CreateRuleInput{Rule: incident.RuleInput{
				Name: v.Actor.Name, Trigger: incident.OnTaskOverdue, Actions: []incident.RuleAction{{AddLabels: []string{"l"}}},
			}})
			return err
		}},
		"UpdateRule": {definers, func(ctx context.Context, s *svc, v who) error {
			_, err := s.UpdateRule(ctx, v, incident.UpdateRuleInput{ID: "rul_none"})
			return err
		}},
		"DeleteRule": {definers, func(ctx context.Context, s *svc, v who) error {
			_, err := s.DeleteRule(ctx, v, incident.DeleteDefinitionInput{ID: "rul_none"})
			return err
		}},
		"CreateWebhook": {definers, func(ctx context.Context, s *svc, v who) error {
			_, err := s.CreateWebhook(ctx, v, incident.CreateWebhookInput{Webhook: incident.WebhookInput{Name: v.Actor.Name, URL: "https://example.com/"}})
			return err
		}},
		"UpdateWebhook": {definers, func(ctx context.Context, s *svc, v who) error {
			_, err := s.UpdateWebhook(ctx, v, incident.UpdateWebhookInput{ID: "whk_none"})
			return err
		}},
		"RotateWebhookSecret": {definers, func(ctx context.Context, s *svc, v who) error {
			_, err := s.RotateWebhookSecret(ctx, v, incident.RotateWebhookSecretInput{ID: "whk_none"})
			return err
		}},
		"DeleteWebhook": {definers, func(ctx context.Context, s *svc, v who) error {
			_, err := s.DeleteWebhook(ctx, v, incident.DeleteDefinitionInput{ID: "whk_none"})
			return err
		}},
		"ServiceAccount": {everyone, func(ctx context.Context, s *svc, v who) error {
			_, err := s.ServiceAccount(ctx, v, "sva_none")
			return err
		}},
		"CreateServiceAccount": {admins, func(ctx context.Context, s *svc, v who) error {
			_, err := s.CreateServiceAccount(ctx, v, incident.CreateServiceAccountInput{
				ServiceAccount: incident.ServiceAccountInput{Name: v.Actor.Name, Roles: []incident.Role{incident.RoleReader}},
			})
			return err
		}},
		"UpdateServiceAccount": {admins, func(ctx context.Context, s *svc, v who) error {
			_, err := s.UpdateServiceAccount(ctx, v, incident.UpdateServiceAccountInput{ID: "sva_none"})
			return err
		}},
		"DeleteServiceAccount": {admins, func(ctx context.Context, s *svc, v who) error {
			_, err := s.DeleteServiceAccount(ctx, v, incident.DeleteDefinitionInput{ID: "sva_none"})
			return err
		}},
		"IssueAPIKey": {admins, func(ctx context.Context, s *svc, v who) error {
			_, err := s.IssueAPIKey(ctx, v, incident.IssueAPIKeyInput{ID: "sva_none"})
			return err
		}},
		"RevokeAPIKey": {admins, func(ctx context.Context, s *svc, v who) error {
			_, err := s.RevokeAPIKey(ctx, v, incident.RevokeAPIKeyInput{ID: "ttk_none"})
			return err
		}},
		// It tells who has a key, and is told the key.
		"ViewerOfKey": {nil, func(ctx context.Context, s *svc, _ who) error {
			if _, err := s.ViewerOfKey(ctx, "ttk_none"); !errors.Is(err, incident.ErrKeyInvalid) {
				return err
			}
			return nil
		}},
		"NoteKeyUses": {nil, func(ctx context.Context, s *svc, _ who) error { return s.NoteKeyUses(ctx) }},
		"RunKeyUses": {nil, func(ctx context.Context, s *svc, _ who) error {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return s.RunKeyUses(ctx, func(error) {})
		}},
		"RedactEvent": {admins, func(ctx context.Context, s *svc, v who) error {
			_, err := s.RedactEvent(ctx, v, incident.RedactEventInput{Common: incident.Common{Reason: text("r")}, Position: 1})
			return err
		}},
		"ApplyPlaybook": {changers, func(ctx context.Context, s *svc, v who) error {
			_, err := s.ApplyPlaybook(ctx, v, incident.ApplyPlaybookInput{IncidentID: "inc_none", PlaybookID: "pbk_none"})
			return err
		}},
		"AddTasks": {changers, func(ctx context.Context, s *svc, v who) error {
			_, err := s.AddTasks(ctx, v, incident.AddTasksInput{IncidentID: "inc_none", Tasks: []incident.NewTaskInput{{Title: "t"}}})
			return err
		}},
		"AssignTasks": {changers, func(ctx context.Context, s *svc, v who) error {
			_, err := s.AssignTasks(ctx, v, incident.AssignTasksInput{IDs: []string{"tsk_none"}})
			return err
		}},
		"CompleteTasks": {changers, func(ctx context.Context, s *svc, v who) error {
			_, err := s.CompleteTasks(ctx, v, incident.CompleteTasksInput{IDs: []string{"tsk_none"}})
			return err
		}},
	}
)

// butInput lets pass what is said to those who may.
func butInput(err error) error {
	if _, ok := errors.AsType[*incident.InputError](err); ok {
		return nil
	}
	return err
}

// Every method of the service, with every role and with none, lets in whom the
// API says and nobody else; whoever is turned away leaves no trace.
func TestRoles(t *testing.T) {
	for _, c := range calls {
		entrances[string(c.name[0]-'a'+'A')+c.name[1:]] = entrance{changers, func(ctx context.Context, s *svc, v who) error {
			_, err := c.do(ctx, s, v, "inc_none", in{})
			return err
		}}
	}
	methods := reflect.TypeFor[*incident.Service]()
	for n := range methods.NumMethod() {
		if name := methods.Method(n).Name; entrances[name].call == nil {
			t.Errorf("whom %s lets in is not tested", name)
		}
	}
	if got, want := len(entrances), methods.NumMethod(); got != want {
		t.Errorf("%d methods are tested, of %d", got, want)
	}
	if !slices.Equal(everyone, incident.Roles) {
		t.Errorf("the roles are %v, want %v", incident.Roles, everyone)
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		_, service := open(t, url)
		boss := person("boss", incident.RoleAdmin)
		before := mustHead(t, service, boss)
		for name, e := range entrances {
			check := func(what string, v who, want error) {
				t.Helper()
				if err := e.call(t.Context(), service, v); !errors.Is(err, want) {
					t.Errorf("%s by %s: got %v, want %v", name, what, err, want)
				}
				after := mustHead(t, service, boss)
				if want != nil && after != before {
					t.Errorf("%s by %s, who may not, wrote up to %d", name, what, after)
				}
				before = after
			}
			forbidden, unauthenticated := incident.ErrForbidden, incident.ErrUnauthenticated
			if e.needs == nil {
				forbidden, unauthenticated = nil, nil
			}
			for _, role := range everyone {
				want := forbidden
				if slices.Contains(e.needs, role) {
					want = nil
				}
				check(string(role), person(name+string(role), role), want)
			}
			check("nobody", who{}, unauthenticated)
			check("a role without a name", who{Roles: everyone}, unauthenticated)
			check("someone without a role", who{Actor: person("x").Actor}, forbidden)
			check("an unknown role", person("x", "BOSS", "admin", ""), forbidden)
			check("several roles", person(name+" all", everyone...), nil)
			want := forbidden
			if slices.Contains(e.needs, incident.RoleReader) || slices.Contains(e.needs, incident.RoleAuditor) {
				want = nil
			}
			check("two roles that only read", person(name+" two", incident.RoleReader, incident.RoleAuditor), want)
		}
		read, err := service.Read(boss)
		if err != nil {
			t.Fatal(err)
		}
		strangers, err := read.ActorsByID(t.Context(), []string{person("x").Actor.ID, ""})
		if err != nil || len(strangers) > 0 {
			t.Errorf("who was turned away is known: %v, %v", strangers, err)
		}
	})
}

package graph_test

import (
	"testing"
)

// serviceAccounts makes service accounts with keys. It returns a live and a
// deleted one.
func (e *everything) serviceAccounts(t *testing.T, s *server) []string {
	t.Helper()
	account := func(name string) string {
		return mustID(t, e.fine(t, "createServiceAccount", object{"clientMutationId": "account " + name, "serviceAccount": object{
			"name": name, "description": "D", "kind": "PLAYBOOK", "roles": []string{"READER"},
		}}), "serviceAccount", "id")
	}
	a, gone := account("A"), account("gone")
	e.with(t, "updateServiceAccount", a, "description", "E")
	issue := object{"id": a, "expiresAt": "2999-01-01T00:00:00Z", "clientMutationId": "issue"}
	p := e.fine(t, "issueApiKey", issue)
	key, id := mustID(t, p, "key"), mustID(t, p, "apiKey", "id")
	if _, err := s.service.ViewerOfKey(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if err := s.service.NoteKeyUses(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.with(t, "revokeApiKey", id)
	e.with(t, "deleteServiceAccount", gone)
	e.query(t, "serviceAccount", "id: $a", object{"a": a})
	for name, input := range map[string]object{
		"createServiceAccount": {"serviceAccount": object{"name": "A", "roles": []string{}}}, "updateServiceAccount": {"id": gone, "name": "x"},
		"deleteServiceAccount": {"id": a, "expectedVersion": 1}, "issueApiKey": {"id": a, "expiresAt": "2001-01-01T00:00:00Z"}, "revokeApiKey": {"id": "ttk_none"},
	} {
		if errs := e.run(t, name, input)["errors"].([]any); len(errs) == 0 {
			t.Errorf("%s %v was not refused", name, input)
		}
	}
	return []string{a, gone}
}

package incident_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// account makes a service account.
func (b *bench) account(name string, edits ...func(*incident.ServiceAccountInput)) incident.ServiceAccount {
	b.Helper()
	in := incident.ServiceAccountInput{Name: name, Roles: []incident.Role{incident.RoleResponder}}
	for _, edit := range edits {
		edit(&in)
	}
	p, err := b.service.CreateServiceAccount(b.ctx, b.boss, incident.CreateServiceAccountInput{ServiceAccount: in})
	b.ok(err, p.Errors)
	return *p.Definition
}

// key issues a key for a service account.
func (b *bench) key(id string, expires *time.Time) (incident.APIKey, string) {
	b.Helper()
	p, err := b.service.IssueAPIKey(b.ctx, b.boss, incident.IssueAPIKeyInput{ID: id, ExpiresAt: expires})
	b.ok(err, p.Errors)
	return *p.APIKey, *p.Key
}

func (b *bench) revoke(id string) *incident.APIKeyPayload {
	b.Helper()
	p, err := b.service.RevokeAPIKey(b.ctx, b.boss, incident.RevokeAPIKeyInput{ID: id})
	b.ok(err, p.Errors)
	return p
}

// signed puts the right checksum behind a key, in another way than the program.
func signed(body string) string {
	sum := new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(body)))).Text(62)
	digits := fmt.Sprintf("%06s", sum)
	// Go's digits are 0-9a-zA-Z, ours 0-9A-Za-z.
	return body + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return r
	}, digits)
}

// Whatever is not a key that was issued and still counts lets nobody in; beside
// each such key is one that does.
func TestForgedAPIKeys(t *testing.T) {
	eachBench(t, func(b *bench) {
		playbook := incident.KindPlaybook
		a := b.account("enrichment", func(in *incident.ServiceAccountInput) {
			in.Kind, in.Roles = &playbook, []incident.Role{incident.RoleAuditor, incident.RoleResponder, incident.RoleAuditor}
		})
		other := b.account("other")
		inAnHour := b.now().Add(time.Hour)
		_, honest := b.key(a.ID, &inAnHour)
		_, others := b.key(other.ID, nil)
		if !regexp.MustCompile(`^ttk_[0-9a-f]{20}_[0-9A-Za-z]{49}$`).MatchString(honest) || signed(honest[:len(honest)-6]) != honest {
			t.Fatalf("a key has another form: %s", honest)
		}
		lets, keeps := 0, 0
		accepted := func(what, key string, by incident.ServiceAccount) {
			t.Helper()
			lets++
			v, err := b.service.ViewerOfKey(b.ctx, key)
			if err != nil || v.Actor != by.Actor() || !slices.Equal(v.Roles, by.Roles) {
				t.Errorf("%s: got %+v, %v", what, v, err)
			}
		}
		refused := func(what, key string, want error) {
			t.Helper()
			keeps++
			if v, err := b.service.ViewerOfKey(b.ctx, key); !errors.Is(err, want) || v.Actor.ID != "" || v.Roles != nil {
				t.Errorf("%s: got %+v, %v, want %v", what, v, err, want)
			}
		}
		id, body := honest[:24], honest[:len(honest)-6]
		last := map[bool]string{true: "B", false: "A"}[body[len(body)-1] == 'A']
		forged := map[string]string{
			"empty": "", "prefix alone": "ttk_", "id alone": id, "no checksum": body, "no secret": signed(id + "_"),
			"checksum of nothing": body + "000000", "another checksum": body + signed("x")[1:], "checksum in another case": body + swapCase(honest[len(honest)-6:]),
			"one character changed": body[:len(body)-1] + last + honest[len(body):], "another secret": signed(body[:len(body)-1] + last),
			"another's secret": signed(id + others[24:len(others)-6]), "another's id": signed(others[:24] + body[24:]),
			"an id that is not there": signed("ttk_00000000000000000000" + body[24:]),
			"truncated":               honest[:len(honest)-1], "longer": honest + "0", "twice": honest + honest,
			"space before": " " + honest, "space behind": honest + " ", "line end behind": honest + "\n", "NUL behind": honest + "\x00", "tab within": honest[:30] + "\t" + honest[31:],
			"prefix in capitals": signed("TTK_" + body[4:]), "id in capitals": signed("ttk_" + strings.ToUpper(body[4:24]) + body[24:]), "all in capitals": strings.ToUpper(honest), "secret in the other case": signed(body[:25] + swapCase(body[25:])),
			"other letters that look alike": strings.Replace(honest, "ttk", "ttκ", 1), "full-width": strings.Replace(honest, "_", "＿", 1), "not UTF-8": honest[:40] + "\xff" + honest[41:],
			"10 KB": signed(body + strings.Repeat("A", 10_000)), "10 KB of keys": strings.Repeat(honest, 135), "SQL": "ttk_' OR '1'='1", "LIKE": signed("ttk_%%%%%%%%%%%%%%%%%%%%" + body[24:]),
			"hash in its place": signed(id + "_" + strings.Repeat("0", 43)), "a JWT": "eyJhbGciOiJub25lIn0.e30.", "another prefix": signed("whsec_" + body[4:]),
			"dash for underscore": signed(body[:24] + "-" + body[25:]), "id of 19": signed(body[:23] + body[24:]), "not a hexadecimal digit": signed(body[:5] + "g" + body[6:]),
		}
		for what, key := range forged {
			refused(what, key, incident.ErrKeyInvalid)
			accepted("the honest twin of "+what, honest, a)
		}
		accepted("another account's", others, other)

		_, expiring := b.key(a.ID, &inAnHour)
		revoked, revokedKey := b.key(a.ID, nil)
		_, kept := b.key(a.ID, nil)
		accepted("before it is revoked", revokedKey, a)
		if p := b.revoke(revoked.ID); p.APIKey.RevokedAt == nil || *p.APIKey.RevokedByID != b.boss.Actor.ID {
			t.Errorf("revoked: %+v", p.APIKey)
		}
		refused("revoked, at once", revokedKey, incident.ErrKeyInvalid)
		if p := b.revoke(revoked.ID); p.Event != nil || p.APIKey == nil {
			t.Errorf("revoked again: %+v", p)
		}
		accepted("not revoked", kept, a)
		b.later(time.Hour - time.Microsecond)
		accepted("before it expires", expiring, a)
		b.later(time.Microsecond)
		refused("expired", expiring, incident.ErrKeyExpired)
		refused("expired", honest, incident.ErrKeyExpired)
		refused("another secret of an expired one", signed(body[:len(body)-1]+last), incident.ErrKeyInvalid)
		accepted("without an end", kept, a)

		enable := func(on bool) {
			t.Helper()
			p, err := b.service.UpdateServiceAccount(b.ctx, b.boss, incident.UpdateServiceAccountInput{ID: a.ID, Enabled: optional(&on)})
			b.ok(err, p.Errors)
		}
		enable(false)
		refused("disabled, at once", kept, incident.ErrKeyInvalid)
		enable(true)
		accepted("enabled again", kept, a)
		few := []incident.Role{incident.RoleReader}
		p, err := b.service.UpdateServiceAccount(b.ctx, b.boss, incident.UpdateServiceAccountInput{ID: a.ID, Roles: optional(few), Name: set("renamed")})
		b.ok(err, p.Errors)
		v, err := b.service.ViewerOfKey(b.ctx, kept)
		if err != nil || v.Actor.ID != a.Actor().ID || v.Actor.Name != "renamed" || !slices.Equal(v.Roles, few) || v.Actor.Kind != incident.KindPlaybook {
			t.Errorf("renamed, with fewer roles: got %+v, %v", v, err)
		}
		gone, err := b.service.DeleteServiceAccount(b.ctx, b.boss, incident.DeleteDefinitionInput{ID: a.ID})
		b.ok(err, gone.Errors)
		refused("deleted, at once", kept, incident.ErrKeyInvalid)
		accepted("not deleted", others, other)
		if again := b.account("renamed"); again.Actor().ID == a.Actor().ID {
			t.Error("another account of the same name is the same actor")
		}
		t.Logf("%d keys that are forged or count no more refused, %d honest ones beside them accepted", keeps, lets)
	})
}

func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		if r >= 'A' && r <= 'Z' {
			return r - 'A' + 'a'
		}
		return r
	}, s)
}

// What another server revokes counts here within KeyCacheTime, and until then a
// key that was used lately costs no statement.
func TestRevocationReachesOtherServers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		b := benchOn(t, url)
		_, there := openAt(t, url, b.now)
		a := b.account("a")
		first, firstKey := b.key(a.ID, nil)
		_, kept := b.key(a.ID, nil)
		late, lateKey := b.key(a.ID, nil)
		valid := func(s *svc, key string) bool {
			t.Helper()
			_, err := s.ViewerOfKey(b.ctx, key)
			if err != nil && !errors.Is(err, incident.ErrKeyInvalid) {
				t.Fatal(err)
			}
			return err == nil
		}
		for _, key := range []string{firstKey, kept} {
			if !valid(there, key) || !valid(b.service, key) {
				t.Fatal("a good key is refused")
			}
		}
		b.revoke(first.ID)
		b.revoke(late.ID)
		if valid(b.service, firstKey) {
			t.Error("it still counts on the server that revoked it")
		}
		if valid(there, lateKey) {
			t.Error("a revoked key that was not used lately counts on the other")
		}
		b.later(incident.KeyCacheTime - time.Microsecond)
		if !valid(there, firstKey) {
			t.Error("the other server looked before it had to")
		}
		b.later(time.Microsecond)
		if valid(there, firstKey) {
			t.Errorf("after %s it still counts on the other server", incident.KeyCacheTime)
		}
		if !valid(there, kept) || !valid(b.service, kept) {
			t.Error("the key beside it counts no more")
		}
		// A clock that is set back does not make it last longer.
		disabled := false
		if !valid(there, kept) {
			t.Fatal("a good key is refused")
		}
		b.later(-time.Hour)
		p, err := b.service.UpdateServiceAccount(b.ctx, b.boss, incident.UpdateServiceAccountInput{ID: a.ID, Enabled: optional(&disabled)})
		b.ok(err, p.Errors)
		if valid(there, kept) {
			t.Error("what was read before the clock went back still counts")
		}
	})
}

// slowStore lets something happen between reading a key and answering.
type slowStore struct {
	*db.Store
	meanwhile func()
}

func (s *slowStore) APIKey(ctx context.Context, id string) (*incident.ServiceAccount, audit.Hash, error) {
	account, hash, err := s.Store.APIKey(ctx, id)
	if s.meanwhile != nil {
		s.meanwhile()
	}
	return account, hash, err
}

// What was read before a revocation on this server is not taken for true after
// it, however late the answer came.
func TestRevocationOvertakesLookup(t *testing.T) {
	eachBench(t, func(b *bench) {
		slow := &slowStore{Store: b.store}
		b.service = incident.New(slow, b.now)
		a := b.account("a")
		actors, err := b.store.ActorsByID(b.ctx, []string{a.Actor().ID})
		if err != nil || actors[a.Actor().ID] != a.Actor() {
			t.Errorf("an account that did nothing yet is known as %v, %v", actors, err)
		}
		k, key := b.key(a.ID, nil)
		slow.meanwhile = func() { slow.meanwhile = nil; b.revoke(k.ID) }
		if _, err := b.service.ViewerOfKey(b.ctx, key); err != nil {
			t.Fatalf("before it was revoked: %v", err)
		}
		if _, err := b.service.ViewerOfKey(b.ctx, key); !errors.Is(err, incident.ErrKeyInvalid) {
			t.Errorf("after it was revoked: %v", err)
		}
	})
}

// The limits, and what each refusal says.
func TestServiceAccountRefusals(t *testing.T) {
	eachBench(t, func(b *bench) {
		a := b.account("A")
		create := func(in incident.ServiceAccountInput) []incident.MutationError {
			p, err := b.service.CreateServiceAccount(b.ctx, b.boss, incident.CreateServiceAccountInput{ServiceAccount: in})
			b.ok(err, nil)
			return p.Errors
		}
		update := func(in incident.UpdateServiceAccountInput) []incident.MutationError {
			in.ID = a.ID
			p, err := b.service.UpdateServiceAccount(b.ctx, b.boss, in)
			b.ok(err, nil)
			return p.Errors
		}
		issue := func(in incident.IssueAPIKeyInput) []incident.MutationError {
			p, err := b.service.IssueAPIKey(b.ctx, b.boss, in)
			b.ok(err, nil)
			if p.Key != nil || p.APIKey != nil {
				t.Errorf("refused, and still: %+v", p.APIKey)
			}
			return p.Errors
		}
		reader, user, past := []incident.Role{incident.RoleReader}, incident.KindUser, b.now()
		for what, c := range map[string]struct {
			errs []incident.MutationError
			says string
		}{
			"no name":            {create(incident.ServiceAccountInput{Name: " ", Roles: reader}), "name must have from 1 to 200 characters"},
			"a long name":        {create(incident.ServiceAccountInput{Name: strings.Repeat("é", 201), Roles: reader}), "at most 200 characters, this one has 201"},
			"a line end in it":   {create(incident.ServiceAccountInput{Name: "a\nb", Roles: reader}), "name must not contain control characters"},
			"a name twice":       {create(incident.ServiceAccountInput{Name: "A ", Roles: reader}), "another service account has this name"},
			"no roles":           {create(incident.ServiceAccountInput{Name: "B"}), "roles must name at least one of"},
			"an unknown role":    {create(incident.ServiceAccountInput{Name: "B", Roles: []incident.Role{"ROOT"}}), "roles must be of"},
			"a person":           {create(incident.ServiceAccountInput{Name: "B", Roles: reader, Kind: &user}), "kind must be SERVICE or PLAYBOOK"},
			"a long description": {create(incident.ServiceAccountInput{Name: "B", Roles: reader, Description: ptr(strings.Repeat("x", 10_001))}), "at most 10000 characters"},
			"no new name":        {update(incident.UpdateServiceAccountInput{Name: incident.Optional[*string]{Set: true}}), "name cannot be null"},
			"no new roles":       {update(incident.UpdateServiceAccountInput{Roles: incident.Optional[[]incident.Role]{Set: true}}), "roles must name at least one of"},
			"not enabled or not": {update(incident.UpdateServiceAccountInput{Enabled: incident.Optional[*bool]{Set: true}}), "enabled cannot be null"},
			"an outdated view":   {issue(incident.IssueAPIKeyInput{ID: a.ID, Common: in{ExpectedVersion: ptr(7)}}), "version 7 was expected"},
			"a key of nobody":    {issue(incident.IssueAPIKeyInput{ID: "sva_none"}), "there is no such service account"},
			"a key of the past":  {issue(incident.IssueAPIKeyInput{ID: a.ID, ExpiresAt: &past}), "expiresAt has passed"},
		} {
			if len(c.errs) != 1 || !strings.Contains(c.errs[0].Error(), c.says) {
				t.Errorf("%s: got %v, want %q", what, c.errs, c.says)
			}
		}

		// Ten keys give access; of those that do not any more the list forgets the
		// oldest, and the history none.
		soon := b.now().Add(time.Second)
		var first string
		for n := range incident.MaxLiveKeys {
			k, key := b.key(a.ID, &soon)
			if n == 0 {
				first = key
			}
			if _, err := b.service.ViewerOfKey(b.ctx, key); err != nil || k.ExpiresAt == nil {
				t.Errorf("key %d: %v", n+1, err)
			}
		}
		if errs := issue(incident.IssueAPIKeyInput{ID: a.ID}); len(errs) != 1 || !strings.Contains(errs[0].Error(), "has 10 keys that give access, which is the limit") {
			t.Errorf("one key more: %v", errs)
		}
		b.later(time.Minute)
		issued := incident.MaxLiveKeys
		for range incident.MaxListedKeys - incident.MaxLiveKeys + 1 {
			k, _ := b.key(a.ID, nil)
			issued++
			if issued <= incident.MaxListedKeys {
				b.revoke(k.ID)
			}
		}
		now, err := b.service.ServiceAccount(b.ctx, b.alice, a.ID)
		if err != nil || len(now.Keys) != incident.MaxListedKeys || now.Keys[0].ID == first[:24] {
			t.Errorf("after %d keys the list has %d, %v", issued, len(now.Keys), err)
		}
		if _, err := b.service.ViewerOfKey(b.ctx, first); !errors.Is(err, incident.ErrKeyInvalid) {
			t.Errorf("a key that left the list: %v", err)
		}
		kept := 0
		for _, e := range b.defined(a.ID) {
			if e.Action == incident.APIKeyIssued {
				kept++
			}
		}
		if kept != issued {
			t.Errorf("the history has %d of %d keys", kept, issued)
		}
	})
}

// A redaction takes what an entry said of an account. What counts is what the
// account is now, and the trail still plays back (which the bench verifies).
func TestRedactedServiceAccount(t *testing.T) {
	eachBench(t, func(b *bench) {
		a := b.account("A")
		mutation := incident.IssueAPIKeyInput{ID: a.ID, Common: in{ClientMutationID: ptr("issue")}}
		issued, err := b.service.IssueAPIKey(b.ctx, b.boss, mutation)
		b.ok(err, issued.Errors)
		again, err := b.service.IssueAPIKey(b.ctx, b.boss, mutation)
		b.ok(err, again.Errors)
		if again.Key != nil || !again.Replayed || again.APIKey.ID != issued.APIKey.ID {
			t.Errorf("the same call again: %+v", again)
		}
		p, err := b.service.UpdateServiceAccount(b.ctx, b.boss, incident.UpdateServiceAccountInput{ID: a.ID, Name: set("B")})
		b.ok(err, p.Errors)
		var positions []int64
		for _, e := range b.defined(a.ID) {
			positions = append(positions, e.Position)
		}
		b.redact(positions[1:]...)
		if v, err := b.service.ViewerOfKey(b.ctx, *issued.Key); err != nil || v.Actor.Name != "B" {
			t.Errorf("got %+v, %v", v, err)
		}
		now, err := b.service.ServiceAccount(b.ctx, b.alice, a.ID)
		if err != nil || now.Name != "B" || len(now.Keys) != 1 {
			t.Errorf("got %+v, %v", now, err)
		}
		again, err = b.service.IssueAPIKey(b.ctx, b.boss, mutation)
		b.ok(err, again.Errors)
		if again.Key != nil || !again.Replayed || again.APIKey == nil {
			t.Errorf("the same call again, redacted: %+v", again)
		}
		b.revoke(issued.APIKey.ID)
	})
}

// Who owns the tables can put the hash of a key of their own in the place of
// another: the trail does not vouch for it, and it lets nobody in.
func TestSwappedHashLetsNobodyIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		b := benchOn(t, url)
		a := b.account("a")
		k, key := b.key(a.ID, nil)
		_, beside := b.key(a.ID, nil)
		forged := signed(k.ID + beside[24:len(beside)-6])
		blob := "x'%x'"
		if !strings.HasPrefix(url, "sqlite:") {
			blob = `'\x%x'::bytea`
		}
		dbtest.Tamper(t, url, "api_keys", fmt.Sprintf("UPDATE api_keys SET hash = "+blob+" WHERE id = '%s'", sha256.Sum256([]byte(forged)), k.ID))
		for what, key := range map[string]string{"the attacker's": forged, "the one that was issued": key} {
			if v, err := b.service.ViewerOfKey(b.ctx, key); !errors.Is(err, incident.ErrKeyInvalid) {
				t.Errorf("%s: got %+v, %v", what, v, err)
			}
		}
		if _, err := b.service.ViewerOfKey(b.ctx, beside); err != nil {
			t.Errorf("the key beside it: %v", err)
		}
	})
}

// What an external playbook does after a person is not taken for what the
// person set off, redacted or not.
func TestExternalPlaybookIsNoConsequence(t *testing.T) {
	eachBench(t, func(b *bench) {
		kind := incident.KindPlaybook
		a := b.account("playbook", func(in *incident.ServiceAccountInput) { in.Kind = &kind })
		_, key := b.key(a.ID, nil)
		outside, err := b.service.ViewerOfKey(b.ctx, key)
		b.ok(err, nil)
		outside.RequestID = "request of the playbook"
		create := incident.CreateIncidentInput{Title: "I", Severity: incident.SeverityLow, Common: in{ClientMutationID: ptr("create")}}
		made, err := b.service.CreateIncident(b.ctx, b.alice, create)
		b.ok(err, made.Errors)
		changed, err := b.service.UpdateIncident(b.ctx, outside, incident.UpdateIncidentInput{ID: made.Incident.ID, Title: set("J")})
		b.ok(err, changed.Errors)
		if changed.Event.ActorKind != string(kind) || changed.Event.Payload.ActorName != "playbook" || changed.Event.ActorID != a.Actor().ID {
			t.Errorf("got %+v", changed.Event)
		}
		b.redact(changed.Event.Position)
		again, err := b.service.CreateIncident(b.ctx, b.alice, create)
		b.ok(err, again.Errors)
		if again.Incident.Version != 1 {
			t.Errorf("the same call again: got version %d", again.Incident.Version)
		}
	})
}

package incident_test

import (
	"context"
	"fmt"
	"testing"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// When keys were used is written also when the server stops; what could not be
// written is told.
func TestKeyUsesAreWrittenAtTheEnd(t *testing.T) {
	eachBench(t, func(b *bench) {
		k, key := b.key(b.account("a").ID, nil)
		if _, err := b.service.ViewerOfKey(b.ctx, key); err != nil {
			t.Fatal(err)
		}
		stopped, stop := context.WithCancel(b.ctx)
		stop()
		if err := b.service.RunKeyUses(stopped, func(err error) { t.Error(err) }); err != nil {
			t.Error(err)
		}
		if uses, err := b.store.KeyUses(b.ctx, []string{k.ID}); err != nil || !uses[k.ID].Equal(b.now()) {
			t.Errorf("written are %v, %v, want %s", uses, err, b.now())
		}
	})
}

// A key that still gives access stays in the list, however old it is, and goes on
// giving it: one that gives none any longer makes place.
func TestLiveKeyStaysInTheList(t *testing.T) {
	eachBench(t, func(b *bench) {
		a := b.account("a")
		oldest, key := b.key(a.ID, nil)
		for range incident.MaxListedKeys {
			k, _ := b.key(a.ID, nil)
			b.revoke(k.ID)
		}
		now, err := b.service.ServiceAccount(b.ctx, b.alice, a.ID)
		if err != nil || len(now.Keys) != incident.MaxListedKeys || now.Keys[0].ID != oldest.ID {
			t.Errorf("the list has %d keys and begins with %s, %v; want %d and %s", len(now.Keys), now.Keys[0].ID, err, incident.MaxListedKeys, oldest.ID)
		}
		if _, err := b.service.ViewerOfKey(b.ctx, key); err != nil {
			t.Errorf("the oldest key: %v", err)
		}
	})
}

// Whoever makes keys up does not push those out of memory that are used: what is
// not there is not remembered.
func TestMadeUpKeysPushNoneOut(t *testing.T) {
	b := benchOn(t, dbtest.SQLite(t))
	lookups := 0
	b.service = incident.New(&slowStore{Store: b.store, meanwhile: func() { lookups++ }}, b.now)
	_, key := b.key(b.account("a").ID, nil)
	const many = incident.MaxServiceAccounts * incident.MaxLiveKeys
	for n := range many + 2 {
		made := key
		if n > 0 && n <= many {
			made = signed(fmt.Sprintf("ttk_%020x", n) + key[24:len(key)-6])
		}
		if _, err := b.service.ViewerOfKey(b.ctx, made); (err == nil) != (made == key) {
			t.Fatalf("key %d: %v", n, err)
		}
	}
	if lookups != many+1 {
		t.Errorf("%d keys were looked up, want the used one once and each made up one once, %d", lookups, many+1)
	}
}

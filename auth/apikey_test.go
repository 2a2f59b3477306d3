package auth

import (
	"context"
	"errors"
	"testing"

	"tasktrail/incident"
)

type keys map[string]error

func (k keys) ViewerOfKey(_ context.Context, key string) (incident.Viewer, error) {
	return incident.Viewer{Actor: incident.Actor{ID: "act_key"}}, k[key]
}

// A key is looked up, anything else is not; and a key that could not be looked
// up is not called wrong.
func TestWithKeys(t *testing.T) {
	away := errors.New("the database is away")
	verify := WithKeys(fake, keys{"ttk_bad": incident.ErrKeyInvalid, "ttk_old": incident.ErrKeyExpired, "ttk_away": away})
	for token, want := range map[string]struct {
		actor string
		err   error
	}{
		"good": {"act_1", nil}, "bad": {"", ErrInvalidToken}, "ttk_good": {"act_key", nil}, "TTK_good": {"", ErrInvalidToken}, " ttk_good": {"", ErrInvalidToken},
		"ttk_bad": {"", ErrInvalidToken}, "ttk_old": {"", ErrExpiredToken}, "ttk_away": {"", away},
	} {
		v, err := verify(t.Context(), token)
		if !errors.Is(err, want.err) || err == nil && v.Actor.ID != want.actor {
			t.Errorf("%s: got %+v, %v", token, v, err)
		}
		ctx, err := verify.login(t.Context(), token)
		if want.err == nil && (err != nil || verify.Recheck(ctx) != nil) {
			t.Errorf("%s: got %v", token, err)
		}
	}
	// A key that is revoked while a connection is open.
	k := keys{}
	verify = WithKeys(fake, k)
	ctx, err := verify.login(t.Context(), "ttk_x")
	if err != nil || verify.Recheck(ctx) != nil {
		t.Fatal(err)
	}
	k["ttk_x"] = incident.ErrKeyInvalid
	if err := verify.Recheck(ctx); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("checked again: got %v", err)
	}
}

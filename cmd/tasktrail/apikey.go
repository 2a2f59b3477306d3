package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tasktrail/incident"
)

// issue prints a new API key of the service account with the name, which it
// makes if there is none. What the account may do is not changed by the way.
func (c *tokenCmd) issue(ctx context.Context, out output, kind incident.ActorKind, roles []incident.Role) error {
	var expires *time.Time
	if c.TTL != nil && *c.TTL != 0 {
		if *c.TTL < time.Second {
			return usedWrongly(errors.New("--ttl of an API key must be at least 1s, or 0 for one that lasts until it is revoked"))
		}
		at := time.Now().Add(*c.TTL)
		expires = &at
	}
	return c.write(ctx, out, &c.checkpointKey, func(service *incident.Service) error {
		v := tokenViewer()
		account, err := c.account(ctx, service, v, kind, roles)
		if err != nil {
			return err
		}
		p, err := service.IssueAPIKey(ctx, v, incident.IssueAPIKeyInput{ID: account.ID, ExpiresAt: expires})
		if err != nil {
			return err
		}
		if len(p.Errors) > 0 {
			return answerIsNo(p.Errors[0])
		}
		if !account.Enabled {
			fmt.Fprintf(out.stderr, "the service account %q is disabled: the key gives access once it is enabled\n", account.Name)
		}
		fmt.Fprintln(out.stdout, *p.Key)
		return nil
	})
}

// account finds the service account with the name, or makes it.
func (c *tokenCmd) account(
	ctx context.Context, service *incident.Service, v incident.Viewer, kind incident.ActorKind, roles []incident.Role,
) (*incident.ServiceAccount, error) {
	reader, err := service.Read(v)
	if err != nil {
		return nil, err
	}
	defined, err := reader.Automation(ctx)
	if err != nil {
		return nil, err
	}
	name := strings.TrimSpace(c.Name)
	for _, a := range defined.ServiceAccounts {
		if a.Name != name {
			continue
		}
		others := slices.ContainsFunc(a.Roles, func(r incident.Role) bool { return !slices.Contains(roles, r) }) ||
			slices.ContainsFunc(roles, func(r incident.Role) bool { return !slices.Contains(a.Roles, r) })
		if others || a.Kind != kind {
			return nil, answerIsNo(fmt.Errorf("the service account %q is there already, of kind %s with the roles %s: ask for these, or take another name; updateServiceAccount changes roles",
				a.Name, a.Kind, listed(a.Roles)))
		}
		return &a, nil
	}
	p, err := service.CreateServiceAccount(ctx, v, incident.CreateServiceAccountInput{
		ServiceAccount: incident.ServiceAccountInput{Name: name, Kind: &kind, Roles: roles},
	})
	if err != nil {
		return nil, err
	}
	if len(p.Errors) > 0 {
		return nil, usedWrongly(p.Errors[0])
	}
	return p.Definition, nil
}

func listed(roles []incident.Role) string {
	names := make([]string, len(roles))
	for n, r := range roles {
		names[n] = strings.ToLower(string(r))
	}
	return strings.Join(names, ",")
}

// revoke takes the access from an API key, so that it can be done when nobody
// can log in. The id is all it takes: what follows it in a key is not needed.
func (c *tokenCmd) revoke(ctx context.Context, out output) error {
	return c.write(ctx, out, &c.checkpointKey, func(service *incident.Service) error {
		p, err := service.RevokeAPIKey(ctx, tokenViewer(), incident.RevokeAPIKeyInput{ID: c.Revoke})
		if err != nil {
			return err
		}
		if len(p.Errors) > 0 {
			return answerIsNo(errors.New("there is no API key with this id: it is the first 24 characters of the key, ttk_ and 20 digits"))
		}
		what := "revoked"
		if p.Event == nil {
			what = "was revoked already"
		}
		fmt.Fprintf(out.stdout, "%s of the service account %q %s; servers refuse it within %s\n", p.APIKey.ID, p.Definition.Name, what, incident.KeyCacheTime)
		return nil
	})
}

// tokenViewer is who acts: whoever may write to the database may give access to
// it, so it is not asked who that is.
func tokenViewer() incident.Viewer {
	return incident.Viewer{
		Actor: incident.Actor{
			ID: incident.ActorID("tasktrail", "system:token"), Name: "tasktrail token", Kind: incident.KindSystem,
		},
		RequestID: "token-" + rand.Text(),
		Roles:     []incident.Role{incident.RoleAdmin},
	}
}

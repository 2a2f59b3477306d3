package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tasktrail/auth"
	"tasktrail/incident"
)

type tokenCmd struct {
	keyFile
	database
	checkpointKey
	Name   string         `help:"Who the token is for; stands in the trail for what is done with it."`
	Role   []string       `required:"" xor:"what" enum:"reader,responder,contributor,auditor,admin" help:"What it may do: ${enum}; several parted by commas."`
	Kind   string         `default:"user" enum:"user,service,playbook" help:"Who uses it: ${enum} (${default}). For a user it is signed with the server's key and nowhere else; a service or an external playbook gets a service account in the database, if there is none of that name, and a further API key."`
	TTL    *time.Duration `placeholder:"DURATION" help:"How long it is valid: from 1s to 8784h for a user (12h), at least 1s for an API key, or 0 until it is revoked (0)."`
	Revoke string         `required:"" xor:"what" placeholder:"ID" help:"Take the access from an API key instead of making one: its first 24 characters."`
}

// defaultTTL is how long the token of a person lasts.
const defaultTTL = 12 * time.Hour

// Run prints the token and nothing else, so that it can be put in a variable.
func (c *tokenCmd) Run(ctx context.Context, out output) error {
	switch {
	case c.Revoke != "":
		return c.revoke(ctx, out)
	case c.Name == "":
		return usedWrongly(errors.New("--name must say who the token is for"))
	}
	roles := make([]incident.Role, len(c.Role))
	for i, role := range c.Role {
		roles[i] = incident.Role(strings.ToUpper(role))
	}
	if kind := incident.ActorKind(strings.ToUpper(c.Kind)); kind != incident.KindUser {
		return c.issue(ctx, out, kind, roles)
	}
	key, err := auth.LoadKey(c.Key)
	if err != nil {
		return err
	}
	ttl := defaultTTL
	if c.TTL != nil {
		ttl = *c.TTL
	}
	token, err := key.Sign(c.Name, incident.KindUser, roles, ttl, time.Now())
	if err != nil {
		return usedWrongly(err)
	}
	fmt.Fprintln(out.stdout, token)
	return nil
}

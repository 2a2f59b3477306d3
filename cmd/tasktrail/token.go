package main

import (
	"fmt"
	"strings"
	"time"

	"tasktrail/auth"
	"tasktrail/incident"
)

type tokenCmd struct {
	keyFile
	Name string        `required:"" help:"Who the token is for; stands in the trail for what is done with it."`
	Role []string      `required:"" enum:"reader,responder,contributor,auditor,admin" help:"What it may do: ${enum}; several parted by commas."`
	Kind string        `default:"user" enum:"user,service" help:"Whether a person or a program uses it: ${enum} (${default})."`
	TTL  time.Duration `default:"12h" help:"How long it is valid, from 1s to 8784h (${default})."`
}

// Run prints the token and nothing else, so that it can be put in a variable.
func (c *tokenCmd) Run(out output) error {
	key, err := auth.LoadKey(c.Key)
	if err != nil {
		return err
	}
	roles := make([]incident.Role, len(c.Role))
	for i, role := range c.Role {
		roles[i] = incident.Role(strings.ToUpper(role))
	}
	token, err := key.Sign(c.Name, incident.ActorKind(strings.ToUpper(c.Kind)), roles, c.TTL, time.Now())
	if err != nil {
		return usedWrongly(err)
	}
	fmt.Fprintln(out.stdout, token)
	return nil
}

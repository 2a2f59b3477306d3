package main

import (
	"fmt"
	"io"
	"net"
	"os/user"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/auth"
	"tasktrail/incident"
)

// helloHours is how long the token lasts that the server prints.
const helloHours = 12

// hello is what the server says when it is ready.
type hello struct {
	out      io.Writer
	log      zerolog.Logger
	address  net.Addr
	secure   bool
	key      *auth.Key // nil: local tokens are not accepted
	database string
	verifier string // of checkpoints
}

// say prints where the server is. On a loopback address, which only this
// machine reaches, it also prints a token and what to try with it.
func (h hello) say() {
	tcp, _ := h.address.(*net.TCPAddr)
	engine, _, _ := strings.Cut(h.database, ":")
	h.log.Info().Str("address", h.address.String()).Str("database", engine).Str("version", version()).Msg("ready")
	scheme := "http"
	if h.secure {
		scheme = "https"
	}
	url := scheme + "://" + h.address.String() + "/graphql"
	fmt.Fprintf(h.out, "tasktrail is ready at %s\nIts checkpoints can be checked with the key %s\n", url, h.verifier)
	local := tcp != nil && tcp.IP.IsLoopback()
	if !local && !h.secure {
		h.log.Warn().Msg("tokens travel unencrypted: use --tls-cert and --tls-key, or a proxy that ends TLS on this machine")
	}
	if h.key == nil {
		fmt.Fprintln(h.out, "Tokens come from the providers that --oidc names; of the command token, only the API keys of programs are accepted")
		return
	}
	if !local {
		fmt.Fprintln(h.out, "Make a token with: tasktrail token --name NAME --role responder")
		return
	}
	v := localViewer()
	token, err := h.key.Sign(v.Actor.Name, v.Actor.Kind, v.Roles, helloHours*time.Hour, time.Now())
	if err != nil {
		h.log.Warn().Err(err).Msg("no token to print")
		return
	}
	insecure := ""
	if h.secure {
		insecure = "k"
	}
	fmt.Fprintf(h.out, hellos, v.Actor.Name, helloHours, token, url, insecure)
}

// localViewer is whoever started the server.
func localViewer() incident.Viewer {
	name := "local"
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	return incident.Viewer{
		Actor: incident.Actor{Name: name, Kind: incident.KindUser}, Roles: []incident.Role{incident.RoleResponder},
	}
}

const hellos = `
Things to try, in another terminal, as %[1]s with role responder (the token lasts %[2]d hours):

export TOKEN=%[3]s

# the newest incidents and how far their tasks are
curl -s%[5]s %[4]s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
  -d '{"query":"{ incidents(first: 5) { nodes { id number title status progress { completed total } } } }"}'

# watch every change as it happens (leave it running)
curl -sN%[5]s %[4]s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -H 'Accept: text/event-stream' \
  -d '{"query":"subscription { auditEvents { position action actor { name } incident { number title } task { title } } }"}'

# change something
curl -s%[5]s %[4]s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
  -d '{"query":"mutation { createIncident(input: { title: \"My first incident\", severity: LOW }) { incident { id number } event { position hash } errors { message path } } }"}'
`

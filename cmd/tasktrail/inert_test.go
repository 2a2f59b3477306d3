package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"tasktrail/db/dbtest"
)

// campaign sends hostile texts through every door of a server.
type campaign struct {
	*server
	t     *testing.T
	texts []string
	sent  map[string]int // by door
}

// Whatever anybody writes, wherever: what comes out, as a table, a log, an error
// or on a terminal, is inert.
func TestHostileTexts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, databaseURL string) {
		c := &campaign{server: serve(t, databaseURL, t.TempDir(), "--log-level=debug"), t: t, texts: hostile(), sent: map[string]int{}}
		if len(c.texts) < 130 {
			t.Errorf("%d texts, want at least 130", len(c.texts))
		}
		moves, formulas := 0, 0 // the control: the checks find them as they are
		for _, text := range c.texts {
			if moving(text) != "" {
				moves++
			}
			if formula(text) {
				formulas++
			}
		}
		if moves < 50 || formulas < 51 {
			t.Errorf("the checks find %d of the texts that move and %d formulas", moves, formulas)
		}
		c.token = c.as(t, "contributor,auditor")
		c.fields()
		paths := 0
		if strings.HasPrefix(databaseURL, "sqlite:") { // these doors have no database behind them
			c.requests()
			c.raw()
			c.sockets()
			paths = len(c.texts)
		}
		c.tables()
		c.commands()
		c.logs(paths)
		t.Logf("%d texts, of which %d move and %d are formulas, sent: %v", len(c.texts), moves, formulas, c.sent)
	})
}

func (c *campaign) document(query string, variables map[string]any) map[string]any {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.send(c.t, http.DefaultClient, body)
}

// fields sends the texts where they are kept, and looks at what a webhook would
// be sent.
func (c *campaign) fields() {
	hook := c.document(`mutation { createWebhook(input: {webhook: {name: "W", url: "https://hooks.invalid/"}}) { webhook { id } } }`, nil)
	id := hook["createWebhook"].(map[string]any)["webhook"].(map[string]any)["id"]
	c.document(`mutation($w: ID!) { createRule(input: {rule: {name: "R", trigger: INCIDENT_CREATED, actions: [{callWebhook: {webhookId: $w}}]}}) { errors { message } } }`, map[string]any{"w": id})
	c.sent["fields"], c.sent["URLs"] = 5*len(c.texts), len(c.texts)
	var work errgroup.Group
	work.SetLimit(16) // they share commits
	for _, text := range c.texts {
		work.Go(func() error {
			short := text
			if len(short) > 100 {
				short = text[len(text)-10:]
			}
			data := c.document(`mutation($s: String!, $d: String, $k: String!, $l: [String!]) {
				createIncident(input: {title: $s, description: $d, severity: LOW, labels: $l, reason: $d, clientMutationId: $k}) { incident { title description } errors { message } }
				createWebhook(input: {webhook: {name: $k, url: $s}}) { errors { message } } }`,
				map[string]any{"s": text, "d": text, "k": short, "l": []string{short}})
			made, ok := data["createIncident"].(map[string]any)["incident"].(map[string]any)
			if !ok || made["description"] != text {
				return fmt.Errorf("%q: %v", text, data)
			}
			if errs := data["createWebhook"].(map[string]any)["errors"].([]any); len(errs) == 0 {
				return fmt.Errorf("%q is taken for a URL", text)
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		c.t.Error(err)
	}
	data := c.document(`query($w: ID!) { node(id: $w) { ... on Webhook { deliveries(first: 200) { nodes { body } } } } }`, map[string]any{"w": id})
	calls := data["node"].(map[string]any)["deliveries"].(map[string]any)["nodes"].([]any)
	for _, call := range calls {
		body, _ := call.(map[string]any)["body"].(string)
		if !json.Valid([]byte(body)) || strings.ContainsAny(body, "\r\n\x1b<>") {
			c.t.Errorf("a call would send %q", body)
		}
	}
	if c.sent["calls"] = len(calls); len(calls) < 130 {
		c.t.Errorf("%d calls", len(calls))
	}
}

var ownRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// requests sends them as everything else that a request is made of.
func (c *campaign) requests() {
	base := strings.TrimSuffix(c.url, "/graphql")
	for _, text := range c.texts {
		body, err := json.Marshal(map[string]any{"query": "query " + text + " { " + text + ": viewer { roles } }", "operationName": text, "variables": map[string]any{text: text}, "extensions": map[string]any{text: 1}, text: 1})
		if err != nil {
			c.t.Fatal(err)
		}
		for _, r := range []struct{ method, path, body, token string }{
			{"POST", "/graphql", string(body), c.token},
			{"POST", "/graphql", `{"query":"{ viewer { roles } }"}`, strings.NewReplacer("\n", "", "\r", "").Replace(text)},
			{"GET", "/trail/" + url.PathEscape(text), "", c.token},
			{"GET", "/trail/export?format=" + url.QueryEscape(text) + "&" + url.QueryEscape(text) + "=1", "", c.token},
			{"GET", "/graphql?query=" + url.QueryEscape(text), "", c.token},
		} {
			request, err := http.NewRequestWithContext(c.t.Context(), r.method, base+r.path, strings.NewReader(r.body))
			if err != nil {
				c.t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/json")
			request.Header["Authorization"] = []string{"Bearer " + strings.Map(func(r rune) rune {
				if r < ' ' || r == 0x7f {
					return -1
				}
				return r
			}, r.token)}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				c.t.Fatal(err)
			}
			answer, _ := io.ReadAll(response.Body)
			_ = response.Body.Close()
			c.harmless(response, answer)
			c.sent["requests"]++
		}
	}
}

// harmless looks at an answer.
func (c *campaign) harmless(response *http.Response, body []byte) {
	c.t.Helper()
	for name, values := range response.Header {
		if strings.Contains(fmt.Sprint(name, values), "MARK") {
			c.t.Errorf("the header %s of an answer is %q", name, values)
		}
	}
	if kind := response.Header.Get("Content-Type"); strings.Contains(kind, "json") && !json.Valid(body) || strings.Contains(kind, "html") {
		c.t.Errorf("%s: %s", kind, body)
	}
	if id := response.Header.Get("X-Request-Id"); id != "" && !ownRequestID.MatchString(id) {
		c.t.Errorf("the request id is %q", id)
	}
}

// raw writes them into headers as they are, which no client would.
func (c *campaign) raw() {
	host := strings.TrimSuffix(strings.TrimPrefix(c.url, "http://"), "/graphql")
	for _, text := range c.texts {
		for _, header := range []string{"X-Request-Id", "X-Forwarded-For", "User-Agent", "Origin", "Sec-WebSocket-Protocol", "Accept", "Last-Event-ID", "Authorization"} {
			conn, err := net.Dial("tcp", host)
			if err != nil {
				c.t.Fatal(err)
			}
			_, err = fmt.Fprintf(conn, "GET /graphql?x=%s HTTP/1.1\r\nHost: x\r\n%s: %s\r\nConnection: close\r\n\r\n", url.QueryEscape(text), header, text)
			if err != nil {
				c.t.Fatal(err)
			}
			if response, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
				body, _ := io.ReadAll(response.Body)
				c.harmless(response, body)
				if strings.Contains(string(body), "MARK") {
					c.t.Errorf("%s: the answer repeats %q: %s", header, text, body)
				}
			}
			_ = conn.Close()
			c.sent["headers"]++
		}
	}
}

// sockets sends them as ids and as messages that end the socket.
func (c *campaign) sockets() {
	for _, text := range c.texts {
		id, err := json.Marshal(text)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, message := range []string{
			`{"type":"connection_init","payload":{"authorization":` + string(id) + `}}`,
			`{"type":` + string(id) + `}`, string(id), text,
			`{"type":"subscribe","id":` + string(id) + `,"payload":{"query":` + string(id) + `}}`,
		} {
			conn, _, err := websocket.Dial(c.t.Context(), "ws"+strings.TrimPrefix(c.url, "http"), &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
			if err != nil {
				c.t.Fatal(err)
			}
			if err := conn.Write(c.t.Context(), websocket.MessageText, []byte(message)); err != nil {
				c.t.Fatal(err)
			}
			_, _, err = conn.Read(c.t.Context())
			if websocket.CloseStatus(err) < 4400 || strings.Contains(fmt.Sprint(err), "MARK") || moving(fmt.Sprint(err)) != "" {
				c.t.Errorf("%q: closed with %q", message, err)
			}
			_ = conn.CloseNow()
			c.sent["messages"]++
		}
	}
}

// tables reads the exports as spreadsheets and programs do.
func (c *campaign) tables() {
	name := regexp.MustCompile(`^attachment; filename="tasktrail-[0-9a-f]{8}-[0-9]+\.(csv|jsonl)"$`)
	response, text := c.fetch(c.t, http.MethodGet, "/trail/export?format=csv", c.token)
	if !name.MatchString(response.Header.Get("Content-Disposition")) {
		c.t.Errorf("the file is called %q", response.Header.Get("Content-Disposition"))
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil {
		c.t.Fatal(err)
	}
	cells, found := 0, 0
	for _, row := range rows {
		for _, cell := range row {
			cells++
			if strings.Contains(cell, "MARK") {
				found++
			}
			if formula(cell) {
				c.t.Errorf("the cell %q is a formula", cell)
			}
		}
	}
	_, whole := c.fetch(c.t, http.MethodGet, "/trail/export", c.token)
	lines := strings.Split(strings.TrimSuffix(whole, "\n"), "\n")
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			c.t.Errorf("no JSON: %q", line)
		}
	}
	if found < 4*130 || len(lines) < 130 {
		c.t.Errorf("%d of %d cells, and %d lines hold the texts", found, cells, len(lines))
	}
	c.sent["cells"] = found
}

// commands looks at what the commands print for people.
func (c *campaign) commands() {
	inert := func(args ...string) string {
		c.t.Helper()
		out, errs, _ := command(append(args, c.dbFlag)...)
		if at := moving(out + errs); at != "" {
			c.t.Errorf("%q prints %s: %.300q", args, at, out+errs)
		}
		c.sent["commands"]++
		return out + errs
	}
	var incidents, faults, rules []map[string]any
	for _, text := range c.texts {
		incidents = append(incidents, map[string]any{"title": text, "severity": "LOW", "tasks": []any{map[string]any{"title": text}}})
		faults = append(faults, map[string]any{"title": text, "severity": text, text: text})
		rules = append(rules, map[string]any{"name": text, text: 1, "steps": []any{map[string]any{"title": text}}})
	}
	file := func(content any) string {
		text, err := json.Marshal(content)
		if err != nil {
			c.t.Fatal(err)
		}
		var ascii bytes.Buffer // YAML takes some of them only as escapes
		_, _ = escaping{&ascii}.Write(text)
		return mustWrite(c.t, ascii.String())
	}
	printed := inert("import", "--dry-run", file(map[string]any{"incidents": incidents}))
	if strings.Count(printed, "MARK") < 130 {
		c.t.Errorf("the dry run prints %s", printed)
	}
	for line := range strings.SplitSeq(printed, "\n") {
		if strings.Contains(line, "MARK") && !strings.HasPrefix(line, "LOW ") {
			c.t.Errorf("a title has made a line of its own: %q", line)
		}
	}
	names := 0
	for from := 0; from < len(faults); from += 20 {
		upTo := min(from+20, len(faults))
		inert("import", "--dry-run", file(map[string]any{"incidents": faults[from:upTo]}))
		inert("import", "--dry-run", file(map[string]any{"playbooks": rules[from:upTo]}))
		for n := from; n < upTo; n++ {
			delete(rules[n], c.texts[n])
		}
		names += strings.Count(inert("import", "--dry-run", file(map[string]any{"playbooks": rules[from:upTo]})), "MARK")
	}
	if names < 100 { // YAML does not take them all, and then none of its file
		c.t.Errorf("%d names of playbooks are printed", names)
	}
	for _, text := range []string{c.texts[55], c.texts[62], c.texts[77]} { // a title of the window, a carriage return, another direction
		literal := strings.ReplaceAll(text, "'", "''")
		dbtest.Tamper(c.t, strings.TrimPrefix(c.dbFlag, "--database="), "incidents", "UPDATE incidents SET title = '"+literal+"' WHERE number = 7")
		if printed := inert("verify"); !strings.Contains(printed, "MARK") {
			c.t.Errorf("verify prints %s", printed)
		}
		if printed := inert("token", "--name=x", "--role=reader", "--key=none/"+text); !strings.Contains(printed, "MARK") { // nothing quotes it there
			c.t.Errorf("a key that is not there: %s", printed)
		}
		inert("export", "--format="+text)
		inert("export", "--since="+text)
		inert("token", "--name="+text, "--role=reader", c.keyFlag())
	}
	inert("doctor")
}

// logs reads the log as programs and people do. Of what was sent only paths may
// be in it.
func (c *campaign) logs(paths int) {
	var people bytes.Buffer
	console := zerolog.ConsoleWriter{Out: &people, NoColor: true}
	lines, marked := 0, 0
	for line := range strings.SplitSeq(strings.TrimSuffix(c.log.String(), "\n"), "\n") {
		lines++
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry["level"] == nil || entry["message"] == "forged" {
			c.t.Errorf("no line of the log: %q", line)
			continue
		}
		if at := moving(line); at != "" {
			c.t.Errorf("%s in the log: %q", at, line)
		}
		for name, value := range entry {
			if path := strings.Contains(fmt.Sprint(name, value), "MARK"); path && name == "path" {
				marked++
			} else if path {
				c.t.Errorf("%s is in the log: %q", name, line)
			}
		}
		before := bytes.Count(people.Bytes(), []byte("\n"))
		if _, err := console.Write([]byte(line + "\n")); err != nil {
			c.t.Errorf("the console: %v", err)
		}
		if bytes.Count(people.Bytes(), []byte("\n")) != before+1 {
			c.t.Errorf("more than a line for people: %q", line)
		}
	}
	if at := moving(people.String()); at != "" {
		c.t.Errorf("%s in the log for people", at)
	}
	if strings.Contains(c.log.String(), c.token) || marked < paths {
		c.t.Errorf("the log holds the token, or only %d paths", marked)
	}
	c.sent["lines"] = lines
}

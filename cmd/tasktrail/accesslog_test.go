package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// recorded returns the access log of a database that nobody writes, one line for
// each action, reason and address, with how many accesses there were, sorted.
func recorded(t *testing.T, url string) []string {
	t.Helper()
	rows, err := dbtest.Raw(t, url).QueryContext(t.Context(), `SELECT action, outcome, COALESCE(reason, '-'), COALESCE(actor_name, '-'), COALESCE(address, '-'), subjects, SUM(count)
		FROM access_log GROUP BY action, outcome, reason, actor_name, address, subjects`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var lines []string
	for rows.Next() {
		var action, outcome, reason, actor, address, subjects string
		var count int
		if err := rows.Scan(&action, &outcome, &reason, &actor, &address, &subjects, &count); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %s %s [%s] %d", action, outcome, reason, actor, address, subjects, count))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

// init begins a socket from an address and returns what it was closed with.
func (s *siege) init(n int, upgrade http.Header, payload string) websocket.StatusCode {
	s.t.Helper()
	upgrade.Set("X-Forwarded-For", from(n))
	conn, _, err := websocket.Dial(s.t.Context(), "ws://"+s.address+"/graphql", &websocket.DialOptions{
		HTTPClient: s.client, Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: upgrade,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	if err := conn.Write(s.t.Context(), websocket.MessageText, []byte(`{"type":"connection_init","payload":`+payload+`}`)); err != nil {
		s.t.Fatal(err)
	}
	_, _, err = conn.Read(s.t.Context())
	return websocket.CloseStatus(err)
}

// Every token that is refused, on every way in, is in the access log with its
// reason once the server has stopped, also those that were not looked at and
// those that are only counted; and an export with its end.
func TestRefusedTokensAreRecorded(t *testing.T) {
	s := besiege(t, "--address-bad-tokens=1")
	mustFill(t, strings.TrimPrefix(s.dbFlag, "--database="), 4)
	expired, err := s.key.Sign("alice", incident.KindUser, []incident.Role{incident.RoleReader}, time.Minute, time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	send := func(n int, path, token string) int {
		response, _ := s.ask(http.MethodGet, path, "", "Authorization", "Bearer "+token, "X-Forwarded-For", from(n))
		return response.StatusCode
	}
	for n, path := range []string{"/graphql", "/trail/export", "/trail/checkpoint"} {
		if got := send(n, path, expired); got != http.StatusUnauthorized {
			t.Errorf("%s: got %d", path, got)
		}
	}
	answers, closed := map[int]int{}, map[websocket.StatusCode]int{}
	for range 12 { // more than are written one by one
		answers[send(10, "/graphql", "ttk_bad")]++
		closed[s.init(11, http.Header{}, `{"authorization":"Bearer bad"}`)]++
	}
	bad, unchecked := answers[http.StatusUnauthorized], answers[http.StatusTooManyRequests]
	if bad == 0 || unchecked == 0 || bad+unchecked != 12 || len(closed) == 0 {
		t.Fatalf("answered with %v, closed with %v", answers, closed)
	}
	// Nothing is known of whoever comes with a bad token, whatever came before it.
	header := http.Header{"Authorization": {"Bearer " + s.sign("bob", time.Hour)}}
	for n, got := range []websocket.StatusCode{s.init(20, header, `{"authorization":"Bearer bad"}`), s.init(21, http.Header{}, `null`)} {
		if got < 4400 || got > 4499 {
			t.Errorf("socket %d: closed with %d", n, got)
		}
	}
	if got := send(30, "/trail/export?format=csv&actorKind=USER", s.as(t, "auditor")); got != http.StatusOK {
		t.Errorf("export: got %d", got)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	var got []string
	sockets := map[string]int{}
	for _, line := range recorded(t, strings.TrimPrefix(s.dbFlag, "--database=")) {
		var reason string
		var n int
		if _, err := fmt.Sscanf(line, "AUTHENTICATION REFUSED %s - 10.0.0.11 [] %d", &reason, &n); err == nil {
			sockets[reason] += n
		} else {
			got = append(got, line)
		}
	}
	want := []string{
		"AUTHENTICATION REFUSED EXPIRED_TOKEN - 10.0.0.0 [] 1",
		"AUTHENTICATION REFUSED EXPIRED_TOKEN - 10.0.0.1 [] 1",
		"AUTHENTICATION REFUSED EXPIRED_TOKEN - 10.0.0.2 [] 1",
		fmt.Sprintf("AUTHENTICATION REFUSED INVALID_TOKEN - 10.0.0.10 [] %d", bad),
		fmt.Sprintf("AUTHENTICATION REFUSED RATE_LIMITED - 10.0.0.10 [] %d", unchecked),
		"AUTHENTICATION REFUSED INVALID_TOKEN - 10.0.0.20 [] 1",
		"AUTHENTICATION REFUSED NO_TOKEN - 10.0.0.21 [] 1",
		"EXPORT ALLOWED - auditor 10.0.0.30 [csv,actorKind] 1",
		"EXPORT_ENDED ALLOWED - auditor 10.0.0.30 [csv,actorKind] 1",
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if sockets["INVALID_TOKEN"] == 0 || sockets["RATE_LIMITED"] == 0 || sockets["INVALID_TOKEN"]+sockets["RATE_LIMITED"] != 12 {
		t.Errorf("of 12 sockets: %v", sockets)
	}
}

// What is asked while the server stops already is in the log as well.
func TestLastRequestsAreRecorded(t *testing.T) {
	url := dbtest.SQLite(t)
	s := serve(t, url, t.TempDir())
	conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(s.url, "http://"), "/graphql"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n",
		s.as(t, "auditor"), len(jsonQuery))
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	if begun, err := http.ReadResponse(in, nil); err != nil || begun.StatusCode != http.StatusContinue {
		t.Fatalf("got %v, %v", begun, err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	s.log.find(t, `"message":"stopping"`)
	if _, err := io.WriteString(conn, jsonQuery); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(in, nil)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("got %v, %v", response, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if got, want := recorded(t, url), []string{"OPERATION ALLOWED - auditor 127.0.0.1 [Query.viewer] 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// An export by the command is in the log with its end, whole or cut short.
func TestExportOfTheCommandIsRecorded(t *testing.T) {
	url := dbtest.SQLite(t)
	mustFill(t, url, 4)
	if out, errs, code := command("export", "--database="+url, "--format=csv"); code != 0 {
		t.Fatalf("got %d, %s%s", code, out, errs)
	}
	if out, errs, code := command("export", "--database="+url, "--format=csv", "--output="+mustWrite(t, "it is there already")); code == 0 {
		t.Fatalf("got %d, %s%s", code, out, errs)
	}
	want := []string{"EXPORT ALLOWED - tasktrail export - [csv] 2", "EXPORT_ENDED ALLOWED - tasktrail export - [csv] 1", "EXPORT_ENDED ALLOWED CUT_SHORT tasktrail export - [csv] 1"}
	if got := recorded(t, url); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

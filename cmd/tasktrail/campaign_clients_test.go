package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// watch subscribes as one of the good, and returns the positions it gets.
func (s *siege) watch(n, events int, after string, began func()) ([]int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	next, end, err := s.subscribe(ctx, n, after)
	if err != nil {
		return nil, err
	}
	defer end()
	began()
	var got []int
	for len(got) < events {
		text, err := next()
		if err != nil {
			return got, err
		}
		var event struct {
			Data struct{ AuditEvents struct{ Position int } }
		}
		if err := json.Unmarshal(text, &event); err != nil || event.Data.AuditEvents.Position == 0 {
			return got, fmt.Errorf("%w in %s", err, text)
		}
		got = append(got, event.Data.AuditEvents.Position)
	}
	return got, nil
}

// subscribe opens a subscription, every second one over a WebSocket. next
// returns what the events hold.
func (s *siege) subscribe(ctx context.Context, n int, after string) (next func() ([]byte, error), end func(), err error) {
	payload := map[string]any{"query": watching, "variables": map[string]any{"after": after}}
	user := fmt.Sprint("watcher", n/10) // ten tabs each
	if n%2 == 0 {
		conn, err := s.dial(ctx, n, user)
		if err != nil {
			return nil, nil, err
		}
		text, _ := json.Marshal(map[string]any{"type": "subscribe", "id": "1", "payload": payload})
		return func() ([]byte, error) {
			for {
				_, text, err := conn.Read(ctx)
				var message struct {
					Type    string
					Payload json.RawMessage
				}
				if err != nil || json.Unmarshal(text, &message) != nil || message.Type == "next" {
					return message.Payload, err
				}
				if message.Type != "ping" {
					return nil, fmt.Errorf("got %s", text)
				}
				if err := conn.Write(ctx, websocket.MessageText, []byte(`{"type":"pong"}`)); err != nil {
					return nil, err
				}
			}
		}, func() { _ = conn.CloseNow() }, conn.Write(ctx, websocket.MessageText, text)
	}
	body, _ := json.Marshal(payload)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + s.sign(user, time.Hour), "Content-Type": "application/json",
		"Accept": "text/event-stream", "X-Forwarded-For": from(n),
	} {
		r.Header.Set(name, value)
	}
	response, err := s.client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(response.Body)
		return nil, nil, errors.Join(fmt.Errorf("%s: %s", response.Status, text), response.Body.Close())
	}
	lines := bufio.NewScanner(response.Body)
	return func() ([]byte, error) {
		for lines.Scan() {
			if data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: ")); ok {
				return data, nil
			}
		}
		return nil, errors.Join(io.ErrUnexpectedEOF, lines.Err())
	}, func() { _ = response.Body.Close() }, nil
}

// dial opens a socket that the server has let in. Like clients of the protocol, it
// comes again when it was too late with connection_init, as this machine is when
// it plays all attackers too.
func (s *siege) dial(ctx context.Context, n int, user string) (*websocket.Conn, error) {
	for {
		conn, err := s.dialOnce(ctx, n, user)
		if websocket.CloseStatus(err) != 4408 {
			return conn, err
		}
		s.again.Add(1)
	}
}

func (s *siege) dialOnce(ctx context.Context, n int, user string) (*websocket.Conn, error) {
	conn, _, err := websocket.Dial(ctx, "ws://"+s.address+"/graphql", &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, Subprotocols: []string{"graphql-transport-ws"},
		HTTPHeader: http.Header{"Authorization": {"Bearer " + s.sign(user, time.Hour)}, "X-Forwarded-For": {from(n)}},
	})
	if err != nil {
		return nil, err
	}
	err = conn.Write(ctx, websocket.MessageText, []byte(`{"type":"connection_init"}`))
	if err == nil {
		_, _, err = conn.Read(ctx)
	}
	if err != nil {
		_ = conn.CloseNow()
		return nil, err
	}
	return conn, nil
}

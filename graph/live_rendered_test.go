package graph

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

func responseOf(text string) *graphql.Response { return &graphql.Response{Data: json.RawMessage(text)} }

// While one renders, the others wait for it; what they get is kept for a
// moment, then it is old.
func TestRenderedIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, renders := newRendered(), 0
		got := make(chan string, 20)
		get := func(key string) {
			response := r.get(key, func() *graphql.Response {
				renders++
				<-time.After(time.Millisecond)
				return responseOf(fmt.Sprint(renders))
			})
			got <- string(response.Data)
		}
		expect := func(n, wantRenders int, want string) {
			t.Helper()
			for range n {
				if text := <-got; text != want {
					t.Errorf("got %s, want %s", text, want)
				}
			}
			if renders != wantRenders {
				t.Errorf("got %d renderings, want %d", renders, wantRenders)
			}
		}
		for range 10 {
			go get("a1")
		}
		expect(10, 1, "1")
		go get("a2")
		expect(1, 2, "2")
		<-time.After(renderedFor - 10*time.Millisecond)
		go get("a1")
		expect(1, 2, "1")
		<-time.After(10 * time.Millisecond)
		go get("a1")
		expect(1, 3, "3")
	})
}

// An execution that fails is the trouble of the one who began it: those who
// waited for it render for themselves, and nothing of it is kept.
func TestFailedRenderingIsNotShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, release := newRendered(), make(chan bool)
		failed := make(chan graphql.Response)
		go func() {
			failed <- r.get("a1", func() *graphql.Response {
				<-release
				return &graphql.Response{Data: json.RawMessage(`{"task":null}`), Errors: gqlerror.List{{Message: "mine"}}}
			})
		}()
		synctest.Wait()
		others := make(chan graphql.Response)
		for range 5 {
			go func() { others <- r.get("a1", func() *graphql.Response { return responseOf("whole") }) }()
		}
		synctest.Wait() // they wait for the first
		close(release)
		if first := <-failed; len(first.Errors) != 1 {
			t.Errorf("got %+v, want its own error", first)
		}
		for range 5 {
			if other := <-others; len(other.Errors) != 0 || string(other.Data) != "whole" {
				t.Errorf("got %+v, want a whole rendering", other)
			}
		}
		if last := r.get("a1", func() *graphql.Response { return responseOf("anew") }); string(last.Data) != "anew" && string(last.Data) != "whole" {
			t.Errorf("got %+v, want a whole rendering", last)
		}
	})
}

// Large renderings are shared but not kept.
func TestLargeRenderingIsNotKept(t *testing.T) {
	r := newRendered()
	for size, want := range map[int]string{renderedBytes: "kept", renderedBytes + 1: "anew"} {
		text := `"` + strings.Repeat("x", size-2) + `"`
		key := fmt.Sprint(size)
		r.get(key, func() *graphql.Response { return responseOf(text) })
		got := "kept"
		r.get(key, func() *graphql.Response { got = "anew"; return responseOf(text) })
		if got != want {
			t.Errorf("%d bytes: %s, want %s", size, got, want)
		}
	}
}

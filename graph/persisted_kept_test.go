package graph

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestKeptDocumentsAreBounded(t *testing.T) {
	k := newKeptDocuments(3, 100, 60)
	has := func(want ...string) {
		t.Helper()
		bytes := 0
		for _, hash := range k.texts.Keys() {
			text, _ := k.texts.Peek(hash)
			bytes += len(text)
		}
		if got := k.texts.Keys(); fmt.Sprint(got) != fmt.Sprint(want) || k.bytes != bytes {
			t.Errorf("has %v with %d bytes, counted %d; want %v", got, bytes, k.bytes, want)
		}
	}
	for _, hash := range []string{"a", "b", "c"} {
		k.add(hash, strings.Repeat(hash, 10))
	}
	has("a", "b", "c")
	if text, ok := k.get("a"); !ok || text != strings.Repeat("a", 10) {
		t.Errorf("a is %q", text)
	}
	k.add("d", strings.Repeat("d", 10)) // one too many: b was not used for longest
	has("c", "a", "d")
	k.add("e", strings.Repeat("e", 61)) // too long by itself
	has("c", "a", "d")
	k.add("f", strings.Repeat("f", 60))
	has("a", "d", "f")
	k.add("g", strings.Repeat("g", 40)) // together too long
	has("f", "g")
	k.add("g", strings.Repeat("g", 40))
	has("f", "g")

	var wg sync.WaitGroup
	k = newKeptDocuments(50, 1000, 60)
	for c := range 8 {
		wg.Go(func() {
			for n := range 1000 {
				text := strings.Repeat("x", (n*7+c)%60+1)
				k.add(fmt.Sprint(n%97, "/", len(text)), text)
				k.get(fmt.Sprint(n % 97))
			}
		})
	}
	wg.Wait()
	if k.bytes > 1000 || k.texts.Len() > 50 {
		t.Errorf("%d documents of %d bytes", k.texts.Len(), k.bytes)
	}
	has(k.texts.Keys()...)
}

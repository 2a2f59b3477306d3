package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// signature is the line by which a key of another kind of tool signs a note.
func signature(t testing.TB, name, text string) string {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	s, err := newSigner(name, ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(string(signed), text+"\n")
}

func TestOpen(t *testing.T) {
	trail, other := TrailID{1}, TrailID{2}
	c := Checkpoint{Trail: trail, Size: 1234, Root: Hash{5}}
	bigger := Checkpoint{Trail: trail, Size: 1235, Root: Hash{6}}
	good, next := mustSign(t, mustKeys(t, "a"), c), mustSign(t, mustKeys(t, "a"), bigger)
	body, sig, _ := strings.Cut(good, "\n\n")
	nextBody, nextSig, _ := strings.Cut(next, "\n\n")
	both := mustSign(t, mustKeys(t, "old", "a"), c)
	bothLines := strings.SplitAfter(both, "\n")
	cosigned := good + signature(t, "witness.example/w1", body+"\n")
	foreign := mustSign(t, mustKeys(t, "a"), Checkpoint{Trail: other, Size: 1234, Root: Hash{5}})
	flipped := strings.Replace(sig, sig[len(sig)-20:len(sig)-19], map[bool]string{true: "B", false: "A"}[sig[len(sig)-20] == 'A'], 1)
	retired := func(names ...string) Keys {
		var text []byte
		for _, name := range names {
			seed := sha256.Sum256([]byte(name))
			block, _ := MarshalKey(ed25519.NewKeyFromSeed(seed[:]))
			text = append(text, block...)
		}
		text, err := RetireKey(text)
		if err != nil {
			t.Fatal(err)
		}
		k, err := ParseKeys(text)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	verifierOnly := func(k Keys, id TrailID) Keys {
		lines, err := k.VerifierKeys(id)
		if err != nil {
			t.Fatal(err)
		}
		k, err = ParseKeys([]byte(strings.Join(lines, "\n")))
		if err != nil || k.CanSign() {
			t.Fatal(err)
		}
		return k
	}
	a := mustKeys(t, "a")
	for _, test := range []struct {
		name string
		note string
		keys Keys
		want error
	}{
		{"good", good, a, nil},
		{"with the verifier key", good, verifierOnly(a, trail), nil},
		{"with keys that overlap", good, mustKeys(t, "a", "new"), nil},
		{"of keys that overlap, old one known", both, mustKeys(t, "old"), nil},
		{"of keys that overlap, new one known", both, mustKeys(t, "a"), nil},
		{"of keys that overlap, both known", both, mustKeys(t, "a", "old"), nil},
		{"of a retired key", mustSign(t, mustKeys(t, "old"), c), retired("old", "a"), nil},
		{"the same key twice", good, mustKeys(t, "a", "a"), nil},
		{"a witness signed too", cosigned, a, nil},
		{"the signature of a witness is broken", strings.Replace(cosigned, "w1 ", "w1 AAAAA", 1), a, ErrCheckpointMalformed},
		{"only a witness signed", body + "\n\n" + signature(t, "witness.example/w1", body+"\n"), a, ErrCheckpointUnsigned},
		{"an unknown key", good, mustKeys(t, "b"), ErrCheckpointUnsigned},
		{"the verifier key of another trail", good, verifierOnly(a, other), ErrCheckpointUnsigned},
		{"no keys", good, Keys{}, ErrCheckpointUnsigned},
		{"another trail's", foreign, verifierOnly(a, trail), ErrCheckpointUnsigned},
		{"another trail's with our name", strings.Replace(foreign, other.Origin(), trail.Origin(), 2), a, ErrCheckpointUnsigned},
		{"one of two signatures is wrong", strings.Replace(both, bothLines[5], strings.SplitAfter(mustSign(t, a, bigger), "\n")[4], 1), a, ErrCheckpointForged},
		{"signature of another size", nextBody + "\n\n" + sig, a, ErrCheckpointForged},
		{"signature of another root", body + "\n\n" + nextSig, a, ErrCheckpointForged},
		{"a bit of the signature", body + "\n\n" + flipped, a, ErrCheckpointForged},
		{"another size", strings.Replace(good, "1234", "1233", 1), a, ErrCheckpointForged},
		{"signature gone", body + "\n\n", a, ErrCheckpointMalformed},
		{"signature and empty line gone", body + "\n", a, ErrCheckpointMalformed},
		{"empty", "", a, ErrCheckpointMalformed},
		{"cut short", good[:len(good)-10], a, ErrCheckpointMalformed},
		{"line ends of Windows", strings.ReplaceAll(good, "\n", "\r\n"), a, ErrCheckpointMalformed},
		{"two of them", good + "\n" + next, a, ErrCheckpointMalformed},
		{"a space in front", " " + good, a, ErrCheckpointMalformed},
		{"an extension line", body + "\nextension\n\n" + sig, a, ErrCheckpointMalformed},
		{"size with a zero in front", strings.Replace(good, "1234", "01234", 1), a, ErrCheckpointMalformed},
		{"size with a plus", strings.Replace(good, "1234", "+1234", 1), a, ErrCheckpointMalformed},
		{"negative size", strings.Replace(good, "1234", "-1234", 1), a, ErrCheckpointMalformed},
		{"size of 20 digits", strings.Replace(good, "1234", "12345678901234567890", 1), a, ErrCheckpointMalformed},
		{"root too short", strings.Replace(good, "BQAA", "", 1), a, ErrCheckpointMalformed},
		{"not base64", strings.Replace(good, "BQAA", "!!!!", 1), a, ErrCheckpointMalformed},
		{"bits left over in base64", strings.Replace(good, "AAA=\n", "AAB=\n", 1), a, ErrCheckpointMalformed},
		{"origin in upper case", strings.Replace(good, trail.Origin(), "tasktrail/"+strings.ToUpper("0f"+trail.String()[2:]), 2), a, ErrCheckpointMalformed},
		{"no origin", strings.Replace(good, "tasktrail/", "", 2), a, ErrCheckpointMalformed},
		{"another program's", "go.sum database tree\n1\n" + strings.SplitN(good, "\n", 4)[2] + "\n\n" + sig, a, ErrCheckpointMalformed},
		{"NUL", good[:40] + "\x00" + good[40:], a, ErrCheckpointMalformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.keys.Open(test.note)
			if !errors.Is(err, test.want) || (test.want == nil && (err != nil || got != c)) || (err != nil && got != Checkpoint{}) {
				t.Errorf("got %+v, %v, want %v", got, err, test.want)
			}
		})
	}
	if _, err := verifierOnly(a, trail).Sign(c); err == nil {
		t.Error("signed without a private key")
	}
}

// A note of ours is one that the library itself accepts under the verifier key
// that we give out.
func TestNoteIsOfTheLibrary(t *testing.T) {
	c := Checkpoint{Trail: TrailID{1}, Size: 7, Root: Hash{9}}
	keys, err := mustKeys(t, "a").VerifierKeys(c.Trail)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(keys[0])
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open([]byte(mustSign(t, mustKeys(t, "a"), c)), note.VerifierList(v))
	want := "tasktrail/01000000000000000000000000000000\n7\nCQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	if err != nil || n.Text != want || len(n.UnverifiedSigs) != 0 {
		t.Errorf("got %+v, %v", n, err)
	}
}

func TestSplitNotes(t *testing.T) {
	var all []string
	for n := range int64(3) {
		all = append(all, mustSign(t, mustKeys(t, "a", "b"), Checkpoint{Trail: TrailID{1}, Size: n + 1, Root: Hash{byte(n)}}))
	}
	one := all[0]
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"one", one, all[:1]},
		{"one and an empty line", one + "\n", all[:1]},
		{"several", strings.Join(all, "\n") + "\n", all},
		{"empty lines around", "\n\n" + strings.Join(all, "\n\n\n") + "\n\n\n", all},
		{"nothing", "", nil},
		{"empty lines", "\n\n", nil},
		{"the last cut short", all[0] + "\n" + all[1][:len(all[1])-1], nil},
		{"the last cut behind its body", all[0] + "\n" + all[1][:strings.Index(all[1], "\n\n")+2], nil},
		{"the first cut short", all[0][:50] + "\n\n" + all[1], nil},
		{"no empty line between", all[0] + all[1], nil},
		{"text behind", one + "\nx\n", nil},
		{"text before", "x\n\n" + one, nil},
		{"a line of text among the signatures", one + "x\n", nil},
		{"line ends of Windows", strings.ReplaceAll(one, "\n", "\r\n"), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := SplitNotes(test.text)
			if !slices.Equal(got, test.want) || (err == nil) != (test.want != nil) || (err != nil && !errors.Is(err, ErrCheckpointMalformed)) {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
	for n := range one {
		if signed, _, ok := CutNote(one[:n]); ok && !strings.HasSuffix(signed, "=\n") {
			t.Errorf("%d bytes are a note: %q", n, signed)
		}
	}
}

func FuzzSplitNotes(f *testing.F) {
	one := mustSign(f, mustKeys(f, "a"), Checkpoint{Trail: TrailID{1}, Size: 1, Root: Hash{1}})
	f.Add(one)
	f.Add(one + "\n" + one)
	f.Add(one[:60])
	f.Fuzz(func(t *testing.T, text string) {
		notes, err := SplitNotes(text)
		if (err == nil) != (len(notes) > 0) {
			t.Fatalf("%d notes, %v", len(notes), err)
		}
		for _, n := range notes {
			again, err := SplitNotes(n)
			if err != nil || len(again) != 1 || again[0] != n || !strings.Contains(text, n) {
				t.Fatalf("%q is not one note of the text: %v", n, err)
			}
		}
	})
}

func FuzzOpen(f *testing.F) {
	k := mustKeys(f, "a")
	signed := map[string]bool{}
	for n := range int64(3) {
		for _, keys := range []Keys{k, mustKeys(f, "a", "b"), mustKeys(f, "b")} {
			c := Checkpoint{Trail: TrailID{1}, Size: n, Root: Hash{byte(n)}}
			signed[fmt.Sprint(c)] = true
			f.Add(mustSign(f, keys, c))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := k.Open(text)
		if err == nil && !signed[fmt.Sprint(c)] {
			t.Fatalf("accepted %+v, which nobody signed", c)
		}
		if err != nil && !IsContradiction(err) && !errors.Is(err, ErrCheckpointUnsigned) {
			t.Fatalf("an error without a name: %v", err)
		}
	})
}

package authtest

import (
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"math/big"
	"strings"
	"testing"
	"time"
)

// Forgery is a token that must be refused, and one that differs from it in
// nothing but the fault, which must be accepted.
type Forgery struct {
	Name           string
	Honest, Forged string
	Expired        bool // it is refused because it has expired
}

// Forger makes forgeries of one honest token.
type Forger struct {
	Signer Signer
	Claims map[string]any

	// Local is for tokens of the program's own key, which has no id and no
	// "aud" to spare: what only tokens of providers can be is left out.
	Local bool

	// Others are the further keys of the issuer, and Foreign one of another
	// issuer that is accepted as well.
	Others  []Signer
	Foreign Signer

	honest                string
	attacker, attackerRSA Signer
	all                   []Forgery
}

// Forgeries makes them all.
func (f *Forger) Forgeries(t testing.TB) []Forgery {
	t.Helper()
	f.attacker = NewSigner(t, f.Signer.ID, f.Signer.Algorithm)
	f.attackerRSA = NewSigner(t, "attacker", "RS256")
	f.all, f.honest = nil, f.Signer.Token(f.Claims)
	f.algorithms()
	f.secrets()
	f.headers()
	f.keyIDs()
	f.times()
	f.names()
	f.duplicates()
	f.shapes()
	f.signatures()
	return f.all
}

// add takes a forgery whose twin is the honest token itself.
func (f *Forger) add(name, forged string) {
	f.all = append(f.all, Forgery{Name: name, Honest: f.honest, Forged: forged})
}

// header adds a token whose header has another parameter, signed all the same.
func (f *Forger) header(name, parameter string, value any) {
	f.add(name, f.Signer.sign(text(with(f.Signer.Header(), parameter, value)), text(f.Claims)))
}

// claim adds a token with another claim, signed all the same; nil takes it out.
// Its twin has the claim honest.
func (f *Forger) claim(name, claim string, honest, forged any) {
	f.all = append(f.all, Forgery{
		Name: name, Honest: f.Signer.Token(with(f.Claims, claim, honest)), Forged: f.Signer.Token(with(f.Claims, claim, forged)),
		Expired: strings.HasPrefix(name, "expired"),
	})
}

// none is a JSON null, as nil takes a member out.
type none struct{}

func (none) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

func with(object map[string]any, name string, value any) map[string]any {
	object = maps.Clone(object)
	if object[name] = value; value == nil {
		delete(object, name)
	}
	return object
}

func (f *Forger) algorithms() {
	honest := f.honest
	parts := strings.Split(honest, ".")
	for _, alg := range []any{"none", "None", "nOnE", "NONE", "", 0, none{}, nil, []string{"none"}, strings.ToLower(f.Signer.Algorithm), f.Signer.Algorithm + " ", "RSA1_5", "HS256"} {
		header := Encode([]byte(text(with(f.Signer.Header(), "alg", alg))))
		name := "alg " + text(map[string]any{"alg": alg})
		f.add(name+", no signature", header+"."+parts[1]+".")
		f.add(name+", another's signature", header+"."+parts[1]+"."+parts[2])
	}
	// The signature is right for what the key is, and the header says another.
	for _, alg := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"} {
		if alg != f.Signer.Algorithm {
			f.header("labelled "+alg, "alg", alg)
		}
	}
	// The key itself could do that, and was not given for it.
	if f.Signer.Algorithm == "RS256" {
		for _, alg := range []string{"RS384", "RS512", "PS256", "PS384", "PS512"} {
			f.add("signed with "+alg, signAs(alg, f.Signer.Private, text(with(f.Signer.Header(), "alg", alg)), text(f.Claims)))
		}
	}
}

// secrets are HMACs by what everybody knows.
func (f *Forger) secrets() {
	public := f.Signer.Private.Public()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		panic(err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	known := map[string][]byte{
		"PEM": block, "PEM without its line break": []byte(strings.TrimSpace(string(block))), "DER": der,
		"JWK": []byte(text(f.Signer.JWK())), "key id": []byte(f.Signer.ID), "nothing": {},
	}
	if key, ok := public.(*rsa.PublicKey); ok {
		known["PKCS #1"] = x509.MarshalPKCS1PublicKey(key)
		known["PKCS #1 PEM"] = pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(key)})
		known["modulus"] = key.N.Bytes()
	}
	for name, secret := range known {
		for _, alg := range []string{"HS256", "HS384", "HS512"} {
			f.add(alg+" by "+name, signAs(alg, secret, text(with(f.Signer.Header(), "alg", alg)), text(f.Claims)))
		}
		// The right label, in case only the label is looked at.
		input := Encode([]byte(text(f.Signer.Header()))) + "." + Encode([]byte(text(f.Claims)))
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(input))
		f.add("HMAC by "+name+" under the right alg", input+"."+Encode(mac.Sum(nil)))
	}
}

func (f *Forger) headers() {
	for name, value := range map[string]any{
		"jwk": f.attacker.JWK(), "jku": "https://attacker.example/keys", "x5u": "https://attacker.example/cert",
		"x5c": []string{Encode([]byte("no certificate"))},
	} {
		f.header(name+", signed by the issuer", name, value)
		f.add(name+", signed by the attacker", f.attacker.sign(text(with(f.Signer.Header(), name, value)), text(f.Claims)))
	}
	f.header("crit unknown", "crit", []string{"x"})
	f.header("crit exp", "crit", []string{"exp"})
	f.header("crit empty", "crit", []string{})
	f.header("b64 false", "b64", false)
	f.add("b64 false and critical", f.Signer.sign(text(with(with(f.Signer.Header(), "b64", false), "crit", []string{"b64"})), text(f.Claims)))
	f.header("deflated", "zip", "DEF")
	f.header("encrypted", "enc", "A256GCM")
	f.header("p2c", "p2c", 1<<31-1)
	f.header("p2s", "p2s", "AAAA")
	f.header("nested", "cty", "JWT")
	f.header("PBES2", "alg", "PBES2-HS256+A128KW")
	for _, typ := range []any{"JWT", "jwt", nil, "", none{}, 1, "id_token", "logout+jwt", "dpop+jwt", "secevent+jwt", "at+jwt;x", "text/at+jwt", []string{"at+jwt"}} {
		f.header("typ "+text(map[string]any{"typ": typ}), "typ", typ)
	}
	id := with(with(f.Claims, "nonce", "n-0S6_WzA2Mj"), "at_hash", "77QmUPtjPfzWtF2AnpK9RQ")
	f.add("ID token", f.Signer.sign(text(with(f.Signer.Header(), "typ", "JWT")), text(id)))
}

func (f *Forger) keyIDs() {
	for name, id := range map[string]any{
		"SQL": "' OR 1=1 --", "path": "../../../../../../dev/null", "URL": "https://attacker.example/keys", "NUL": "k\x00",
		"10 KB": strings.Repeat("k", 10<<10), "number": 1, "null": none{}, "empty": "", "array": []string{"k"}, "object": map[string]any{},
		"other case": strings.ToUpper(f.Signer.ID + "x"), "with a space": f.Signer.ID + " ",
	} {
		f.header("kid "+name, "kid", id)
		f.add("kid "+name+", HS256 by nothing", signAs("HS256", []byte{}, text(with(with(f.Signer.Header(), "kid", id), "alg", "HS256")), text(f.Claims)))
	}
	f.add("another key of the same id", f.attacker.Token(f.Claims))
	f.add("an attacker's id", f.attackerRSA.Token(f.Claims))
	if f.Local {
		return
	}
	f.header("kid missing", "kid", nil)
	f.add("another issuer's key and id", f.Foreign.Token(f.Claims))
	f.add("another issuer's key under this id", f.Foreign.sign(text(with(f.Foreign.Header(), "kid", f.Signer.ID)), text(f.Claims)))
	f.add("this issuer's key, and the claims of another", f.Signer.Token(with(f.Claims, "iss", "https://other.example")))
	for _, other := range f.Others {
		f.header("the id of the key for "+other.Algorithm, "kid", other.ID)
		f.add("the key for "+other.Algorithm+" under this id", other.sign(text(with(other.Header(), "kid", f.Signer.ID)), text(f.Claims)))
	}
}

func (f *Forger) times() {
	now := time.Now()
	in := func(d time.Duration) int64 { return now.Add(d).Unix() }
	soon := in(time.Hour)
	for name, exp := range map[string]any{
		"missing": nil, "null": none{}, "text": "2099-01-01", "text of a number": "4070908800", "true": true, "array": []int64{soon},
		"object": map[string]any{}, "huge": 1e300, "largest integer": int64(1)<<62 + 1,
	} {
		f.claim("exp "+name, "exp", soon, exp)
	}
	for name, exp := range map[string]any{
		"an hour ago": in(-time.Hour), "60 s ago": in(-time.Minute), "a second ago": in(-time.Second), "a fraction": float64(in(-time.Minute)) + 0.5,
		"long ago": 1, "before 1970": -1,
	} {
		f.claim("exp "+name, "exp", soon, exp)
	}
	f.claim("expired an hour ago", "exp", soon, in(-time.Hour))
	f.claim("exp 0", "exp", soon, 0)
	for _, claim := range []string{"nbf", "iat"} {
		f.claim(claim+" in an hour", claim, in(-time.Hour), in(time.Hour))
		f.claim(claim+" in 60 s", claim, in(20*time.Second), in(65*time.Second))
		f.claim(claim+" text", claim, in(0), "now")
		f.claim(claim+" huge", claim, in(0), int64(1)<<60)
	}
	if !f.Local {
		f.claim("exp in 400 days", "exp", in(360*24*time.Hour), in(400*24*time.Hour))
		f.claim("iat null", "iat", in(0), none{})
	}
}

func (f *Forger) names() {
	aud, iss := f.Claims["aud"], f.Claims["iss"].(string)
	for name, value := range map[string]any{
		"missing": nil, "null": none{}, "other": "other", "empty": "", "empty array": []string{}, "array of others": []string{"other", "another"},
		"array with a number": []any{aud, 1}, "number": 1, "object": map[string]any{"tasktrail": true}, "prefix": "tasktrai", "longer": "tasktrail2",
		"upper case": "TASKTRAIL", "with a space": "tasktrail ", "nested": []any{[]any{aud}},
	} {
		f.claim("aud "+name, "aud", []any{"other", aud}, value)
	}
	for name, value := range map[string]any{
		"missing": nil, "null": none{}, "empty": "", "other": "https://attacker.example", "slash": iss + "/", "upper case": strings.ToUpper(iss),
		"fragment": iss + "#", "query": iss + "?", "dot": iss + "/.", "array": []any{iss}, "user": strings.Replace(iss, "://", "://x@", 1) + "x", "space": iss + " ",
	} {
		f.claim("iss "+name, "iss", iss, value)
	}
	for name, value := range map[string]any{"missing": nil, "null": none{}, "empty": "", "number": 1, "NUL": "a\x00b", "array": []any{"a"}} {
		f.claim("sub "+name, "sub", f.Claims["sub"], value)
	}
	if !f.Local {
		f.claim("sub too long", "sub", strings.Repeat("a", 255), strings.Repeat("a", 256))
		f.claim("bound to a key", "cnf", nil, map[string]any{"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"})
	}
	// Names that differ in case are other claims; the last is one in a long s.
	f.add("iss in a long s", f.Signer.Token(with(with(f.Claims, "iſſ", f.Claims["iss"]), "iss", nil)))
	for _, claim := range []string{"exp", "aud", "iss"} {
		odd := with(with(f.Claims, strings.ToUpper(claim), f.Claims[claim]), claim, nil)
		f.add("only "+strings.ToUpper(claim), f.Signer.Token(odd))
		f.add("as well "+strings.ToUpper(claim), f.Signer.Token(with(f.Claims, strings.ToUpper(claim), f.Claims[claim])))
	}
}

// duplicates have a member twice, of which two readers take another.
func (f *Forger) duplicates() {
	claims, header := text(f.Claims), text(f.Signer.Header())
	before := func(object, member string) string { return "{" + member + "," + object[1:] }
	after := func(object, member string) string { return object[:len(object)-1] + "," + member + "}" }
	for name, member := range map[string]string{
		"exp": `"exp":4070908800`, "aud": `"aud":"other"`, "sub": `"sub":"admin"`, "roles": `"roles":["ADMIN"]`, "iss": `"iss":"https://attacker.example"`,
		"exp by its code": `"\u0065xp":1`, "further in": `"x":{"a":[{"b":1,"b":2}]}`,
	} {
		f.add("twice, before: "+name, f.Signer.sign(header, before(claims, member)))
		f.add("twice, after: "+name, f.Signer.sign(header, after(claims, member)))
	}
	for name, member := range map[string]string{"alg": `"alg":"none"`, "typ": `"typ":"JWT"`, "the same alg": `"alg":"` + f.Signer.Algorithm + `"`} {
		f.add("header twice, before: "+name, f.Signer.sign(before(header, member), claims))
		f.add("header twice, after: "+name, f.Signer.sign(after(header, member), claims))
	}
}

func (f *Forger) shapes() {
	claims, header := text(f.Claims), text(f.Signer.Header())
	honest := f.honest
	parts := strings.Split(honest, ".")
	for name, forged := range map[string]string{
		"empty": "", "dot": ".", "two dots": "..", "100,000 dots": strings.Repeat(".", 100_000), "two parts": parts[0] + "." + parts[1],
		"four parts": honest + ".", "five parts": honest + ".a.b", "100,000 dots behind": honest + strings.Repeat(".", 100_000),
		"JWE": Encode([]byte(`{"alg":"RSA-OAEP","enc":"A256GCM"}`)) + ".AAAA.AAAA." + parts[1] + ".AAAA", "JWE direct": Encode([]byte(`{"alg":"dir","enc":"A128GCM","zip":"DEF"}`)) + "..AAAA.AAAA.AAAA",
		"JSON serialization": `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"space before":       " " + honest, "space behind": honest + " ", "line break behind": honest + "\n", "line break within": honest[:len(honest)-10] + "\r\n" + honest[len(honest)-10:],
		"line break in the claims": parts[0] + "." + parts[1][:8] + "\n" + parts[1][8:] + "." + parts[2], "not base64": "!.!.!", "padding of the header": parts[0] + "=." + parts[1] + "." + parts[2],
		"one megabyte": f.Signer.Token(with(f.Claims, "x", strings.Repeat("a", 1<<20))), "17 KB": f.Signer.Token(with(f.Claims, "x", strings.Repeat("a", 13<<10))),
		"no header": "." + parts[1] + "." + parts[2], "no claims": parts[0] + ".." + parts[2], "claims swapped for the header": parts[1] + "." + parts[0] + "." + parts[2],
	} {
		f.add(name, forged)
	}
	for _, odd := range []string{"[]", "null", "1", `"x"`, "", "{", claims + "{}", "[" + claims + "]", "\xef\xbb\xbf" + claims, claims + "\x00", strings.Repeat("[", 9000)} {
		f.add("claims "+odd[:min(len(odd), 10)], f.Signer.sign(header, odd))
	}
	for _, odd := range []string{"[]", "null", "1", "", "{}", header + "{}", "[" + header + "]"} {
		f.add("header "+odd[:min(len(odd), 10)], f.Signer.sign(odd, claims))
	}
}

func (f *Forger) signatures() {
	honest := f.honest
	parts := strings.Split(honest, ".")
	input := parts[0] + "." + parts[1] + "."
	signature := decode(parts[2])
	size := len(signature)
	zeros, ones := make([]byte, size), []byte(strings.Repeat("\xff", size))
	for name, forged := range map[string][]byte{
		"of zeros": zeros, "of ones": ones, "one byte": {0}, "one byte less": signature[:size-1], "one byte more": append(signature[:size:size], 0),
		"zero before": append([]byte{0}, signature...), "twice": append(signature[:size:size], signature...), "half": signature[:size/2],
		"first half zero": append(zeros[:size/2:size/2], signature[size/2:]...), "second half zero": append(signature[:size/2:size/2], zeros[size/2:]...),
		"ASN.1 of zeros": {0x30, 6, 2, 1, 0, 2, 1, 0}, "10 KB": make([]byte, 10<<10),
	} {
		f.add("signature "+name, input+Encode(forged))
	}
	other := strings.Split(f.Signer.Token(with(f.Claims, "jti", "2")), ".")
	f.add("signature of another token", input+other[2])
	f.add("claims of another token", parts[0]+"."+other[1]+"."+parts[2])
	f.add("padding", honest+"=")
	f.add("more padding", honest+"==")
	f.add("standard base64", input+strings.NewReplacer("-", "+", "_", "/").Replace(parts[2]+"-_"))
	f.add("signature with bits to spare", input+parts[2][:len(parts[2])-1]+spare(parts[2]))
	for claim, value := range map[string]any{"sub": "admin", "roles": []string{"ADMIN"}, "exp": 4070908800, "aud": []string{"tasktrail", "x"}} {
		f.add("changed "+claim, parts[0]+"."+Encode([]byte(text(with(f.Claims, claim, value))))+"."+parts[2])
	}
	if f.Signer.Algorithm == "EdDSA" { // the same signature with the order of the group added to s
		order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
		s := new(big.Int).SetBytes(reversed(signature[32:]))
		forged := append(signature[:32:32], reversed(new(big.Int).Add(s, order).FillBytes(make([]byte, 32)))...)
		f.add("s and the order of the group", input+Encode(forged))
	}
}

// spare is the last character with one of the bits set that stand for nothing.
func spare(signature string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, signature[len(signature)-1])|1])
}

func reversed(bytes []byte) []byte {
	out := make([]byte, len(bytes))
	for n, b := range bytes {
		out[len(bytes)-1-n] = b
	}
	return out
}

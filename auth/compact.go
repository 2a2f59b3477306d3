package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Compact is a JSON Web Signature in its compact form (RFC 7515 section 3.1),
// taken apart and not verified.
type Compact struct {
	Header, Claims []byte // JSON objects
}

// ParseCompact takes a token apart. It is stricter than the library that
// verifies, so that two readers cannot see two things in a token: base64url has
// exactly one way to write each part; header and claims are JSON objects, and no
// object in them has a member twice; a registered claim (RFC 7519 section 4.1)
// is written in lower case, and a time is a number of seconds from 1970 to the year
// 10680. Everything else, and what is longer than limit bytes, is refused with
// [ErrInvalidToken].
func ParseCompact(token string, limit int) (Compact, error) {
	if len(token) > limit || strings.Count(token, ".") != 2 {
		return Compact{}, ErrInvalidToken
	}
	parts := strings.Split(token, ".")
	var decoded [3][]byte
	for n, part := range parts {
		// The decoder skips line breaks, even when strict.
		if part == "" || strings.ContainsAny(part, "\r\n") {
			return Compact{}, ErrInvalidToken
		}
		var err error
		if decoded[n], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return Compact{}, ErrInvalidToken
		}
	}
	for _, object := range decoded[:2] {
		if checkObject(object) != nil {
			return Compact{}, ErrInvalidToken
		}
	}
	if checkRegistered(decoded[1]) != nil {
		return Compact{}, ErrInvalidToken
	}
	return Compact{Header: decoded[0], Claims: decoded[1]}, nil
}

var (
	registered = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}
	times      = []string{"exp", "nbf", "iat"}
)

const maxTime = 1 << 38 // seconds since 1970; more would not fit everywhere

// checkRegistered refuses names and times that are written in another way. The
// library and encoding/json take some of them all the same.
func checkRegistered(object []byte) error {
	var claims map[string]any
	if err := json.Unmarshal(object, &claims); err != nil {
		return err
	}
	for name, value := range claims {
		same := func(r string) bool { return name != r && strings.EqualFold(name, r) }
		if slices.ContainsFunc(registered, same) {
			return ErrInvalidToken
		}
		seconds, isNumber := value.(float64)
		if slices.Contains(times, name) && (!isNumber || seconds < 0 || seconds > maxTime) {
			return ErrInvalidToken
		}
	}
	return nil
}

var errNoObject = errors.New("it is no JSON object whose members are all different")

// checkObject refuses what is not one JSON object, and objects in it with a
// member twice.
func checkObject(text []byte) error {
	if !json.Valid(text) || !bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) {
		return errNoObject
	}
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()             // a number that no float64 holds is no fault of the form
	var open []map[string]bool // the members of each object around, nil for an array
	key := false               // whether the next token is the name of a member
	after := func() { key = len(open) > 0 && open[len(open)-1] != nil }
	for {
		token, err := in.Token()
		if err != nil {
			return nil // its end, as it is valid
		}
		switch t := token.(type) {
		case json.Delim:
			switch t {
			case '{':
				open, key = append(open, map[string]bool{}), true
			case '[':
				open, key = append(open, nil), false
			default:
				open = open[:len(open)-1]
				after()
			}
		case string:
			if !key {
				after()
				continue
			}
			members := open[len(open)-1]
			if members[t] {
				return errNoObject
			}
			members[t], key = true, false
		default:
			after()
		}
	}
}

package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
)

const payloadDomain = "tasktrail/payload/v1\n"

// Payload is the part of an event that holds names and texts.
type Payload struct {
	ActorName  string      `json:"actorName"`
	ActorEmail string      `json:"actorEmail,omitempty"`
	Reason     string      `json:"reason,omitempty"`
	CausedBy   int64       `json:"causedBy,omitempty"` // position of the event that set this one off; 0: none
	Automation *Automation `json:"automation,omitempty"`
	Changes    []Change    `json:"changes"`
}

// Automation is the definition that acted by itself, as it was then.
type Automation struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

// Change is one field that got another value. From is null on creation. Values
// are JSON: text, number, boolean, null or an array of text.
type Change struct {
	Field string          `json:"field"`
	From  json.RawMessage `json:"from"`
	To    json.RawMessage `json:"to"`
}

// Encode returns p as compact JSON without HTML escaping.
func (p Payload) Encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		return nil, fmt.Errorf("audit: encode payload: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// DecodePayload reads what [Payload.Encode] wrote. The payload keeps parts of
// text, which must not be changed any more.
func DecodePayload(text []byte) (Payload, error) {
	if p, ok := parsePayload(text); ok {
		return p, nil
	}
	var p Payload
	if err := json.Unmarshal(text, &p); err != nil {
		return Payload{}, fmt.Errorf("audit: decode payload: %w", err)
	}
	return p, nil
}

// isCanonical reports whether text is what [Payload.Encode] makes of p.
func (p Payload) isCanonical(text []byte) bool {
	again, err := p.Encode()
	return err == nil && bytes.Equal(again, text)
}

// Fields returns the names of the changed fields, in the order of the changes.
func (p Payload) Fields() []string {
	names := make([]string, len(p.Changes))
	for i, c := range p.Changes {
		names[i] = c.Field
	}
	return names
}

// Commit returns SHA-256(domain, salt, text), see the package comment.
func Commit(salt [16]byte, text []byte) Hash {
	h := sha256.New()
	h.Write([]byte(payloadDomain))
	h.Write(salt[:])
	h.Write(text)
	return Hash(h.Sum(nil))
}

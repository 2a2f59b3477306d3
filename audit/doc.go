// Package audit is the trail: an append-only, gap-free, hash-chained sequence
// of events, and everything that can be said of it without a database.
//
// # The event
//
// An [Event] is a permanent [Header] and a [Payload]. The header holds a
// commitment to the payload, so the payload (which carries names and texts)
// can later be removed without touching a hash.
//
// # Encoding
//
// [Header.Encode] writes, in this order and with nothing between:
//
//	"tasktrail/event/v1\n"
//	01 trail id              16 bytes
//	02 position              int64, 1 for the first event
//	03 recorded at           int64, microseconds since 1970-01-01T00:00:00Z
//	04 action                text
//	05 subject kind          text
//	06 subject id            text
//	07 subject version       int64, 1 on creation
//	08 incident id           text, may be null
//	09 actor kind            text
//	0a actor id              text
//	0b request id            text, may be null
//	0c client mutation id    text, may be null
//	0d fingerprint           32 bytes, null exactly when 0c is null
//	0e payload commitment    32 bytes
//	0f previous hash         32 bytes, null exactly when the position is 1
//
// Each field is its tag (one byte, the number above), then either the null
// mark 00, or the mark 01, the length as an unsigned 64-bit integer and that
// many bytes. Integers are big-endian and 64 bits wide (a negative one in two's
// complement). Text is UTF-8 exactly as stored: no normalisation, and no empty
// text where null is allowed. The encoding is injective: [DecodeHeader] gives
// the header back and refuses every other byte string. A second version would
// start with another first line.
//
//	hash       = SHA-256(encoding)
//	commitment = SHA-256("tasktrail/payload/v1\n", 16 bytes of salt, payload bytes)
//
// The payload bytes are the JSON text that [Payload.Encode] produced when the
// event was written; they are stored and hashed as they are, never re-encoded.
//
// # What the chain proves, and what not
//
// Every header holds the hash of the one before it, so an event that was
// edited, removed, inserted or moved breaks the chain at that place, and
// [Verifier] says where. It cannot show that the newest events were cut off, or
// that someone able to write to the database computed the whole chain anew:
// for that, a hash must have been kept outside it.
package audit

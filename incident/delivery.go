package incident

import (
	"errors"
	"time"
)

// DeliveryState is where the delivery of a webhook call stands.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryPending   DeliveryState = "PENDING"
	DeliveryDelivered DeliveryState = "DELIVERED" // answered with a status from 200 to 299
	DeliveryFailed    DeliveryState = "FAILED"    // given up
)

// Delivery is one call of a webhook. It is stored in the transaction of the
// change that set it off, and sent after that.
type Delivery struct {
	ID            string // whd_…, the same for every attempt
	WebhookID     string
	Position      int64  // of the event that recorded the call
	Body          []byte // empty once that event is redacted
	State         DeliveryState
	CreatedAt     time.Time
	NextAttemptAt *time.Time // while it is pending
	Attempts      []DeliveryAttempt
}

// DueDelivery is a pending delivery whose next attempt is due, without its
// attempts, and what it takes to send it.
type DueDelivery struct {
	Delivery
	Attempted int    // attempts that are recorded
	URL       string // of the webhook, as it is now
	Secret    string // whsec_…, as it is now
	Enabled   bool   // false also once the webhook is deleted
}

// DeliveryOutcome is what becomes of a delivery by an attempt.
type DeliveryOutcome struct {
	Attempt       DeliveryAttempt
	State         DeliveryState
	NextAttemptAt *time.Time // set when State is PENDING, and only then
}

// ErrLeaseLost refuses the record of an attempt whose claim no longer stands:
// it ran out, and the attempt is another's now; or the delivery was redacted.
var ErrLeaseLost = errors.New("the claim of the delivery has run out")

// DeliveryAttempt is one try to deliver. Exactly one of status and failure is
// set.
type DeliveryAttempt struct {
	Number     int // 1, 2, 3 …
	At         time.Time
	TookMillis int
	StatusCode *int             // of the answer
	Failure    *DeliveryFailure // why there was none
}

// DeliveryFailure is why an attempt got no answer.
type DeliveryFailure string

// The failures.
const (
	FailedTimeout    DeliveryFailure = "TIMEOUT"
	FailedAddress    DeliveryFailure = "FORBIDDEN_ADDRESS" // private, loopback, link-local …
	FailedConnection DeliveryFailure = "CONNECTION"        // name not found, refused, reset
	FailedTLS        DeliveryFailure = "TLS"
	FailedDisabled   DeliveryFailure = "DISABLED" // the webhook was disabled or deleted
	FailedRedacted   DeliveryFailure = "REDACTED" // the event that recorded the call was redacted, and the body with it
)

package incident

import "time"

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
	Position      int64 // of the event that recorded the call
	Body          []byte
	State         DeliveryState
	CreatedAt     time.Time
	NextAttemptAt *time.Time // while it is pending
	Attempts      []DeliveryAttempt
}

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
)

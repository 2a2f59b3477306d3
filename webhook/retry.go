package webhook

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"tasktrail/incident"
)

// waits are what Standard Webhooks suggests between attempts: ten of them over
// three days. Up to a fifth is added, so that calls which failed together do
// not come back together.
var waits = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// maxRetryAfter bounds what a receiver may ask for.
const maxRetryAfter = 24 * time.Hour

// outcome is what follows from the answer to attempt number, which was there
// at now.
func outcome(number int, a answer, now time.Time) incident.DeliveryOutcome {
	o := incident.DeliveryOutcome{
		Attempt: incident.DeliveryAttempt{Number: number, At: a.at, TookMillis: int(a.took.Milliseconds())},
		State:   incident.DeliveryFailed,
	}
	if a.status != 0 {
		o.Attempt.StatusCode = &a.status
	} else {
		o.Attempt.Failure = &a.failure
	}
	switch {
	case a.ok():
		o.State = incident.DeliveryDelivered
	case a.status == http.StatusGone, a.failure == incident.FailedDisabled:
		// Asked never to call again, or told so by its owner.
	case number <= len(waits):
		wait := waits[number-1]
		wait += time.Duration(rand.Int64N(int64(wait / 5))) //nolint:gosec // jitter
		next := now.Add(max(wait, a.retryAfter))
		o.State, o.NextAttemptAt = incident.DeliveryPending, &next
	}
	return o
}

// retryAfter reads how long a receiver that is overloaded asks to be left
// alone: 0 when it does not say so in a way that can be understood.
func retryAfter(res *http.Response, now time.Time) time.Duration {
	if res.StatusCode != http.StatusTooManyRequests && res.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	text := res.Header.Get("Retry-After")
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

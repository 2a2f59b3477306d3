package webhook

import "tasktrail/incident"

const (
	maxAttempts   = 16 // at a time
	maxPerWebhook = 4
	// maxFailing is how many attempts go to failing webhooks at a time, one to
	// each: those that only time out must not keep the others waiting.
	maxFailing = maxAttempts / 2
)

// slots says what may be attempted now. A webhook is failing from an attempt
// that failed until one that does not, as far as this process has seen.
type slots struct {
	running int
	used    map[string]int
	failing map[string]bool
}

func newSlots() *slots { return &slots{used: map[string]int{}, failing: map[string]bool{}} }

// free reports whether one more attempt may run.
func (s *slots) free() bool { return s.running < maxAttempts }

// room reports whether one more attempt may go to a webhook.
func (s *slots) room(webhookID string) bool {
	if !s.failing[webhookID] {
		return s.free() && s.used[webhookID] < maxPerWebhook
	}
	n := 0
	for id := range s.failing {
		n += s.used[id]
	}
	return s.free() && s.used[webhookID] == 0 && n < maxFailing
}

// full lists the webhooks for which there is no room.
func (s *slots) full() []string {
	var out []string
	for id := range s.used {
		if !s.room(id) {
			out = append(out, id)
		}
	}
	for id := range s.failing {
		if s.used[id] == 0 && !s.room(id) {
			out = append(out, id)
		}
	}
	return out
}

func (s *slots) take(webhookID string) bool {
	if !s.room(webhookID) {
		return false
	}
	s.running++
	s.used[webhookID]++
	return true
}

func (s *slots) release(webhookID string) {
	s.running--
	if s.used[webhookID]--; s.used[webhookID] == 0 {
		delete(s.used, webhookID)
	}
}

// learn takes note of how an attempt went.
func (s *slots) learn(webhookID string, a answer) {
	if a.ok() || a.failure == incident.FailedDisabled {
		delete(s.failing, webhookID)
	} else {
		s.failing[webhookID] = true
	}
}

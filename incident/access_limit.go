package incident

import "time"

// How many refused attempts are written one by one. The others are counted, and
// written as one entry for each source and reason at the end of a window; so a
// server adds at most 100 + 256 + a few entries a minute, whatever is sent to it.
const (
	accessWindow  = time.Minute
	sourceBurst   = 5   // of one source at once, and as many again in a window
	refusalBurst  = 100 // of all sources together, likewise
	accessSources = 256 // counted apart in a window; the rest together
	accessBuckets = 4096
)

// bucket gives out burst tokens at once and as many again in a window.
type bucket struct {
	tokens float64
	at     time.Time
}

func (b *bucket) fill(now time.Time, burst float64) {
	if b.at.IsZero() {
		b.tokens = burst
	} else if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(burst, b.tokens+burst*float64(passed)/float64(accessWindow))
	}
	b.at = now
}

// refusalLimit decides which refused attempts are written one by one. It keeps a
// bounded number of sources; those that find no place share one.
type refusalLimit struct {
	all, other bucket
	sources    map[string]*bucket
	swept      time.Time
}

// allow takes a token of the source and one of all, or neither.
func (l *refusalLimit) allow(source string, now time.Time) bool {
	b := l.bucket(source, now)
	b.fill(now, sourceBurst)
	l.all.fill(now, refusalBurst)
	if b.tokens < 1 || l.all.tokens < 1 {
		return false
	}
	b.tokens--
	l.all.tokens--
	return true
}

func (l *refusalLimit) bucket(source string, now time.Time) *bucket {
	if b, ok := l.sources[source]; ok {
		return b
	}
	if len(l.sources) >= accessBuckets && now.Sub(l.swept) >= time.Second {
		l.swept = now
		for name, b := range l.sources {
			if b.fill(now, sourceBurst); b.tokens >= sourceBurst {
				delete(l.sources, name) // a new one would be the same
			}
		}
	}
	if source == "" || len(l.sources) >= accessBuckets {
		return &l.other
	}
	if l.sources == nil {
		l.sources = map[string]*bucket{}
	}
	b := &bucket{}
	l.sources[source] = b
	return b
}

// tally counts accesses that are not written one by one.
type tally map[tallyKey]*AccessEntry

type tallyKey struct {
	action  AccessAction
	outcome AccessOutcome
	reason  AccessReason
	source  string
}

// add counts e under its source, or where that finds no place any more with the
// others.
func (t tally) add(e AccessEntry) {
	key := tallyKey{e.Action, e.Outcome, valueOf(e.Reason), e.source()}
	if _, ok := t[key]; !ok && len(t) >= accessSources {
		key.source = ""
	}
	sum, ok := t[key]
	if !ok {
		sum = &AccessEntry{Action: e.Action, Outcome: e.Outcome, Reason: e.Reason, Subjects: []string{}}
		switch {
		case key.source == "":
		case e.Actor != nil:
			sum.Actor = e.Actor
		default:
			sum.Address = &key.source
		}
		t[key] = sum
	}
	sum.RecordedAt, sum.Count = e.RecordedAt, sum.Count+e.Count
}

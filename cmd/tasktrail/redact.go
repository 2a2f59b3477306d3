package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/incident"
)

type redactCmd struct {
	database
	checkpointKey
	Position int64  `required:"" placeholder:"N" help:"The position of the entry in the trail."`
	Reason   string `required:"" placeholder:"TEXT" help:"Why, at most 2,000 characters. It stands in the trail: do not repeat what is to be removed."`
}

// scrubWait is how long the command waits for readers of the files.
const scrubWait = 5 * time.Second

// Run redacts an entry and takes what it said out of the files of the database,
// as far as it can. Run again for a redacted entry, it only does the latter.
func (c *redactCmd) Run(ctx context.Context, out output) error {
	requestID := "redact-" + rand.Text()
	var left error
	err := c.use(ctx, out, &c.checkpointKey, func(store *db.Store, service *incident.Service) error {
		p, err := service.RedactEvent(ctx, redactingViewer(requestID), incident.RedactEventInput{
			Common: incident.Common{Reason: &c.Reason}, Position: c.Position,
		})
		if err != nil {
			return err
		}
		if len(p.Errors) > 0 {
			return refusedRedaction(p.Errors[0], c.Position)
		}
		by := p.Event
		if by == nil {
			events, err := store.Redactions(ctx, []int64{c.Position})
			if err != nil {
				return err
			}
			by = events[c.Position]
		}
		c.report(out.stdout, by, p.Event == nil)
		patience, cancel := context.WithTimeout(ctx, scrubWait)
		defer cancel()
		left = store.Scrub(patience)
		return nil
	})
	switch {
	case err != nil:
		return err
	case errors.Is(left, db.ErrLeftInFiles):
		fmt.Fprintf(out.stdout, "note: %v\n", left)
		return nil
	}
	return left
}

// refusedRedaction says why with the code that fits: what is not there cannot be
// redacted, all else was asked for wrongly.
func refusedRedaction(e incident.MutationError, position int64) error {
	if e.Code() == incident.CodeNotFound {
		return answerIsNo(fmt.Errorf("there is no entry at position %d: see the newest with tasktrail verify", position))
	}
	return usedWrongly(e)
}

// report tells what the trail says of the redaction now.
func (c *redactCmd) report(w io.Writer, by *audit.Event, before bool) {
	if by == nil { // only when somebody has edited the trail
		fmt.Fprintf(w, "position %d is without its content, but no entry says who removed it: run tasktrail verify\n", c.Position)
		return
	}
	what := "redacted position %d; recorded at position %d (%s, request %s)\n"
	if before {
		what = "position %d was redacted already; recorded at position %d (%s, request %s)\n"
	}
	fmt.Fprintf(w, what, c.Position, by.Position, by.RecordedAt.Format(time.RFC3339), by.RequestID)
}

// redactingViewer is who acts: whoever may write to the database may redact, so
// it is not asked who that is.
func redactingViewer(requestID string) incident.Viewer {
	return incident.Viewer{
		Actor: incident.Actor{
			ID: incident.ActorID("tasktrail", "system:redact"), Name: "tasktrail redact", Kind: incident.KindSystem,
		},
		RequestID: requestID,
		Roles:     []incident.Role{incident.RoleAdmin},
	}
}

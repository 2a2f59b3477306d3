package main

import (
	"context"

	"github.com/rs/zerolog"

	"tasktrail/auth"
	"tasktrail/incident"
)

// refusedToken notes a token that was not accepted.
func (w *web) refusedToken(ctx context.Context, reason incident.AccessReason) {
	// Who holds the token is not known: nothing that a refused one says is.
	v := auth.ViewerFrom(ctx)
	w.service.NoteRefusal(incident.Viewer{RequestID: v.RequestID, Address: v.Address}, incident.AccessAuthentication, reason, nil)
}

func reportAccessLog(log zerolog.Logger) func(error) {
	return func(err error) {
		if err == nil {
			log.Info().Msg("the access log is written again")
			return
		}
		log.Error().Err(err).Msg("cannot write the access log: exports, checkpoints, proofs and redactions are refused until it works, other reading goes on and is recorded later")
	}
}

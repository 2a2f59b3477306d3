package graph

import (
	"context"
	"errors"
	"testing"

	"tasktrail/auth"
	"tasktrail/graph/transport"
	"tasktrail/incident"
)

// Only a socket whose token could not be checked is asked to come again.
func TestLogin(t *testing.T) {
	away := errors.New("away")
	for name, c := range map[string]struct {
		payload map[string]any
		answer  error
		again   bool
	}{
		"good":        {map[string]any{"authorization": "Bearer x"}, nil, false},
		"bad":         {map[string]any{"authorization": "Bearer x"}, auth.ErrInvalidToken, false},
		"expired":     {map[string]any{"authorization": "Bearer x"}, auth.ErrExpiredToken, false},
		"none":        {nil, nil, false},
		"away":        {map[string]any{"authorization": "Bearer x"}, away, true},
		"uncheckable": {map[string]any{"authorization": "Bearer x"}, auth.ErrUncheckable, true},
	} {
		ctx, err := login(func(context.Context, string) (incident.Viewer, error) {
			return incident.Viewer{Actor: incident.Actor{ID: "act_1"}}, c.answer
		})(t.Context(), c.payload)
		if errors.Is(err, transport.ErrTryAgain) != c.again || (name == "good") != (err == nil) {
			t.Errorf("%s: got %v", name, err)
		}
		if err == nil && auth.ViewerFrom(ctx).Actor.ID != "act_1" {
			t.Errorf("%s: there is no viewer", name)
		}
	}
}

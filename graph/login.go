package graph

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"tasktrail/auth"
	"tasktrail/graph/transport"
	"tasktrail/throttle"
)

// login lets sockets in. When their token cannot be checked, which is not their
// fault, they are asked to come again.
func login(verify auth.Verify) func(context.Context, map[string]any) (context.Context, error) {
	init := auth.FromInit(verify)
	return func(ctx context.Context, payload map[string]any) (context.Context, error) {
		in, err := init(ctx, payload)
		_, limited := errors.AsType[*throttle.Refusal](err)
		if err != nil && !limited && !auth.IsTokensFault(err) {
			zerolog.Ctx(ctx).Error().Err(err).Str("requestId", auth.RequestID(ctx)).Msg("the token of a socket could not be checked")
			err = fmt.Errorf("%w: %w", transport.ErrTryAgain, err)
		}
		return in, err
	}
}

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"tasktrail/audit"
)

// checkpointKey is the flag of the commands that sign checkpoints.
type checkpointKey struct {
	CheckpointKey string `default:"tasktrail-checkpoint.key" placeholder:"FILE" help:"The keys that sign checkpoints, mode 0600 (${default})."`
}

// readKeys reads keys for checkpoints. A file with a private key in it must be
// readable by its owner only. The error wraps [fs.ErrNotExist] when there is no
// file.
func readKeys(path string) (audit.Keys, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return audit.Keys{}, fmt.Errorf("the key file %s does not exist: %w", path, fs.ErrNotExist)
	case err != nil:
		return audit.Keys{}, fmt.Errorf("the key file %s cannot be read: check its owner and rights", path)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the path is the operator's
	if err != nil {
		return audit.Keys{}, fmt.Errorf("the key file %s cannot be read: check its owner and rights", path)
	}
	keys, err := audit.ParseKeys(text)
	if err != nil {
		return audit.Keys{}, usedWrongly(fmt.Errorf("the key file %s %w", path, err))
	}
	if keys.CanSign() && info.Mode().Perm()&0o077 != 0 {
		return audit.Keys{}, fmt.Errorf("the key file %s can be read by others: chmod 600 it, or replace its key if others had access", path)
	}
	return keys, nil
}

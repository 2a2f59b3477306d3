package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"tasktrail/audit"
	"tasktrail/auth"
)

// checkpointKey is the flag of the commands that sign checkpoints.
type checkpointKey struct {
	CheckpointKey string `default:"tasktrail-checkpoint.key" placeholder:"FILE" help:"The keys that sign checkpoints, mode 0600 (${default})."`
}

// loadOrCreate reads the keys, or makes one where there is none. Servers that
// start at once all end up with the same.
func (k checkpointKey) loadOrCreate() (audit.Keys, error) {
	if _, err := os.Stat(k.CheckpointKey); errors.Is(err, fs.ErrNotExist) {
		if err := auth.CreateKey(k.CheckpointKey); err != nil {
			return audit.Keys{}, err
		}
	}
	keys, err := readKeys(k.CheckpointKey)
	if err == nil && !keys.CanSign() {
		err = usedWrongly(fmt.Errorf("the key file %s holds no private key to sign checkpoints with: name another one with --checkpoint-key", k.CheckpointKey))
	}
	return keys, err
}

// readKeys reads keys for checkpoints. A file with a private key in it must be
// readable by its owner only. The error wraps [fs.ErrNotExist] when there is no
// file.
func readKeys(path string) (audit.Keys, error) {
	text, err := readKeyFile(path)
	if err != nil {
		return audit.Keys{}, err
	}
	keys, err := audit.ParseKeys(text)
	if err != nil {
		return audit.Keys{}, usedWrongly(fmt.Errorf("the key file %s %w", path, err))
	}
	info, err := os.Stat(path)
	if err == nil && keys.CanSign() && info.Mode().Perm()&0o077 != 0 {
		err = fmt.Errorf("the key file %s can be read by others: chmod 600 it, or replace its key if others had access", path)
	}
	return keys, err
}

func readKeyFile(path string) ([]byte, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the path is the operator's
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the key file %s does not exist: %w", path, fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("the key file %s cannot be read: check its owner and rights", path)
	}
	return text, nil
}

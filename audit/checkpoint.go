package audit

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Why a checkpoint is not accepted. The texts are fit for clients.
var (
	ErrCheckpointMalformed = errors.New("not a checkpoint of a tasktrail trail")
	ErrCheckpointUnsigned  = errors.New("the checkpoint has no signature by a known key")
	ErrCheckpointForged    = errors.New("a signature of the checkpoint is wrong")
)

// Checkpoint states what the whole trail was when it had Size events: the root
// of the tree over them.
type Checkpoint struct {
	Trail TrailID
	Size  int64
	Root  Hash
}

const originPrefix = "tasktrail/"

// Origin returns the name under which the trail signs: "tasktrail/" and its id.
func (id TrailID) Origin() string { return originPrefix + id.String() }

// text is the body of the signed note, C2SP tlog-checkpoint without extension
// lines: origin, size and root, a line each.
func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Trail.Origin(), c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// parseCheckpoint reads what text wrote and refuses everything else.
func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return Checkpoint{}, ErrCheckpointMalformed
	}
	var c Checkpoint
	id, err := hex.DecodeString(strings.TrimPrefix(lines[0], originPrefix))
	if err != nil || len(id) != len(c.Trail) {
		return Checkpoint{}, ErrCheckpointMalformed
	}
	c.Trail = TrailID(id)
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 {
		return Checkpoint{}, ErrCheckpointMalformed
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != len(c.Root) {
		return Checkpoint{}, ErrCheckpointMalformed
	}
	c.Root = Hash(root)
	if c.text() != text {
		return Checkpoint{}, ErrCheckpointMalformed
	}
	return c, nil
}

// Sign returns the checkpoint as a signed note (C2SP signed-note), with a
// signature by every private key in k. It needs at least one.
func (k Keys) Sign(c Checkpoint) (string, error) {
	if len(k.private) == 0 {
		return "", errors.New("audit: no private key to sign a checkpoint with")
	}
	signers := make([]note.Signer, len(k.private))
	for n, private := range k.private {
		var err error
		if signers[n], err = newSigner(c.Trail.Origin(), private); err != nil {
			return "", err
		}
	}
	signed, err := note.Sign(&note.Note{Text: c.text()}, signers...)
	if err != nil {
		return "", fmt.Errorf("audit: sign a checkpoint: %w", err)
	}
	return string(signed), nil
}

// Open returns the checkpoint that a signed note states. At least one signature
// must be by a key in k, and none by a key in k may be wrong; those by others,
// such as witnesses, are not looked at. The error is one of
// [ErrCheckpointMalformed], [ErrCheckpointUnsigned] and [ErrCheckpointForged].
func (k Keys) Open(signed string) (Checkpoint, error) {
	c, err := ReadCheckpoint(signed)
	if err != nil {
		return Checkpoint{}, err
	}
	verifiers, err := k.verifiers(c.Trail.Origin())
	if err != nil {
		return Checkpoint{}, err
	}
	_, err = note.Open([]byte(signed), note.VerifierList(verifiers...))
	if _, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		return Checkpoint{}, ErrCheckpointUnsigned
	}
	if _, ok := errors.AsType[*note.InvalidSignatureError](err); ok {
		return Checkpoint{}, ErrCheckpointForged
	}
	if err != nil {
		return Checkpoint{}, ErrCheckpointMalformed
	}
	return c, nil
}

// ReadCheckpoint returns what a signed note states without looking at its
// signatures. The error is [ErrCheckpointMalformed].
func ReadCheckpoint(signed string) (Checkpoint, error) {
	// The last empty line, as in [note.Open]: what is read is what is signed.
	end := strings.LastIndex(signed, "\n\n")
	if end < 0 {
		return Checkpoint{}, ErrCheckpointMalformed
	}
	return parseCheckpoint(signed[:end+1])
}

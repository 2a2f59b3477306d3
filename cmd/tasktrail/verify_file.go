package main

import (
	"context"
	"errors"
)

// runFile verifies an export without a database.
func (c *verifyCmd) runFile(_ context.Context, _ output) error {
	return errors.New("an export cannot be verified yet")
}

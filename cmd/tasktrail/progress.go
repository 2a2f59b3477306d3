package main

import (
	"io"

	"github.com/schollz/progressbar/v3"
)

// newProgress returns a bar on w for total steps, -1 when that is unknown.
// Where w is no terminal, it shows nothing.
func newProgress(w io.Writer, total int, what string) *progressbar.ProgressBar {
	return progressbar.NewOptions(total,
		progressbar.OptionSetWriter(w), progressbar.OptionSetVisibility(isTerminal(w)),
		progressbar.OptionSetDescription(what), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
		progressbar.OptionThrottle(100_000_000), progressbar.OptionClearOnFinish(),
	)
}

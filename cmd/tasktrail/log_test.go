package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

// The log for people is a line for each entry, and inert, whatever a library prints.
func TestConsoleIsInert(t *testing.T) {
	var out bytes.Buffer
	log := zerolog.New(escaping{console(&out)})
	texts := hostile()
	for _, text := range texts {
		log.Info().Str("path", text).Err(fmt.Errorf("%s", text)).Msg(text)
	}
	plain := strings.NewReplacer("\x1b[0m", "", "\x1b[1m", "", "\x1b[31m", "", "\x1b[32m", "", "\x1b[36m", "", "\x1b[90m", "").Replace(out.String())
	if at := moving(plain); at != "" || strings.Count(plain, "\n") != len(texts) || strings.Count(plain, "MARK") != 3*len(texts) {
		t.Errorf("%q in %d lines for %d: %.500q", at, strings.Count(plain, "\n"), len(texts), plain)
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"tasktrail/db"
)

// cli is the command line. Every flag can also be given as an environment
// variable, which --help names.
type cli struct {
	Serve         serveCmd         `cmd:"" help:"Run the server."`
	Token         tokenCmd         `cmd:"" help:"Print a bearer token, or a new API key of a service account; or revoke one."`
	Verify        verifyCmd        `cmd:"" help:"Check that nothing in the trail, and nothing it records, was altered."`
	Import        importCmd        `cmd:"" help:"Create incidents with their tasks, or playbooks and rules, from a file."`
	Export        exportCmd        `cmd:"" help:"Write the trail to a file that can be verified or read by people, or the playbooks and rules."`
	Redact        redactCmd        `cmd:"" help:"Remove what an entry of the trail says; the proofs stay."`
	Migrate       migrateCmd       `cmd:"" help:"Make the database, or bring it up to date."`
	CheckpointKey checkpointKeyCmd `cmd:"" help:"Print the keys that check checkpoints, or replace the one that signs them."`
	Doctor        doctorCmd        `cmd:"" help:"Check that the installation is as it should be: schema, triggers, settings, roles and rights."`
	Version       versionCmd       `cmd:"" help:"Print the version."`
}

// database is the flag that most commands have.
type database struct {
	Database string `default:"sqlite:tasktrail.db" placeholder:"URL" help:"sqlite:PATH or postgres://USER@HOST:PORT/DATABASE (${default}). The password is taken from PGPASSWORD."`
}

// keyFile is the flag of the commands that sign or check tokens.
type keyFile struct {
	Key string `default:"tasktrail.key" placeholder:"FILE" help:"The key that signs tokens, mode 0600 (${default})."`
}

// output is where a command writes.
type output struct{ stdout, stderr io.Writer }

// failure is an error with the exit code it stands for.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// The reasons for not exiting with 0.
func answerIsNo(err error) error  { return &failure{1, err} }
func usedWrongly(err error) error { return &failure{2, err} }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tasktrail:", err)
	}
	stop()
	os.Exit(exitCode(err))
}

func exitCode(err error) int {
	var f *failure
	switch {
	case err == nil:
		return 0
	case errors.As(err, &f):
		return f.code
	case errors.Is(err, db.ErrURL), errors.Is(err, db.ErrAppRole):
		return 2
	}
	return 3
}

// helpShown ends the parsing of a command line that asks for help.
type helpShown struct{}

// run carries a command line out. It returns when the command has ended, or
// when ctx has and the command has cleaned up.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	defer func() {
		if err != nil {
			err = plainError{err}
		}
	}()
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(helpShown); !ok {
				panic(p)
			}
			err = nil
		}
	}()
	parser, err := kong.New(&cli{},
		kong.Name("tasktrail"),
		kong.Description("Incidents, the tasks worked through for them, and a trail of every change that can be verified."),
		kong.DefaultEnvars("TASKTRAIL"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { panic(helpShown{}) }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(output{stdout, stderr}),
	)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		return usedWrongly(fmt.Errorf("%w; see tasktrail --help", err))
	}
	return command.Run()
}

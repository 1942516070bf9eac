//go:build !bench

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run this test as the program itself.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"coldtrail": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			e.Setenv("TMPDIR", e.WorkDir)
			return os.Mkdir(e.Getenv("WORK")+"/tmp", 0o777)
		},
		Condition: condition,
		Cmds:      map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// condition tells scripts whether this program was built with the SQL engine: [sql].
func condition(name string) (bool, error) {
	if name != "sql" {
		return false, fmt.Errorf("no condition %q", name)
	}
	return hasSQL(), nil
}

// exits is a script command, "exits CODE PROGRAM ARGS…": the program must end
// with that code. What it wrote can be looked at as after exec.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

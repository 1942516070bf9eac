package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// commands are all that can be run.
func commands(t *testing.T) []*kong.Node {
	t.Helper()
	k, err := kong.New(&cli{}, kong.Name("coldtrail"))
	if err != nil {
		t.Fatal(err)
	}
	leaves := k.Model.Leaves(false)
	if len(leaves) < 30 {
		t.Fatalf("%d commands", len(leaves))
	}
	return leaves
}

// pathOf is how a command is called, without the program's name.
func pathOf(n *kong.Node) string {
	name := n.Name
	for p := n.Parent; p != nil && p.Type == kong.CommandNode; p = p.Parent {
		name = p.Name + " " + name
	}
	return name
}

// Every command that prints a result prints it as JSON too, with -f json. Exempt is what prints no
// result, or something that has a form of its own.
func TestEveryCommandHasJSON(t *testing.T) {
	exempt := map[string]string{
		"export":                    "writes a file",
		"acquire":                   "prints a shell script",
		"serve":                     "prints lines for a shell",
		"custody manifest":          "prints what sha256sum and hashdeep read",
		"custody sign":              "writes files, and notes it in the log",
		"custody timestamp-request": "writes a file",
		"custody timestamp-attach":  "writes a file, and notes it in the log",
		"custody transfer":          "notes it in the log, which custody log -f json shows",
		"custody note":              "notes it in the log",
		"completion":                "prints a shell script",
	}
	for _, n := range commands(t) {
		i := slices.IndexFunc(n.Flags, func(f *kong.Flag) bool { return f.Short == 'f' })
		has := i >= 0 && n.Flags[i].Enum != "" && slices.Contains(strings.Split(n.Flags[i].Enum, ","), "json")
		_, excused := exempt[pathOf(n)]
		if has == excused {
			t.Errorf("%s: -f json: %v; exempt: %v", pathOf(n), has, excused)
		}
	}
}

// A format is chosen by -f everywhere.
func TestEveryFormatIsF(t *testing.T) {
	for _, n := range commands(t) {
		for _, f := range n.Flags {
			if f.Name == "format" && f.Short != 'f' {
				t.Errorf("%s: --format is not -f", pathOf(n))
			}
		}
	}
}

// Every command has an example in its help, and every example there can be parsed.
func TestEveryCommandHasAnExample(t *testing.T) {
	for _, n := range commands(t) {
		found := 0
		for line := range strings.Lines(n.Detail) {
			_, command, ok := strings.Cut(line, "coldtrail ")
			if !ok || !strings.HasPrefix(command, pathOf(n)+" ") && strings.TrimSpace(command) != pathOf(n) {
				continue
			}
			found++
			args := words(strings.TrimSpace(command))
			for i, arg := range args { // what a shell does with the output is its own
				if arg == "|" || arg == ">" || arg == "&" || strings.HasSuffix(arg, ";") {
					args = args[:i]
					break
				}
			}
			args, err := negate(args)
			if err == nil {
				_, err = mustKong(t).Parse(args)
			}
			if err != nil {
				t.Errorf("%s: example %q: %v", pathOf(n), strings.TrimSpace(command), err)
			}
		}
		if found == 0 {
			t.Errorf("%s: --help has no example", pathOf(n))
		}
	}
}

func mustKong(t *testing.T) *kong.Kong {
	t.Helper()
	k, err := kong.New(&cli{}, kong.Name("coldtrail"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

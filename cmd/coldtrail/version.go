package main

import (
	"crypto/sha256"
	"fmt"
	"runtime"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/detect/rules"
)

type versionCmd struct{}

// Run implements the command.
func (versionCmd) Run(c *console) error {
	version, commit := built()
	_, err := fmt.Fprintf(c.out, "coldtrail %s\ncommit    %s\ngo        %s %s/%s\ndetectors %d, %s\n",
		version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH, len(builtin()), ruleSet())
	return err
}

// ruleSet identifies the set of detectors by what they say of themselves.
func ruleSet() string {
	h := sha256.New()
	for _, d := range detect.All() {
		fmt.Fprintf(h, "%q %q %q %d %q %q\n", d.ID, d.Title, d.Doc, d.Severity, d.Techniques, d.Events)
	}
	for _, f := range rules.Files() {
		fmt.Fprintf(h, "%q %q\n", f.Name, f.Data)
	}
	return fmt.Sprintf("rule set %x", h.Sum(nil)[:6])
}

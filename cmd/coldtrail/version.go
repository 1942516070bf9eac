package main

import (
	"crypto/sha256"
	"fmt"
	"runtime"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/detect/rules"
)

type versionCmd struct {
	formatFlag
}

// Help implements kong.HelpProvider.
func (versionCmd) Help() string {
	return "Examples: coldtrail version\n          coldtrail version -f json"
}

// Run implements the command.
func (v versionCmd) Run(c *console) error {
	version, commit := built()
	if v.Format == "json" {
		return c.json(struct {
			Version   string `json:"version"`
			Commit    string `json:"commit"`
			Go        string `json:"go"`
			OS        string `json:"os"`
			Arch      string `json:"arch"`
			Detectors int    `json:"detectors"`
			RuleSet   string `json:"rule_set"`
		}{version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH, len(builtin()), strings.TrimPrefix(ruleSet(), "rule set ")})
	}
	_, err := fmt.Fprintf(c.text(), "coldtrail %s\ncommit    %s\ngo        %s %s/%s\ndetectors %d, %s\n",
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

package main

import (
	"fmt"
	"strings"
)

type rulesCmd struct{}

// Run implements the command.
func (rulesCmd) Run(c *console) error {
	for _, d := range builtin() {
		_, err := fmt.Fprintf(c.out, "%-24s %-13s %-32s %s\n", d.ID, d.Severity, strings.Join(d.Techniques, " "), d.Title)
		if err != nil {
			return err
		}
	}
	return nil
}

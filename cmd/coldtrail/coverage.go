package main

import (
	"context"
	"io"
)

type coverageCmd struct {
	caseArg
	Format string `short:"f" enum:"text,json,svg" default:"text" help:"text, json, or svg: the heat map of accounts and days (default text)."`
}

// Help implements kong.HelpProvider.
func (coverageCmd) Help() string {
	return "Says where and when the case has logs, when logging was off or narrowed, and which questions can be answered for which time.\n" +
		"Example: coldtrail coverage ./case-001"
}

// Run implements the command.
func (v *coverageCmd) Run(ctx context.Context, c *console) error {
	kase, err := v.openWhole()
	if err != nil {
		return err
	}
	defer kase.Close()
	cov, err := kase.LogCoverage(ctx)
	if err != nil {
		return err
	}
	switch v.Format {
	case "json":
		return cov.JSON(c.out)
	case "svg":
		_, err := io.WriteString(c.out, cov.HeatMap())
		return err
	}
	return cov.Text(c.text())
}

package main

import (
	"context"
	"fmt"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
)

type inventoryCmd struct {
	Paths []string `arg:"" name:"path" help:"Evidence: a directory tree, a file, or - for standard input."`
	formatFlag
	Since   moment   `placeholder:"TIME" help:"As analyze would have it: what its name shows to be delivered earlier is out of scope."`
	Until   moment   `placeholder:"TIME" help:"The same, for what was delivered later."`
	Account []string `placeholder:"ID" help:"Only objects of these accounts."`
	Region  []string `placeholder:"NAME" help:"Only objects of these regions."`
	Workers int      `placeholder:"N" help:"How many objects to look at at once (default: the machine's cores)."`
	Memory  size     `placeholder:"SIZE" help:"Memory to work with (default a quarter of the machine's, 4GiB at most; at least 64MiB)."`
	WorkDir string   `placeholder:"DIR" help:"Where temporary files go (default: where the system keeps them)."`
}

// Help implements kong.HelpProvider.
func (inventoryCmd) Help() string {
	return "Lists what is there without analyzing it: kinds, shapes, accounts, regions, days and sizes; what analyze will read and what not.\n" +
		"Only the beginning of each object is read, but of archives, which must be gone through to be listed.\n\n" +
		"Examples: coldtrail inventory ./trail-bucket\n          coldtrail inventory ./trail-bucket -f json\n\n" + exitHelp
}

// Run implements the command.
func (i *inventoryCmd) Run(ctx context.Context, c *console) error {
	r := reading{Paths: i.Paths, Since: i.Since, Until: i.Until, Account: i.Account, Region: i.Region, Workers: i.Workers, Memory: i.Memory, WorkDir: i.WorkDir}
	if err := r.check(); err != nil {
		return err
	}
	r.limitMemory()
	s, err := scan.Look(ctx, scan.Config{
		Paths: r.Paths, Stdin: c.in, Workers: r.Workers, Memory: int64(r.Memory), WorkDir: r.WorkDir,
		Scope: scan.Scope{Since: r.Since.start, Until: r.Until.end, Accounts: r.Account, Regions: r.Region},
	})
	if err != nil {
		return err
	}
	write := report.WriteInventory
	if i.Format == "json" {
		write = report.WriteInventoryJSON
	}
	if err := write(c.formatted(i.Format), s); err != nil {
		return err
	}
	switch t := &s.Totals; {
	case t.Objects[scan.Parsed]+t.Objects[scan.Damaged] == 0:
		return &exitError{exitUnreadable, fmt.Errorf("nothing here will be read: of %d objects none holds CloudTrail events in a form that is known", t.Listed)}
	case t.Objects[scan.Unreadable]+t.Objects[scan.Damaged] > 0:
		return &exitError{code: exitUnreadable}
	}
	return nil
}

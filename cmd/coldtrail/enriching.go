package main

import (
	"context"
	"path/filepath"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan/custody"
)

// enriching are the files that say where addresses are. Without them nothing does.
type enriching struct {
	MMDB     []string `group:"enrich" name:"mmdb" sep:"none" placeholder:"FILE" help:"A database in MaxMind's format, of countries, cities or autonomous systems. Once for each; what the first says of an address is believed."`
	IPRanges string   `group:"enrich" name:"ip-ranges" placeholder:"FILE" help:"AWS's list of its own networks, ip-ranges.json."`
	Tor      string   `group:"enrich" placeholder:"FILE" help:"A list of the relays of Tor: an address a line, or exit-addresses."`
}

// maxRangesFile bounds the lists: ip-ranges.json has some 3 MB, lists of relays less.
const maxRangesFile = 64 << 20

// enrichment reads the files, and names them for the custody log.
func (e *enriching) enrichment() (*report.Enrichment, []custody.File, error) {
	all := &report.Enrichment{}
	var files []custody.File
	for _, path := range e.MMDB {
		sum, size, err := custody.HashFile(context.Background(), path)
		if err == nil {
			err = all.AddDatabase(filepath.Base(path), path, sum)
		}
		if err != nil {
			return nil, nil, usage("--mmdb %s: %w", path, err)
		}
		files = append(files, custody.File{Path: path, Kind: "database of addresses", SHA256: sum, Bytes: size})
	}
	for _, list := range []struct {
		flag, path, kind string
		add              func(name string, data []byte) error
	}{
		{"--ip-ranges", e.IPRanges, "ranges of AWS", all.AddRanges},
		{"--tor", e.Tor, "relays of Tor", all.AddTor},
	} {
		if list.path == "" {
			continue
		}
		data, err := readAtMost(list.path, maxRangesFile)
		if err == nil {
			err = list.add(filepath.Base(list.path), data)
		}
		if err != nil {
			return nil, nil, usage("%s %s: %w", list.flag, list.path, err)
		}
		files = append(files, custody.File{Path: list.path, Kind: list.kind})
	}
	return all, files, nil
}

package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan/custody"
)

// context binds the detectors to what is known beside the evidence.
func (d *detecting) context(look *detection) error {
	look.context = &detect.Context{}
	if d.Tuning != "" {
		data, err := readAtMost(d.Tuning, maxRuleFile)
		if err == nil {
			look.context.Tuning, err = readTuning(data, look.detectors)
		}
		if err != nil {
			return usage("--tuning %s: %w", d.Tuning, err)
		}
		look.files = append(look.files, custody.File{Path: d.Tuning, Kind: "tuning"})
	}
	var list []detect.Account
	if d.Accounts != "" {
		data, err := readAtMost(d.Accounts, maxRuleFile)
		if err == nil {
			list, err = readAccounts(filepath.Ext(d.Accounts), data)
		}
		if err != nil {
			return usage("--accounts %s: %w", d.Accounts, err)
		}
		look.files = append(look.files, custody.File{Path: d.Accounts, Kind: "accounts"})
	}
	look.context.Accounts = detect.NewAccounts(list)
	look.context.BaselineUntil = d.BaselineUntil.start
	where, files, err := d.enrichment()
	if err != nil {
		return err
	}
	look.enrichment, look.files = where, append(look.files, files...)
	if where.Places() {
		look.context.Locate, look.context.LocateSource = where.Locate, where.Digest()
	}
	look.detectors = detect.Configure(look.detectors, look.context)
	return nil
}

// members yields the members of a mapping, none of them twice.
func members(n *yaml.Node, what string, each func(key, value *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: not a mapping of %s", n.Line, what)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if seen[key.Value] {
			return fmt.Errorf("line %d: %s: there twice", key.Line, key.Value)
		}
		seen[key.Value] = true
		if err := each(key, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// document returns what a YAML file holds.
func document(data []byte) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("empty")
	}
	return doc.Content[0], nil
}

// readTuning reads thresholds. A name that no detector has is an error: it would tune nothing.
func readTuning(data []byte, detectors []*detect.Detector) (detect.Tuning, error) {
	doc, err := document(data)
	if err != nil {
		return nil, err
	}
	tuning := detect.Tuning{}
	err = members(doc, "detectors", func(id, thresholds *yaml.Node) error {
		at := slices.IndexFunc(detectors, func(d *detect.Detector) bool { return d.ID == id.Value })
		if at < 0 || len(detectors[at].Thresholds) == 0 {
			return fmt.Errorf("line %d: %s: no detector of this run that has thresholds", id.Line, id.Value)
		}
		tuning[id.Value] = map[string]float64{}
		return members(thresholds, "thresholds", func(name, value *yaml.Node) error {
			known := slices.ContainsFunc(detectors[at].Thresholds, func(t detect.Threshold) bool { return t.Name == name.Value })
			if !known {
				return fmt.Errorf("line %d: %s: no threshold of %s", name.Line, name.Value, id.Value)
			}
			v, err := strconv.ParseFloat(value.Value, 64)
			if err != nil || value.Kind != yaml.ScalarNode || !(v >= 0 && v <= math.MaxInt32) {
				return fmt.Errorf("line %d: %s: %q: not a number from 0 to %d", value.Line, name.Value, value.Value, math.MaxInt32)
			}
			tuning[id.Value][name.Value] = v
			return nil
		})
	})
	return tuning, err
}

// readAccounts reads whose accounts are whose.
func readAccounts(ext string, data []byte) (list []detect.Account, err error) {
	if strings.EqualFold(ext, ".csv") {
		return accountsCSV(data)
	}
	doc, err := document(data)
	if err != nil {
		return nil, err
	}
	err = members(doc, "accounts", func(id, facts *yaml.Node) error {
		a := detect.Account{ID: id.Value}
		err := members(facts, "name, environment, owner and kind", func(name, value *yaml.Node) error {
			if value.Kind != yaml.ScalarNode || !setAccount(&a, name.Value, value.Value) {
				return fmt.Errorf("line %d: %s: not one of name, environment, owner and kind, with a text", name.Line, name.Value)
			}
			return nil
		})
		if err == nil {
			err = checkAccount(&a, id.Line)
		}
		list = append(list, a)
		return err
	})
	return list, err
}

func accountsCSV(data []byte) (list []detect.Account, err error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("first line: %w", err)
	}
	seen := map[string]bool{}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		var a detect.Account
		for i, name := range header {
			if name = strings.ToLower(strings.TrimSpace(name)); !setAccount(&a, name, strings.TrimSpace(row[i])) {
				return nil, fmt.Errorf("line 1: column %q: not one of account, name, environment, owner and kind", name)
			}
		}
		if err := checkAccount(&a, line); err != nil {
			return nil, err
		}
		if seen[a.ID] {
			return nil, fmt.Errorf("line %d: %s: there twice", line, a.ID)
		}
		seen[a.ID] = true
		list = append(list, a)
	}
}

// setAccount sets the fact of that name, and reports whether there is such a fact.
func setAccount(a *detect.Account, name, value string) bool {
	switch name {
	case "account", "id":
		a.ID = value
	case "name":
		a.Name = value
	case "environment":
		a.Environment = value
	case "owner":
		a.Owner = value
	case "kind":
		a.Kind = detect.AccountKind(value)
	default:
		return false
	}
	return true
}

func checkAccount(a *detect.Account, line int) error {
	if len(a.ID) != 12 || strings.Trim(a.ID, "0123456789") != "" {
		return fmt.Errorf("line %d: account %q: not twelve digits", line, a.ID)
	}
	switch a.Kind {
	case "":
		a.Kind = detect.Own
	case detect.Own, detect.Organization, detect.Vendor:
	default:
		return fmt.Errorf("line %d: kind %q: not one of own, organization and vendor", line, a.Kind)
	}
	return nil
}

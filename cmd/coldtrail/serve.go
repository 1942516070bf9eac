package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/report/serve"
	"github.com/coldtrail/coldtrail/scan"
)

type serveCmd struct {
	Cases      []string      `arg:"" name:"case" placeholder:"CASE" help:"The cases, as analyze made them."`
	Listen     string        `default:"127.0.0.1" placeholder:"ADDRESS" help:"Loopback address to listen on: 127.0.0.1 (default), ::1 or localhost. Others are refused."`
	Port       int           `default:"4117" placeholder:"N" help:"Port to listen on (default 4117); 0: any that is free."`
	PrintEnv   bool          `help:"Print what a shell needs so that the AWS CLI and SDKs ask this endpoint, and exit: eval \"$(coldtrail serve CASE --print-env)\"."`
	AllEvents  bool          `help:"LookupEvents gives data, network activity and aggregated events too, which AWS's never does."`
	Evidence   []string      `sep:"none" placeholder:"SOURCE=PATH" help:"Where a source of the case lies on this machine: its objects can then be read over S3, read-only, and aws cloudtrail validate-logs works."`
	PublicKeys []string      `sep:"none" placeholder:"FILE" help:"Public keys of CloudTrail's digests, as aws cloudtrail list-public-keys wrote them."`
	Memory     size          `default:"1GiB" placeholder:"SIZE" help:"Memory that all queries in SQL together may take (default 1GiB; at least 64MiB)."`
	Timeout    time.Duration `default:"5m" placeholder:"DURATION" help:"How long a query in SQL may take (default 5m)."`
	WorkDir    string        `placeholder:"DIR" help:"Where results of queries are kept until the end (default: where the system keeps temporary files)."`
}

// Help implements kong.HelpProvider.
func (serveCmd) Help() string {
	return "Example: coldtrail serve ./case-001 &\n" +
		"         eval \"$(coldtrail serve ./case-001 --print-env)\"\n" +
		"         aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=ConsoleLogin\n\n" +
		"A browser finds the case at the endpoint's address. In the region \"all\", which --print-env names, LookupEvents answers for all regions."
}

// Run implements the command.
func (s *serveCmd) Run(ctx context.Context, c *console) error {
	cfg, err := s.config(c)
	if err != nil {
		return err
	}
	address, err := s.address()
	if err != nil {
		return usage("%w", err)
	}
	if s.PrintEnv {
		if s.Port == 0 {
			return usage("--print-env needs a --port that is known")
		}
		_, err := fmt.Fprint(c.out, s.exports(address, cfg.Cases))
		return err
	}
	if err := s.outside(cfg.Evidence); err != nil {
		return usage("%w", err)
	}
	if cfg.TempDir, err = os.MkdirTemp(s.WorkDir, "coldtrail-serve-"); err != nil {
		return usage("--work-dir: %w", err)
	}
	defer os.RemoveAll(cfg.TempDir)
	cfg.Options.TempDir = filepath.Join(cfg.TempDir, "spill")
	server, err := serve.New(cfg)
	if err != nil {
		return err
	}
	defer server.Close()
	ln, err := serve.Listen(ctx, address)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.err, "coldtrail: serving at http://%s/ until interrupted; for aws and boto3, paste:\n%s", ln.Addr(), s.exports(ln.Addr().String(), cfg.Cases))
	return server.Serve(ctx, ln)
}

// address returns the address to listen at.
func (s *serveCmd) address() (string, error) {
	host := strings.Trim(s.Listen, "[]")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return serve.Address(host + ":" + strconv.Itoa(s.Port))
}

// outside refuses to keep results where the evidence or a case lies: neither is written to.
func (s *serveCmd) outside(evidence report.Evidence) error {
	dir := s.WorkDir
	if dir == "" {
		dir = os.TempDir()
	}
	kept := slices.Clone(s.Cases)
	for _, path := range evidence {
		kept = append(kept, path)
	}
	return scan.Outside(dir, kept)
}

// config checks the flags.
func (s *serveCmd) config(c *console) (cfg serve.Config, err error) {
	if s.Port < 0 || s.Port > 65535 {
		return cfg, usage("--port %d: not a port", s.Port)
	}
	if s.Memory < minMemory {
		return cfg, usage("--memory %s: at least %s", s.Memory, size(minMemory))
	}
	if s.Timeout <= 0 {
		return cfg, usage("--timeout %s: not a time to wait", s.Timeout)
	}
	for _, dir := range s.Cases {
		if _, err := os.Stat(dir); err != nil {
			return cfg, usage("case: %w", err)
		}
	}
	if cfg.Evidence, err = report.ParseEvidence(s.Evidence); err != nil {
		return cfg, usage("%w", err)
	}
	for _, path := range cfg.Evidence {
		if _, err := os.Stat(path); err != nil {
			return cfg, usage("--evidence: %w", err)
		}
	}
	cfg.Cases, cfg.PublicKeys, cfg.AllEvents, cfg.Timeout = caseNames(s.Cases), s.PublicKeys, s.AllEvents, s.Timeout
	cfg.Now, cfg.NewID, cfg.Options.Memory = time.Now, newUUID, int64(s.Memory)
	var mu sync.Mutex
	cfg.Log = func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(c.err, "coldtrail: "+format+"\n", args...)
	}
	return cfg, nil
}

// notInNames is what the name of a case in a URL has a hyphen for.
var notInNames = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// caseNames names the cases after their directories.
func caseNames(dirs []string) (cases []serve.Case) {
	seen := map[string]bool{}
	for i, dir := range dirs {
		if abs, err := filepath.Abs(dir); err == nil {
			dir = abs
		}
		name := strings.Trim(notInNames.ReplaceAllString(filepath.Base(dir), "-"), ".-")
		if name == "" || seen[name] {
			name = fmt.Sprintf("%s-%d", name, i+1)
		}
		seen[name] = true
		cases = append(cases, serve.Case{Name: name, Dir: dirs[i]})
	}
	return cases
}

// exports are the lines for a shell.
func (s *serveCmd) exports(address string, cases []serve.Case) string {
	url := "http://" + address // of an address, not a name: S3's clients put the bucket's before that
	if len(cases) > 1 {
		url += "/" + cases[0].Name
	}
	direct := "127.0.0.1,localhost,::1"
	if at, err := netip.ParseAddrPort(address); err == nil && !slices.Contains(strings.Split(direct, ","), at.Addr().String()) {
		direct = at.Addr().String() + "," + direct
	}
	return "export AWS_ENDPOINT_URL=" + url + "\n" +
		"export AWS_ACCESS_KEY_ID=coldtrail AWS_SECRET_ACCESS_KEY=coldtrail AWS_REGION=all AWS_DEFAULT_REGION=all\n" +
		"export AWS_EC2_METADATA_DISABLED=true NO_PROXY=\"" + direct + "${NO_PROXY:+,$NO_PROXY}\"\n" +
		"unset AWS_PROFILE AWS_SESSION_TOKEN AWS_IGNORE_CONFIGURED_ENDPOINT_URLS\n"
}

// newUUID returns a random UUID, version 4.
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

package main

import (
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan/custody"
)

type custodyRequestCmd struct {
	custodyCase
	Output string `short:"o" required:"" placeholder:"FILE" help:"Where to write the request. It must not exist."`
	custodyFlags
}

// Help implements kong.HelpProvider.
func (custodyRequestCmd) Help() string {
	return "Writes a request for a timestamp of the log's head (RFC 3161). It has nothing of the case but a hash, and can be carried to where\n" +
		"there is a network; the authority's answer is then attached. coldtrail sends nothing.\n\n" +
		"Example: coldtrail custody timestamp-request ./case-001 -o head.tsq\n" +
		"         curl -H 'Content-Type: application/timestamp-query' --data-binary @head.tsq https://tsa.example.org > head.tsr   # elsewhere\n" +
		"         coldtrail custody timestamp-attach ./case-001 head.tsr --ca tsa-ca.pem"
}

// Run implements the command.
func (r *custodyRequestCmd) Run(c *console) error {
	e := r.entry(c, custody.Request, "custody timestamp-request")
	if _, err := os.Lstat(r.Output); err == nil {
		return usage("%s exists and is never overwritten", r.Output)
	}
	head, err := r.add(e)
	if err != nil {
		return err
	}
	name, text := custody.HeadName(head.Seq), head.Encode()
	request, err := custody.TimestampRequest(rand.Reader, text)
	if err != nil {
		return err
	}
	var files []custody.File
	for of, content := range [...][]byte{text, request} {
		f, err := custody.WriteBeside(r.Case, name+[...]string{"", custody.RequestExtension}[of], content)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	done := r.entry(c, custody.Kept, "custody timestamp-request")
	done.Outputs, done.Of = files, &head.Seq
	if _, err := r.add(done); err != nil {
		return err
	}
	return writeNew(r.Output, func(w io.Writer) error { _, err := w.Write(request); return err })
}

type custodyAttachCmd struct {
	custodyCase
	Response string   `arg:"" name:"response" help:"The authority's answer."`
	CA       []string `name:"ca" sep:"none" placeholder:"FILE" help:"Certificates of authorities that are trusted, in PEM or DER. Without any it is not checked whose the timestamp is."`
	custodyFlags
}

// Help implements kong.HelpProvider.
func (custodyAttachCmd) Help() string {
	return "Example: coldtrail custody timestamp-attach ./case-001 head.tsr --ca authority.pem\n\nChecks the answer to a timestamp request, offline, and keeps it in the case. See custody timestamp-request.\n\nExit code 5: it is no valid timestamp of this case's log."
}

// Run implements the command.
func (a *custodyAttachCmd) Run(c *console) error {
	roots, err := certificates("--ca", a.CA)
	if err != nil {
		return err
	}
	response, err := readAtMost(a.Response, 1<<20)
	if err != nil {
		return usage("%w", err)
	}
	s, err := a.summary()
	if err != nil {
		return err
	}
	name, stamp, err := a.match(s, response, roots)
	if err != nil {
		return &exitError{exitIntegrity, fmt.Errorf("%s: %w", a.Response, err)}
	}
	of := name + custody.ResponseExtension
	for n := 2; ; n++ {
		if _, ok := s.Files[of]; !ok {
			break
		}
		of = fmt.Sprintf("%s.%d%s", name, n, custody.ResponseExtension)
	}
	e := a.entry(c, custody.Timestamp, "custody timestamp-attach")
	f, err := custody.WriteBeside(a.Case, of, response)
	if err != nil {
		return err
	}
	e.Outputs, e.Text = []custody.File{f}, stamped(&stamp)
	if _, err := a.add(e); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.text(), "%s: %s\n", report.Terminal(filepath.Join(a.Case, filepath.FromSlash(of))), report.Terminal(stamped(&stamp)))
	return err
}

// match finds the head that the response is of.
func (a *custodyAttachCmd) match(s *custody.Summary, response []byte, roots []*x509.Certificate) (name string, stamp custody.Stamp, err error) {
	err = errors.New("no request of this case is known")
	for _, e := range s.Entries {
		if e.Action != custody.Request {
			continue
		}
		name = custody.HeadName(e.Seq)
		head := custody.Head{V: custody.Version, Seq: e.Seq, Hash: s.Hashes[e.Seq], Count: e.Seq + 1}.Encode()
		request, rerr := custody.ReadBeside(a.Case, name+custody.RequestExtension)
		if rerr != nil {
			return name, stamp, rerr
		}
		if stamp, err = custody.CheckTimestamp(head, request, response, roots); err == nil {
			return name, stamp, nil
		}
	}
	return name, stamp, err
}

func stamped(s *custody.Stamp) string {
	text := "stamped at " + s.Time.Format(time.RFC3339Nano)
	if s.Accuracy > 0 {
		text += fmt.Sprintf(" (± %s)", s.Accuracy)
	}
	text += fmt.Sprintf(", serial %s, policy %s, by %s", s.Serial, s.Policy, s.Authority)
	if !s.Trusted {
		text += "; whether that is an authority was not checked"
	}
	return text
}

func certificates(flag string, paths []string) (all []*x509.Certificate, err error) {
	for _, path := range paths {
		b, err := readAtMost(path, 1<<20)
		if err != nil {
			return nil, usage("%s: %w", flag, err)
		}
		certs, err := custody.ParseCertificates(b)
		if err != nil {
			return nil, usage("%s %s: %w", flag, path, err)
		}
		all = append(all, certs...)
	}
	return all, nil
}

// checkTimestamps checks the timestamps of heads.
func (v *custodyVerifyCmd) checkTimestamps(k *custodyCheck, s *custody.Summary) error {
	roots, err := certificates("--tsa-ca", v.TSACA)
	if err != nil {
		return err
	}
	names, err := fs.Glob(os.DirFS(v.Case), custody.Dir+"/head-*"+custody.ResponseExtension)
	if err != nil {
		return err
	}
	trusted := 0
	for _, name := range names {
		base, _, _ := strings.Cut(name, ".json")
		base += ".json"
		head, herr := custody.ReadBeside(v.Case, base)
		request, rerr := custody.ReadBeside(v.Case, base+custody.RequestExtension)
		response, err := custody.ReadBeside(v.Case, name)
		var stamp custody.Stamp
		if err = errors.Join(herr, rerr, err); err == nil {
			stamp, err = custody.CheckTimestamp(head, request, response, roots)
		}
		if err != nil || !headOf(s, head) {
			k.problem(custody.Problem{Name: name, Text: fmt.Sprintf("no valid timestamp of a head of this log: %v", err)})
			continue
		}
		if stamp.Trusted {
			trusted++
		}
		k.say("Timestamp", "%s: %s", name, stamped(&stamp))
	}
	if len(roots) > 0 && trusted == 0 {
		k.problem(custody.Problem{Name: custody.Dir, Text: "no timestamp by an authority that was given"})
	}
	return nil
}

// headOf reports whether a head is one of the log.
func headOf(s *custody.Summary, b []byte) bool {
	h, err := custody.ParseHead(b)
	return err == nil && h.Seq < uint64(len(s.Hashes)) && s.Hashes[h.Seq] == h.Hash
}

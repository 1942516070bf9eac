package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan/custody"
)

type custodySignCmd struct {
	custodyCase
	SigningKey     []string `required:"" sep:"none" placeholder:"KEY" help:"A private key: SSH's (Ed25519, RSA or ECDSA) or minisign's. Several sign the same."`
	PassphraseFile string   `placeholder:"FILE" help:"Where the passphrase of encrypted keys stands, on the first line; otherwise it is asked for on the terminal."`
	custodyFlags
}

// Help implements kong.HelpProvider.
func (custodySignCmd) Help() string {
	return "Signs the head of the log, {seq, hash, count}, which stands for all of it and, through outputs.sha256, for the whole case.\n\n" +
		"Examples: coldtrail custody sign ./case-001 --signing-key ~/.ssh/id_ed25519 --examiner 'A. Roe'\n" +
		"          ssh-keygen -Y verify -f allowed_signers -I roe@example.org -n " + custody.Namespace + " -s custody/head-000002.json.sig < custody/head-000002.json\n" +
		"          minisign -V -p minisign.pub -m custody/head-000002.json"
}

// Run implements the command. The log has an entry before the signature, which is signed
// with the rest, and one behind, which names the files that were made.
func (s *custodySignCmd) Run(c *console) error {
	keys, err := s.keys(c)
	if err != nil {
		return err
	}
	e := s.entry(c, custody.Sign, "custody sign")
	for _, k := range keys {
		e.Text = strings.TrimPrefix(e.Text+", "+k.ID(), ", ")
	}
	head, err := s.add(e)
	if err != nil {
		return err
	}
	files, err := s.sign(keys, head, e)
	if err != nil {
		return err
	}
	done := s.entry(c, custody.Kept, "custody sign")
	done.Outputs, done.Of = files, &head.Seq
	if _, err := s.add(done); err != nil {
		return err
	}
	for _, f := range files {
		fmt.Fprintln(c.text(), report.Terminal(filepath.Join(s.Case, filepath.FromSlash(f.Path))))
	}
	fmt.Fprintf(c.text(), "What was signed has %d entries, the last with SHA-256\n%s\n", head.Count, head.Hash)
	return nil
}

func (s *custodySignCmd) sign(keys []*custody.SigningKey, head custody.Head, e *custody.Entry) ([]custody.File, error) {
	name, text := custody.HeadName(head.Seq), head.Encode()
	f, err := custody.WriteBeside(s.Case, name, text)
	files := []custody.File{f}
	comment := fmt.Sprintf("timestamp:%d\tfile:%s\tentry:%d", e.Time.Unix(), filepath.Base(name), head.Seq)
	made := map[string]int{}
	for _, k := range keys {
		if err != nil {
			return nil, err
		}
		var signature []byte
		if signature, err = k.Sign(rand.Reader, text, comment); err != nil {
			return nil, err
		}
		of := name + k.Extension()
		if made[of]++; made[of] > 1 { // by a further key
			of = fmt.Sprintf("%s.%d%s", name, made[of], k.Extension())
		}
		f, err = custody.WriteBeside(s.Case, of, signature)
		files = append(files, f)
	}
	return files, err
}

func (s *custodySignCmd) keys(c *console) (keys []*custody.SigningKey, err error) {
	for _, path := range s.SigningKey {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, usage("--signing-key: %w", err)
		}
		k, err := custody.ParseSigningKey(b, func() (string, error) { return s.passphrase(c, path) })
		if err != nil {
			return nil, usage("--signing-key %s: %w", path, err)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// passphrase takes the passphrase from the file, or asks for it.
func (s *custodySignCmd) passphrase(c *console, key string) (string, error) {
	if s.PassphraseFile != "" {
		b, err := os.ReadFile(s.PassphraseFile)
		line, _, _ := strings.Cut(string(b), "\n")
		return strings.TrimSuffix(line, "\r"), err
	}
	in, ok := c.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return "", errors.New("it is encrypted, and there is no terminal to ask for its passphrase: use --passphrase-file")
	}
	fmt.Fprintf(c.err, "Passphrase of %s: ", report.Terminal(key))
	b, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(c.err)
	return string(b), err
}

// checkSignatures checks what lies in the case's custody directory: that each head is one of
// the log, and each signature one of its head.
func (v *custodyVerifyCmd) checkSignatures(k *custodyCheck, s *custody.Summary) error {
	var keys []custody.PublicKey
	for _, path := range v.PublicKey {
		b, err := os.ReadFile(path)
		if err != nil {
			return usage("--public-key: %w", err)
		}
		more, err := custody.ParsePublicKeys(b)
		if err != nil {
			return usage("--public-key %s: %w", path, err)
		}
		keys = append(keys, more...)
	}
	names, err := fs.Glob(os.DirFS(v.Case), custody.Dir+"/head-*")
	if err != nil {
		return err
	}
	known := 0
	for _, name := range names {
		head, signature, ok := v.signed(name, k, s)
		if !ok {
			continue
		}
		verdict, err := custody.CheckSignature(head, signature, filepath.Ext(name), keys)
		switch {
		case err != nil:
			k.problem(custody.Problem{Name: name, Text: "no valid signature: " + err.Error()})
		case verdict.Open:
			k.say("Signature", "%s: by %s; not checked: give its key with --public-key", name, verdict.Key)
		case !verdict.Known:
			k.say("Signature", "%s: valid, by %s; whose key that is, is not known here: give it with --public-key", name, verdict.Key)
		default:
			known++
			k.say("Signature", "%s: valid, by %s %s", name, verdict.Key, verdict.Name)
		}
	}
	if len(keys) > 0 && known == 0 {
		k.problem(custody.Problem{Name: custody.Dir, Text: "no signature by a key that was given"})
	}
	return nil
}

// signed reads a file beside the log. ok: it is a signature, and that is of this head.
func (v *custodyVerifyCmd) signed(name string, k *custodyCheck, s *custody.Summary) (head, signature []byte, ok bool) {
	b, err := custody.ReadBeside(v.Case, name)
	if err != nil {
		k.problem(custody.Problem{Name: name, Text: err.Error()})
		return nil, nil, false
	}
	base, _, _ := strings.Cut(filepath.Base(name), ".json")
	switch filepath.Ext(name) {
	case ".json":
		h, err := custody.ParseHead(b)
		switch {
		case err != nil:
			k.problem(custody.Problem{Name: name, Text: err.Error()})
		case h.Seq >= uint64(len(s.Hashes)) || s.Hashes[h.Seq] != h.Hash || h.Count != h.Seq+1 || custody.HeadName(h.Seq) != name:
			k.problem(custody.Problem{Name: name, Text: "it is not a head of this log: the log was changed, or cut off"})
		}
		return nil, nil, false
	case custody.SSHExtension, custody.MinisignExtension:
		head, err := custody.ReadBeside(v.Case, custody.Dir+"/"+base+".json")
		if err != nil || !slices.Contains(s.Hashes, headHash(head)) {
			k.problem(custody.Problem{Name: name, Text: "it signs no head of this log"})
			return nil, nil, false
		}
		return head, b, true
	}
	return nil, nil, false
}

func headHash(b []byte) string {
	h, err := custody.ParseHead(b)
	if err != nil {
		return ""
	}
	return h.Hash
}

package custody

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"aead.dev/minisign"
	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// Namespace is that of SSH signatures of heads: ssh-keygen -Y verify -n coldtrail-custody.
const Namespace = "coldtrail-custody"

// Extensions of signatures, behind the name of what they sign; as their own tools have them.
const (
	SSHExtension      = ".sig"
	MinisignExtension = ".minisig"
)

// HeadName is the name in a case of the file with the head up to that entry.
func HeadName(seq uint64) string { return fmt.Sprintf("%s/head-%06d.json", Dir, seq) }

// Encode returns the head as its file has it, and as it is signed.
func (h Head) Encode() []byte {
	return fmt.Appendf(nil, `{"v":%d,"seq":%d,"hash":"%s","count":%d}`+"\n", h.V, h.Seq, h.Hash, h.Count)
}

// ParseHead parses what Encode returns, and nothing else.
func ParseHead(b []byte) (Head, error) {
	var h Head
	if err := json.Unmarshal(b, &h); err != nil {
		return h, fmt.Errorf("head: %w", err)
	}
	if !bytes.Equal(h.Encode(), b) {
		return h, errors.New("head: not in its form")
	}
	return h, nil
}

// A SigningKey signs heads: with an SSH key or a minisign key.
type SigningKey struct {
	ssh  ssh.Signer
	mini minisign.PrivateKey
}

// ErrPassphrase is what a wrong passphrase, or none, ends in.
var ErrPassphrase = errors.New("signing key: the passphrase is wrong, or missing")

// ParseSigningKey parses a private key: OpenSSH's or PEM, of Ed25519, RSA or ECDSA, or
// minisign's. If it is encrypted, passphrase is asked.
func ParseSigningKey(b []byte, passphrase func() (string, error)) (*SigningKey, error) {
	if bytes.HasPrefix(b, []byte("untrusted comment:")) {
		return parseMinisignKey(b, passphrase)
	}
	signer, err := ssh.ParsePrivateKey(b)
	if _, encrypted := errors.AsType[*ssh.PassphraseMissingError](err); encrypted {
		p, perr := passphrase()
		if perr != nil {
			return nil, perr
		}
		if signer, err = ssh.ParsePrivateKeyWithPassphrase(b, []byte(p)); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrPassphrase, err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("signing key: neither an SSH private key nor minisign's: %w", err)
	}
	if signer.PublicKey().Type() == "ssh-dss" {
		return nil, errors.New("signing key: DSA is not secure: use Ed25519, RSA or ECDSA")
	}
	return &SigningKey{ssh: signer}, nil
}

func parseMinisignKey(b []byte, passphrase func() (string, error)) (*SigningKey, error) {
	k := &SigningKey{}
	if !minisign.IsEncrypted(b) {
		if err := k.mini.UnmarshalText(b); err != nil {
			return nil, fmt.Errorf("signing key: %w", err)
		}
		return k, nil
	}
	p, err := passphrase()
	if err != nil {
		return nil, err
	}
	if k.mini, err = minisign.DecryptKey(p, b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPassphrase, err)
	}
	return k, nil
}

// Extension is that of the key's signatures.
func (k *SigningKey) Extension() string {
	if k.ssh != nil {
		return SSHExtension
	}
	return MinisignExtension
}

// ID names the key as its tools do.
func (k *SigningKey) ID() string {
	if k.ssh != nil {
		return k.ssh.PublicKey().Type() + " " + ssh.FingerprintSHA256(k.ssh.PublicKey())
	}
	return minisignID(k.mini.ID())
}

func minisignID(id uint64) string { return "minisign " + strings.ToUpper(strconv.FormatUint(id, 16)) }

// Sign signs a head's file. Of minisign, comment is signed with it.
func (k *SigningKey) Sign(rand io.Reader, head []byte, comment string) ([]byte, error) {
	if k.ssh == nil {
		r := minisign.NewReader(bytes.NewReader(head)) // hashed first, as minisign does
		if _, err := io.Copy(io.Discard, r); err != nil {
			return nil, err
		}
		return r.SignWithComments(k.mini, comment, "signature of a coldtrail custody log's head"), nil
	}
	s, err := sshsig.SignWithRand(bytes.NewReader(head), rand, k.ssh, sshsig.HashSHA512, Namespace)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	return sshsig.Armor(s), nil
}

// A PublicKey is one whose signatures are wanted.
type PublicKey struct {
	ssh  ssh.PublicKey
	mini minisign.PublicKey
	Name string // what its file says of it
}

// ID names the key as its tools do.
func (k *PublicKey) ID() string {
	if k.ssh != nil {
		return k.ssh.Type() + " " + ssh.FingerprintSHA256(k.ssh)
	}
	return minisignID(k.mini.ID())
}

// ParsePublicKeys parses a file of public keys: SSH's, one a line, as in NAME.pub,
// authorized_keys or allowed_signers, or one of minisign's.
func ParsePublicKeys(b []byte) (keys []PublicKey, err error) {
	if bytes.HasPrefix(b, []byte("untrusted comment:")) {
		k := PublicKey{}
		if err := k.mini.UnmarshalText(b); err != nil {
			return nil, fmt.Errorf("public key: %w", err)
		}
		return append(keys, k), nil
	}
	for n, line := range bytes.Split(b, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		k, err := parseSSHPublicKey(line)
		if err != nil {
			return nil, fmt.Errorf("public key: line %d: %w", n+1, err)
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, errors.New("public key: the file has none")
	}
	return keys, nil
}

// parseSSHPublicKey parses a line of authorized_keys, or of allowed_signers, in which
// principals and options stand before the key.
func parseSSHPublicKey(line []byte) (PublicKey, error) {
	pub, comment, _, _, err := ssh.ParseAuthorizedKey(line)
	if err == nil {
		return PublicKey{ssh: pub, Name: comment}, nil
	}
	name, rest, ok := bytes.Cut(line, []byte(" "))
	if !ok {
		return PublicKey{}, err
	}
	if pub, _, _, _, err = ssh.ParseAuthorizedKey(bytes.TrimSpace(rest)); err != nil {
		return PublicKey{}, err
	}
	return PublicKey{ssh: pub, Name: strings.Trim(string(name), `"`)}, nil
}

// A Verdict says what a signature of a head is worth.
type Verdict struct {
	Key   string // by which key
	Name  string // whose that is, as the file of the given key says
	Known bool   // the key was given
	Open  bool   // it was not checked: its key was not given, and it does not have it itself
}

// CheckSignature checks a signature of a head's file. Without a key that was given an SSH
// signature is checked by the key in it, which says nothing of whose that is.
func CheckSignature(head, signature []byte, extension string, keys []PublicKey) (Verdict, error) {
	if extension == MinisignExtension {
		return checkMinisign(head, signature, keys)
	}
	s, err := sshsig.Unarmor(signature)
	if err != nil {
		return Verdict{}, fmt.Errorf("no SSH signature: %w", err)
	}
	v := Verdict{Key: s.PublicKey.Type() + " " + ssh.FingerprintSHA256(s.PublicKey)}
	if err := sshsig.Verify(bytes.NewReader(head), s, s.PublicKey, s.HashAlgorithm, Namespace); err != nil {
		return v, err
	}
	for _, k := range keys {
		if k.ssh != nil && bytes.Equal(k.ssh.Marshal(), s.PublicKey.Marshal()) {
			v.Known, v.Name = true, k.Name
		}
	}
	return v, nil
}

func checkMinisign(head, signature []byte, keys []PublicKey) (Verdict, error) {
	var s minisign.Signature
	if err := s.UnmarshalText(signature); err != nil {
		return Verdict{}, err
	}
	v := Verdict{Key: minisignID(s.KeyID)}
	for _, k := range keys {
		if k.ssh != nil || k.mini.ID() != s.KeyID {
			continue
		}
		if !minisign.Verify(k.mini, head, signature) {
			return v, errors.New("it is not of this head, or not by this key")
		}
		v.Known = true
		return v, nil
	}
	v.Open = true
	return v, nil
}

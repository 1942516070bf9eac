package custody

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"aead.dev/minisign"
	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/scrypt"
	"golang.org/x/crypto/ssh"
)

func refuse() (string, error) { return "", errors.New("nobody is there") }

// sshKey makes a private key as ssh-keygen does, and its public key.
func sshKey(t testing.TB, passphrase string) (private, public []byte) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var block *pem.Block
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(key, "c")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "c", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(block), ssh.MarshalAuthorizedKey(signer.PublicKey())
}

// minisignKey makes a private key, and its public key.
func minisignKey(t testing.TB) (private, public []byte, key minisign.PrivateKey) {
	t.Helper()
	pub, key, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if private, err = key.MarshalText(); err != nil {
		t.Fatal(err)
	}
	if public, err = pub.MarshalText(); err != nil {
		t.Fatal(err)
	}
	return private, public, key
}

func TestSignatures(t *testing.T) {
	head := Head{V: 1, Seq: 3, Hash: Genesis, Count: 4}.Encode()
	if h, err := ParseHead(head); err != nil || h.Seq != 3 {
		t.Errorf("%+v, %v", h, err)
	}
	for _, bad := range []string{"", "{}", string(head) + "\n", strings.Replace(string(head), ":", ": ", 1), strings.TrimSpace(string(head))} {
		if _, err := ParseHead([]byte(bad)); err == nil {
			t.Errorf("%q is a head", bad)
		}
	}
	plain, plainPub := sshKey(t, "")
	locked, lockedPub := sshKey(t, "p")
	mini, miniPub, _ := minisignKey(t)
	for i, k := range [][2][]byte{{plain, plainPub}, {locked, lockedPub}, {mini, miniPub}} {
		key, err := ParseSigningKey(k[0], func() (string, error) { return "p", nil })
		if err != nil {
			t.Fatal(i, err)
		}
		signature, err := key.Sign(rand.Reader, head, "comment")
		if err != nil {
			t.Fatal(i, err)
		}
		public, err := ParsePublicKeys(k[1])
		if err != nil || public[0].ID() != key.ID() {
			t.Fatal(i, err, public)
		}
		if v, err := CheckSignature(head, signature, key.Extension(), public); err != nil || !v.Known || v.Open || v.Key != key.ID() {
			t.Errorf("%d: %+v, %v", i, v, err)
		}
		if v, err := CheckSignature(head, signature, key.Extension(), nil); err != nil || v.Known || v.Open != (key.Extension() == MinisignExtension) {
			t.Errorf("%d, without the key: %+v, %v", i, v, err)
		}
		for at := range head {
			other := bytes.Clone(head)
			other[at] ^= 1
			if _, err := CheckSignature(other, signature, key.Extension(), public); err == nil {
				t.Errorf("%d: the signature holds for %q", i, other)
			}
		}
	}
	if _, err := ParseSigningKey(locked, func() (string, error) { return "q", nil }); !errors.Is(err, ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
	if _, err := ParseSigningKey(locked, refuse); err == nil {
		t.Error("a key without its passphrase")
	}
	for _, bad := range []string{"", "x", "untrusted comment: x\n", string(plainPub), string(plain[:100])} {
		if _, err := ParseSigningKey([]byte(bad), refuse); err == nil {
			t.Errorf("%q is a signing key", bad)
		}
	}
}

// lockMinisign encrypts a key as minisign does, but with scrypt's least cost in place of 1 GiB.
func lockMinisign(t *testing.T, private []byte, passphrase string) []byte {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(string(private)), "\n")
	b, err := base64.StdEncoding.DecodeString(lines[len(lines)-1])
	if err != nil || len(b) != 158 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	copy(b[2:], "Sc")
	salt := b[6:38]
	rand.Read(salt)
	binary.LittleEndian.PutUint64(b[38:], 32768)
	binary.LittleEndian.PutUint64(b[46:], 16<<20)
	stream, err := scrypt.Key([]byte(passphrase), salt, 1<<10, 8, 1, 104)
	if err != nil {
		t.Fatal(err)
	}
	secret := b[54:]
	sum := blake2b.Sum256(append([]byte("Ed"), secret[:72]...))
	copy(secret[72:], sum[:])
	for i := range secret {
		secret[i] ^= stream[i]
	}
	return []byte("untrusted comment: minisign encrypted secret key\n" + base64.StdEncoding.EncodeToString(b) + "\n")
}

func TestEncryptedMinisignKey(t *testing.T) {
	private, public, _ := minisignKey(t)
	locked := lockMinisign(t, private, "p")
	k, err := ParseSigningKey(locked, func() (string, error) { return "p", nil })
	if err != nil {
		t.Fatal(err)
	}
	if pub, err := ParsePublicKeys(public); err != nil || pub[0].ID() != k.ID() {
		t.Error(pub, err)
	}
	if _, err := ParseSigningKey(locked, func() (string, error) { return "q", nil }); !errors.Is(err, ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
	if _, err := ParseSigningKey(locked, refuse); err == nil {
		t.Error("a key without its passphrase")
	}
}

func TestPublicKeys(t *testing.T) {
	_, a := sshKey(t, "")
	_, b := sshKey(t, "")
	line := strings.TrimSpace(string(a))
	keys, err := ParsePublicKeys([]byte("# comment\n" + line + " a@x\n\nb@x,c@x namespaces=\"coldtrail-custody\" " + string(b)))
	if err != nil || len(keys) != 2 || keys[0].Name != "a@x" || keys[1].Name != "b@x,c@x" {
		t.Errorf("%+v, %v", keys, err)
	}
	for _, bad := range []string{"", "# nothing\n", line + "\nx\n", "untrusted comment: x\nAAAA"} {
		if _, err := ParsePublicKeys([]byte(bad)); err == nil {
			t.Errorf("%q has keys", bad)
		}
	}
}

func FuzzSignature(f *testing.F) {
	head := Head{V: 1, Hash: Genesis, Count: 1}.Encode()
	private, public := sshKey(f, "")
	mini, miniPub, _ := minisignKey(f)
	var keys []PublicKey
	for _, k := range [][2][]byte{{private, public}, {mini, miniPub}} {
		key, err := ParseSigningKey(k[0], refuse)
		if err != nil {
			f.Fatal(err)
		}
		s, err := key.Sign(rand.Reader, head, "c")
		if err != nil {
			f.Fatal(err)
		}
		pub, err := ParsePublicKeys(k[1])
		if err != nil {
			f.Fatal(err)
		}
		keys = append(keys, pub...)
		f.Add(s, key.Extension())
		f.Add(k[0], SSHExtension)
		f.Add(k[1], MinisignExtension)
	}
	f.Fuzz(func(t *testing.T, b []byte, extension string) {
		other := append(bytes.Clone(head), ' ')
		if v, err := CheckSignature(other, b, extension, keys); err == nil && v.Known {
			t.Error("a signature of something else")
		}
		if pub, err := ParsePublicKeys(b); err == nil && len(pub) == 0 {
			t.Error("no key and no error")
		}
		if k, err := ParseSigningKey(b, refuse); err == nil && k.ID() == "" {
			t.Error("a key without a name")
		}
	})
}

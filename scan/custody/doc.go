// Package custody keeps and checks the record of who did what to a case, and reads what
// others have noted of the evidence.
//
//	head, err := custody.Append("case/custody.jsonl", &custody.Entry{Time: now, Action: custody.Note, Text: "…"})
//	log, err := custody.Summarize("case/custody.jsonl")
//	sums, err := custody.Seal(ctx, "case", nil)
//
// # The files
//
//	custody.jsonl    the log: an Entry a line
//	outputs.sha256   every other file of the case, in the form of sha256sum -c
//	custody/         signed heads of the log, their signatures, timestamps
//
// A command that makes or changes a case appends an entry before it reads anything, which is on
// the disk before it goes on, and one when all is done: of a command that was cut off there is the first only.
// The last names outputs.sha256 with its hash, so that the log vouches for every file. What lies
// in custody/ is named, with its hash, by the entry that put it there.
//
// # The chain
//
//	line n    {"v":1,"seq":n,"prev":P,…,"sum":S} LF
//	P         SHA-256 of line n-1, with its line feed; of line 0 zeros
//	S         SHA-256 of the line up to ,"sum":
//
// Both are over the bytes of the line as they stand, which need no agreement on how JSON is written. S
// names a changed line, the last one too; P a line that was taken out, put in or written anew.
//
// # What it proves
//
// The log shows tampering that its author could not make good. Who may write the whole case can
// write a whole new log, or cut off its end: a chain cannot show that. A head can, if
// it is somewhere else: on paper, with another person, signed with a key that is not on the same
// machine, or with a time-stamping authority. So every command prints it.
//
// # Signatures and timestamps
//
// What is signed, and stamped, is the file of a Head: 'ssh-keygen -Y verify', 'minisign -V' and 'openssl ts -verify'
// check it as it lies there. An SSH signature has its key in it and is checked even where nobody says
// whose that is, which is then said; a minisign signature needs the key. A timestamp must be the answer to
// the request beside it, by a certificate that is for timestamps alone and that the signature names; with roots
// that are given, that certificate must have led to one of them at the time that was stamped.
//
// # Others' manifests
//
//	m := custody.NewManifestReader(f, "SHA256SUMS")
//	for claim, err := m.Next(); err == nil; claim, err = m.Next() { … }
//
// sha256sum and its like (also -z and escaped names), BSD's and OpenSSL's form, hashdeep and md5deep,
// CertUtil in several languages and in UTF-16, BagIt's manifests, a hash alone in NAME.sha256. Lines that
// say nothing are Problems. What a claim's path means here is for the caller to find out: package scan does.
//
// # Lifetime and concurrency
//
// Append locks the log against other processes where the system has flock. HashAhead starts a
// goroutine, which ends with Stop, or before Seal returns. Nothing here asks for the time, the host
// or the environment, or prints: an Entry's facts come from the caller. A log is held in memory, a manifest is read line by line.
//
// # Why …?
//
// Why is the log not a part of what is byte-identical between runs? It says when, where and by whom.
// It is the one file of a case that does, so that all others can be compared.
//
// Why is an entry refused that would be valid JSON to others? A member that is there twice, or under
// another case of letters, is read differently by different programs. An entry that
// is not, byte for byte, how Append writes it was not written by Append.
//
// Why is evidence not hashed before it is read, and again afterwards? It is hashed while it is read,
// by the same bytes that were parsed, and the manifest has that. Hashing it once more is a command of its
// own (custody verify --evidence), whenever and by whomever it is wanted.
//
// Why does sealing again not hash all files? A command vouches for what it wrote, not for what somebody
// else did to the rest meanwhile.
//
// Why these libraries? golang.org/x/crypto/ssh reads every key that ssh-keygen writes.
// github.com/hiddeco/sshsig (Apache-2.0) is the SSHSIG format over it and needs nothing else; aead.dev/minisign
// (MIT) signs and reads encrypted keys, which github.com/jedisct1/go-minisign does not; github.com/digitorus/timestamp
// (BSD-2) with its pkcs7 (MIT) reads timestamps, of which the newest version asks for a newer Go. Its decoder of BER
// may panic over what is hostile, and it builds no path to a root: both is done here.
//
// Why no FIDO keys and no agent? Both need a program that talks to them: sign the head's file with ssh-keygen
// -Y sign, and keep the signature with the paper notes.
package custody

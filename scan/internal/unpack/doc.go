// Package unpack reads compressed streams and archives: what a file is by its first
// bytes, what members an archive has and where they lie, and the members' bytes. It
// knows bytes, nothing of CloudTrail.
//
//	d := unpack.Decoder{Window: 64 << 20}
//	r, err := d.Open(unpack.CodecOf(head), input) // a compressed stream
//
//	err := unpack.ListZip(file, size, limits, func(e *unpack.Entry) error { … })
//	r, err := d.Member(file, size, &e.At)         // later, and in any order
//
// Members are listed as a stream, so that an archive of millions takes no memory
// for them: an Entry's Locator is all that is needed to read the member again. Where
// members share one compressed stream (a tar in gzip, a solid 7z folder), the locator
// says how far into the decoded stream the member begins: reading them in the order
// in which they were listed costs one pass.
//
// Nothing is written anywhere. A name is returned as the archive has it: it is for
// showing, not for opening anything.
//
// # Damage
//
// Every list function yields what it found before it returns an error. An error of the
// caller's comes back as it is. io.ErrUnexpectedEOF says that the archive is cut short.
//
// # Limits
//
// Whatever an archive says of itself is a claim. Nothing is allocated by a count that
// was not seen to be backed by as many bytes, and no window of a codec is larger than
// Decoder.Window. How many bytes come out is the caller's to watch.
//
// # Lifetime and concurrency
//
// A Decoder serves one goroutine and one stream at a time; what it returned last is
// valid until its next call. The list functions keep nothing. The package starts no
// goroutine.
//
// # Why …?
//
// Why our own readers of zip and 7z directories? archive/zip keeps the whole directory,
// some 300 bytes a member, for each reader; a locator is a few bytes in the caller's
// file. The library for 7z (bodgit/sevenzip 1.6.5) allocates by counts in the header:
// 45 bytes with right checksums end the process, which no recover can prevent.
//
// Why our own LZMA? ulikunitz/xz (0.5.17) allocates the dictionary when a block's header
// is read, up to 4 GiB by a claim of one byte, and takes no limit for it: testdata's
// huge-window.xz, of 524 bytes, costs 1 GiB. Of a stream that is cut it withholds what it
// has decoded of the last chunk, which may be all. It also takes two and a half times as long.
package unpack

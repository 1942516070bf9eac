package scan

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"strings"

	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// A container is an object that has others in it: a zip, tar or 7z archive, the tar
// perhaps compressed. The walk lists its members right behind it, those of a container
// within it likewise, so that their order is theirs in the archive. Reading them needs
// no more than what the table has of each.

// maxLevels is how deep containers may lie in each other: a collection that holds an
// archive is common, an archive in that is an exercise.
const maxLevels = 2

// A member is what the table has of an object in a container.
type member struct {
	container uint64 // its ordinal
	name      int    // where the name in the container begins in the path
	level     byte   // of containers around it
	flags     byte
	at        unpack.Locator
}

// Flags of a member.
const (
	harmless    = 1 << iota // that it cannot be read is no loss
	backslashes             // between the parts of its name
	shortened               // its name
)

// append appends the member's compact form; nil has one too.
func (m *member) append(dst []byte) []byte {
	if m == nil {
		return append(dst, 0)
	}
	dst = append(dst, m.level, m.flags)
	dst = binary.AppendUvarint(dst, m.container)
	dst = binary.AppendUvarint(dst, uint64(m.name))
	return m.at.Append(dst)
}

// decodeMember reads what append wrote, and returns what follows it.
func decodeMember(b []byte) (*member, []byte, error) {
	if b[0] == 0 {
		return nil, b[1:], nil
	}
	m := &member{level: b[0], flags: b[1]}
	b = b[2:]
	var n int
	m.container, n = binary.Uvarint(b)
	b = b[n:]
	name, n := binary.Uvarint(b)
	m.name = int(name)
	var err error
	m.at, b, err = unpack.DecodeLocator(b[n:])
	return m, b, err
}

// level is how many containers an object lies in.
func (l *listed) level() int {
	if l.member == nil {
		return 0
	}
	return int(l.member.level)
}

// mayContain reports whether an object is looked at for being a container: one that is
// called what logs are called is not, since to open each costs more than to list it.
func (l *listed) mayContain() bool {
	return l.reason == "" && l.level() < maxLevels && !namedLog(l.path)
}

// maxName is how long a member's name may be, in bytes; what is longer is cut.
const maxName = 4 << 10

// memberNames gives the members of one container their names in the manifest. No name is
// ever opened.
type memberNames struct {
	container string // its path
	seen      map[uint64]int
}

// maxSeen bounds how many names are remembered: behind it two members may share one.
const maxSeen = 1 << 20

func newMemberNames(container string) *memberNames {
	return &memberNames{container, map[uint64]int{}}
}

// path returns a member's path. Where a name comes again it gets a number.
func (n *memberNames) path(e *unpack.Entry) (path string, flags byte) {
	name := e.Name
	if e.Harmless {
		flags |= harmless
	}
	if e.Backslashes {
		flags |= backslashes
	}
	if len(name) > maxName {
		name = fmt.Sprintf("%s… (%d bytes)", name[:maxName], len(name))
		flags |= shortened
	}
	h := fnv.New64a()
	io.WriteString(h, name)
	if len(n.seen) < maxSeen {
		n.seen[h.Sum64()]++
	}
	if count := n.seen[h.Sum64()]; count > 1 {
		name = fmt.Sprintf("%s#%d", name, count)
	}
	return n.container + "!" + name, flags
}

// notes says what a reader should know of a member's name.
func (m *member) notes(path string) (notes []string) {
	if m == nil {
		return nil
	}
	if m.flags&backslashes != 0 {
		notes = append(notes, "the archive has backslashes between the parts of its name")
	}
	if m.flags&shortened != 0 {
		notes = append(notes, "its name is longer than what is shown")
	}
	if leadsOut(path[m.name:]) {
		notes = append(notes, "its name leads out of the archive: whoever made that may have wanted to overwrite files where it is unpacked")
	}
	return notes
}

// leadsOut reports whether a name would lead out of the directory into which its
// archive is unpacked, on whatever system.
func leadsOut(name string) bool {
	name = strings.ReplaceAll(name, `\`, "/")
	drive := len(name) > 1 && name[1] == ':' && (name[0]|0x20 >= 'a' && name[0]|0x20 <= 'z')
	return strings.HasPrefix(name, "/") || drive || strings.HasPrefix(name, "../") || strings.Contains(name, "/../") || strings.HasSuffix(name, "/..") || name == ".."
}

var errTooLarge = errors.New("too large to be held in memory, which its kind takes within another container: unpack that first")

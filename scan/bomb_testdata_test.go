package scan

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "make testdata anew")

// unpack's bomb.7z, which other packages' tests read too, is what sevenZipOf makes.
func TestBombOfTestdata(t *testing.T) {
	bomb := sevenZipOf("\x04\x02\x02", packed(t, "bomb.bz2"), 80<<20)
	if *update {
		failOn(t, os.WriteFile("internal/unpack/testdata/bomb.7z", []byte(bomb), 0o666))
	}
	if bomb != packed(t, "bomb.7z") {
		t.Error("bomb.7z is another one")
	}
}

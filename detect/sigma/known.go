package sigma

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// knownField refuses names that cannot be a path: coldtrail's own fields that do not
// exist, and what is too long to be one.
func knownField(name string) error {
	switch {
	case len(name) > 512:
		return fmt.Errorf("field %.40q…: its name is too long", name)
	case reserved(name):
		return fmt.Errorf("field %.40q: a character of private use", name)
	case strings.HasPrefix(name, "coldtrail."):
		if short, ok := strings.CutPrefix(name, detect.UserAgentField); !ok || !slices.Contains(detect.UserAgentFields(), short) {
			return fmt.Errorf("field %q: unknown", name)
		}
	}
	return nil
}

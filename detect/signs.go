package detect

import (
	"fmt"
	"strings"
)

// signs are what speaks for a verdict, in words.
type signs []string

// add adds a sign if it is there.
func (s *signs) add(is bool, format string, args ...any) {
	if is {
		*s = append(*s, fmt.Sprintf(format, args...))
	}
}

// String lists them.
func (s signs) String() string { return strings.Join(s, ", ") }

// byHand reports whether a user agent is one that people work with: a command line, a script's or a
// storage client, a browser. What programs of one's own bring along is not among them.
func byHand(agent string) bool {
	if strings.Contains(agent, "exec-env/") { // a function, a task, a build
		return false
	}
	for _, word := range [...]string{"aws-cli", "Boto3/", "Botocore/", "boto3", "Mozilla", "S3Console", "S3 Browser", "rclone", "Cyberduck", "s5cmd", "s3cmd", "curl", "python-requests", "PowerShell"} {
		if strings.Contains(agent, word) {
			return true
		}
	}
	return agent == ""
}

//go:build unix && !linux

package scan

import "syscall"

// nonBlocking makes opening a named pipe return at once.
const nonBlocking = syscall.O_NONBLOCK

// quietly is nothing where reading leaves no trace, or cannot be told not to.
const quietly = 0

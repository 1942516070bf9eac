package scan

import "syscall"

// nonBlocking makes opening a named pipe return at once.
const nonBlocking = syscall.O_NONBLOCK

// quietly makes reading leave the time of the last access as it was. Only who owns the
// file, or has CAP_FOWNER, may ask for it (open(2)).
const quietly = syscall.O_NOATIME

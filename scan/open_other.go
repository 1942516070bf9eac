//go:build !unix

package scan

// nonBlocking is nothing where files cannot become named pipes.
const nonBlocking = 0

// quietly is nothing where reading leaves no trace, or cannot be told not to.
const quietly = 0

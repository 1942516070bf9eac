//go:build !unix

package scan

// nonBlocking is nothing where files cannot become named pipes.
const nonBlocking = 0

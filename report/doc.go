// Package report writes the case: what a run of coldtrail leaves on disk.
package report

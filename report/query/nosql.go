//go:build !cgo

package query

import "context"

// A DB answers queries about a case.
type DB struct{}

// Open returns ErrNoSQL.
func Open(context.Context, string, Options) (*DB, error) { return nil, ErrNoSQL }

// Query returns ErrNoSQL.
func (*DB) Query(context.Context, string) (*Rows, error) { return nil, ErrNoSQL }

// Export returns ErrNoSQL.
func (*DB) Export(context.Context, string, int64) (Exported, error) { return Exported{}, ErrNoSQL }

// CloseOutdated does nothing.
func (*DB) CloseOutdated() (later string, closed bool, err error) { return "", false, nil }

// Close does nothing.
func (*DB) Close() error { return nil }

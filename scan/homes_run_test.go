package scan

import (
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/fixtures"
)

// TestAccountsAreReceived: whose events the evidence has is known before the first stream is made.
func TestAccountsAreReceived(t *testing.T) {
	dir := t.TempDir()
	if _, err := fixtures.Write(dir, fixtures.Config{Seed: 3, Bytes: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	accounts := detect.NewAccounts(nil)
	res, err := Run(t.Context(), Config{
		Paths: []string{dir}, WorkDir: t.TempDir(), Memory: 64 << 20, Workers: 2, Accounts: accounts,
		Sinks: func(*Conclusion) ([]Sink, error) { return nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Close()
	if accounts.Kind("111122223333") != detect.Own || accounts.Kind("999988887777") != detect.Foreign {
		t.Errorf("accounts of the evidence: %s, %s", accounts.Kind("111122223333"), accounts.Kind("999988887777"))
	}
}

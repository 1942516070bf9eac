package detect

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A Context is what a run knows beside the evidence: numbers that somebody set, whose
// accounts are whose, where addresses are. A nil field is not known. Configure binds it to
// detectors; it is not changed afterwards, but for the accounts that Accounts.Receive adds
// before the first Stream is made.
type Context struct {
	Tuning        Tuning
	Accounts      *Accounts
	BaselineUntil time.Time // what happened before is held to be ordinary; zero: not known
	// Locate says where an address is, to many goroutines; nil: nobody knows. LocateSource is what it
	// was made of, such as the hash of a database.
	Locate       func(netip.Addr) (Location, bool)
	LocateSource string

	of *Detector // whose thresholds Number returns
}

// A Location is what a database says of an address. What it does not say is zero.
type Location struct {
	Country   string // ISO 3166 code
	City      string
	Latitude  float64
	Longitude float64
	Placed    bool   // Latitude and Longitude are known
	ASN       uint32 // autonomous system number
	Network   string // its owner
}

// Tuning holds thresholds that somebody set, by detector ID and threshold name.
type Tuning map[string]map[string]float64

// A Threshold is a number that a detector decides by. Somebody may set another (Tuning).
type Threshold struct {
	Name    string // lower case, hyphenated
	Default float64
	// Unit says what is counted: "calls", "bytes". With one of the units of time, seconds,
	// minutes, hours and days, the threshold is a Duration.
	Unit   string
	Source string // where the number comes from
}

// units of time in which thresholds are given.
var units = map[string]time.Duration{"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour}

// Number returns a threshold of the detector that the context is bound to. That it has one
// of that name is the detector's promise.
func (c *Context) Number(name string) float64 {
	for i := range c.of.Thresholds {
		if t := &c.of.Thresholds[i]; t.Name == name {
			if v, set := c.Tuning[c.of.ID][name]; set {
				return v
			}
			return t.Default
		}
	}
	panic(fmt.Sprintf("detector %s: no threshold %q", c.of.ID, name))
}

// Int is Number for counts.
func (c *Context) Int(name string) int { return int(c.Number(name)) }

// Duration is Number for thresholds whose unit is one of time.
func (c *Context) Duration(name string) time.Duration {
	v := c.Number(name)
	i := slices.IndexFunc(c.of.Thresholds, func(t Threshold) bool { return t.Name == name })
	return time.Duration(v * float64(units[c.of.Thresholds[i].Unit]))
}

// foreign reports whether an account is nobody's that we know: neither home, which is where
// the event was recorded, nor one whose events are in the evidence, nor a listed one.
func (c *Context) foreign(account, home string) bool {
	return account != home && c.Accounts.Kind(account) == Foreign
}

// named writes an account with what is known of it.
func (c *Context) named(account string) string { return c.Accounts.Label(account) }

// A Need is something that a detector wants to know and a run may lack.
type Need string

// The needs.
const (
	NeedsGeography Need = "geography" // Context.Locate
	NeedsAccounts  Need = "accounts"  // a list of accounts, Context.Accounts
)

// A Blindness says which detectors lack what.
type Blindness struct {
	Need      Need
	Detectors []string // sorted
}

// Blind returns what the detectors need and the context lacks, in the order of needs.
func Blind(detectors []*Detector, c *Context) (all []Blindness) {
	for _, n := range [...]Need{NeedsAccounts, NeedsGeography} {
		if n == NeedsGeography && c.Locate != nil || n == NeedsAccounts && c.Accounts.Listed() > 0 {
			continue
		}
		b := Blindness{Need: n}
		for _, d := range detectors {
			if slices.Contains(d.Needs, n) {
				b.Detectors = append(b.Detectors, d.ID)
			}
		}
		slices.Sort(b.Detectors)
		if len(b.Detectors) > 0 {
			all = append(all, b)
		}
	}
	return all
}

// Configure binds detectors to a context. Those that do not judge by it are the same.
func Configure(detectors []*Detector, c *Context) []*Detector {
	out := make([]*Detector, len(detectors))
	for i, d := range detectors {
		out[i] = d.bind(c)
	}
	return out
}

// bind returns a copy whose Stream judges by the context, and whose Source says by what.
func (d *Detector) bind(c *Context) *Detector {
	if d.Judge == nil {
		return d
	}
	bound, ctx := *d, *c
	ctx.of = d
	bound.Source = "in context\n" + ctx.digest(d) + "\n" + d.Source
	bound.Stream = func() Stream { return d.Judge(&ctx) }
	return &bound
}

// digest names all of the context that a detector may judge by.
func (c *Context) digest(d *Detector) string {
	h := sha256.New()
	for _, t := range d.Thresholds {
		fmt.Fprintf(h, "%s=%g\n", t.Name, c.Number(t.Name))
	}
	fmt.Fprintf(h, "%s\n%s\n%q\n", c.Accounts.digest(), c.BaselineUntil.UTC().Format(time.RFC3339Nano), c.LocateSource)
	return hex.EncodeToString(h.Sum(nil))
}

// An AccountKind says whose an account is.
type AccountKind string

// The kinds of accounts.
const (
	Own          AccountKind = "own"          // ours: listed as such, or its events are in the evidence
	Organization AccountKind = "organization" // of the same organization
	Vendor       AccountKind = "vendor"       // of somebody who works for us
	Foreign      AccountKind = "foreign"      // nobody's that we know
)

// An Account is what somebody says of an account.
type Account struct {
	ID          string
	Name        string
	Environment string // production, test, …
	Owner       string
	Kind        AccountKind // Own, Organization or Vendor
}

// Accounts knows whose an account is. Nil knows nothing: all are foreign.
type Accounts struct {
	listed   map[string]Account
	received map[string]bool
}

// NewAccounts makes them of a list.
func NewAccounts(list []Account) *Accounts {
	a := &Accounts{listed: map[string]Account{}, received: map[string]bool{}}
	for _, x := range list {
		a.listed[x.ID] = x
	}
	return a
}

// Receive notes accounts whose events are in the evidence. It is called before the first
// Stream is made.
func (a *Accounts) Receive(ids ...string) {
	for _, id := range ids {
		a.received[strings.Clone(id)] = true
	}
}

// Listed returns how many accounts somebody listed.
func (a *Accounts) Listed() int {
	if a == nil {
		return 0
	}
	return len(a.listed)
}

// Kind says whose the account is.
func (a *Accounts) Kind(id string) AccountKind {
	if a == nil {
		return Foreign
	}
	if x, ok := a.listed[id]; ok {
		return x.Kind
	}
	if a.received[id] {
		return Own
	}
	return Foreign
}

// Of returns what somebody says of the account.
func (a *Accounts) Of(id string) (Account, bool) {
	if a == nil {
		return Account{}, false
	}
	x, ok := a.listed[id]
	return x, ok
}

// Label writes an account for a sentence: its ID, and its name and kind where they are known.
func (a *Accounts) Label(id string) string {
	x, ok := a.Of(id)
	if !ok {
		return id
	}
	return fmt.Sprintf("%s (%s)", id, strings.TrimSpace(x.Name+" "+string(x.Kind)))
}

// digest names all that was listed. What the evidence adds is the evidence's.
func (a *Accounts) digest() string {
	if a.Listed() == 0 {
		return ""
	}
	h := sha256.New()
	var all []Account
	for _, x := range a.listed {
		all = append(all, x)
	}
	slices.SortFunc(all, func(x, y Account) int { return cmp.Compare(x.ID, y.ID) })
	for _, x := range all {
		fmt.Fprintf(h, "%q %q %q %q %q\n", x.ID, x.Name, x.Environment, x.Owner, x.Kind)
	}
	return hex.EncodeToString(h.Sum(nil))
}

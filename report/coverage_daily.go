package report

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// dailyLimit bounds the accounts × days of Daily.
const dailyLimit = 1 << 16

// Daily says how many events each account has on each day, of those whose time is plausible.
type Daily struct {
	Accounts []DailyRow `json:"accounts"`
	// OtherEvents are on days that were too many to be counted one by one.
	OtherEvents int64 `json:"other_events,omitempty"`
}

// A DailyRow is the days of one account, as "2026-03-01"; of a day that is not there no event was read.
type DailyRow struct {
	Account string           `json:"account"`
	Days    map[string]int64 `json:"days"`
}

// dayKey is a day of an account: its number since 1970.
type dayKey struct {
	account string
	day     int64
}

// dailyOf makes the rows of what was counted.
func dailyOf(c *capped[dayKey, count]) *Daily {
	d := &Daily{Accounts: []DailyRow{}, OtherEvents: c.others}
	at := map[string]int{}
	for i, k := range c.keys {
		n, ok := at[k.account]
		if !ok {
			n = len(d.Accounts)
			at[k.account] = n
			d.Accounts = append(d.Accounts, DailyRow{k.account, map[string]int64{}})
		}
		d.Accounts[n].Days[dayName(k.day)] += int64(c.vals[i])
	}
	slices.SortFunc(d.Accounts, func(a, b DailyRow) int { return cmp.Compare(a.Account, b.Account) })
	return d
}

const daySeconds = 24 * 60 * 60

func dayName(n int64) string { return time.Unix(n*daySeconds, 0).UTC().Format(time.DateOnly) }

// daysNamed names the days from one to another.
func daysNamed(from, to int64) string {
	if from == to {
		return dayName(from)
	}
	return dayName(from) + " to " + dayName(to)
}

func dayNumber(name string) (int64, bool) {
	t, err := time.Parse(time.DateOnly, name)
	return t.Unix() / daySeconds, err == nil
}

// span returns the numbers of the first and the last day of any account.
func (d *Daily) span() (from, to int64, ok bool) {
	for i := range d.Accounts {
		for day := range d.Accounts[i].Days {
			n, known := dayNumber(day)
			if !known {
				continue // a changed report
			}
			if !ok {
				from, to, ok = n, n, true
			}
			from, to = min(from, n), max(to, n)
		}
	}
	return from, to, ok
}

// gaps counts the days without an event between the first and the last one of each account.
func (d *Daily) gaps() (accounts, days int64) {
	if d == nil || d.OtherEvents > 0 {
		return 0, 0
	}
	for i := range d.Accounts {
		row := Daily{Accounts: d.Accounts[i : i+1]}
		if from, to, ok := row.span(); ok && to-from+1 > int64(len(row.Accounts[0].Days)) {
			accounts++
			days += to - from + 1 - int64(len(row.Accounts[0].Days))
		}
	}
	return accounts, days
}

// most sorts the accounts: those with the most events first.
func (d *Daily) most() []DailyRow {
	total := func(r DailyRow) (n int64) {
		for _, day := range slices.Sorted(maps.Keys(r.Days)) {
			n += r.Days[day]
		}
		return n
	}
	rows := slices.Clone(d.Accounts)
	slices.SortStableFunc(rows, func(a, b DailyRow) int { return cmp.Compare(total(b), total(a)) })
	return rows
}

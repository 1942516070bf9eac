package report

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"

	"github.com/coldtrail/coldtrail/detect"
)

// An addressDatabase is a file in MaxMind's format: GeoLite2, DB-IP, IPinfo, IP2Location and others
// write it, with members of their own names.
type addressDatabase struct {
	db *maxminddb.Reader
	by string
}

// AddDatabase adds a database in MaxMind's format, whose content has that hash. Its file stays
// mapped into memory for as long as the enrichment is used.
func (e *Enrichment) AddDatabase(name, path, sha256 string) error {
	db, err := maxminddb.Open(path)
	if err != nil {
		return pathless(err)
	}
	s := EnrichmentSource{Kind: databaseKind, Name: valid(db.Metadata.DatabaseType), SHA256: sha256}
	if s.Name == "" {
		s.Name = valid(name)
	}
	if at := db.Metadata.BuildEpoch; at > 0 && at < 1<<33 {
		s.Built = time.Unix(int64(at), 0).UTC().Format(time.DateOnly)
	}
	x := &addressDatabase{db, strings.TrimSpace(s.Name + " " + s.Built)}
	if err := x.try(); err != nil {
		return errors.Join(err, db.Close())
	}
	e.databases, e.sources = append(e.databases, x), append(e.sources, s)
	return nil
}

// tryNetworks is how many of a database's networks are looked at before it is believed to
// say anything of places.
const tryNetworks = 10_000

// try reads the first networks: a file that is damaged there, or that is about something else,
// is better refused than silent.
func (x *addressDatabase) try() error {
	n := 0
	for r := range x.db.Networks() {
		var record any
		if err := r.Decode(&record); err != nil {
			return err
		}
		if l := locationOf(record); l != (detect.Location{}) {
			return nil
		}
		if n++; n == tryNetworks {
			break
		}
	}
	return fmt.Errorf("no country and no autonomous system in its first %d networks", n)
}

// locate says what the database knows. An error says that it is damaged where the address would be.
func (x *addressDatabase) locate(a netip.Addr) (l detect.Location, ok bool, err error) {
	r := x.db.Lookup(a)
	if err = r.Err(); err != nil || !r.Found() {
		return l, false, err
	}
	var record any
	if err = r.Decode(&record); err != nil {
		return l, false, err
	}
	l = locationOf(record)
	return l, l != (detect.Location{}), nil
}

// locationOf takes out of a database's record what the usual ones call it.
func locationOf(record any) (l detect.Location) {
	l.Country = saidAt(record, "country.iso_code", "country_code", "country", "registered_country.iso_code")
	l.City = saidAt(record, "city.names.en", "city")
	l.Network = saidAt(record, "autonomous_system_organization", "as_name", "as_organization", "traits.autonomous_system_organization")
	switch n := memberAt(record, "autonomous_system_number", "asn", "as_number", "traits.autonomous_system_number").(type) {
	case uint64:
		l.ASN = uint32(n)
	case string:
		asn, _ := strconv.ParseUint(strings.TrimPrefix(n, "AS"), 10, 32)
		l.ASN = uint32(asn)
	}
	latitude, ok := numberAt(record, "location.latitude", "latitude", "lat")
	longitude, also := numberAt(record, "location.longitude", "longitude", "lng", "lon")
	if ok && also {
		l.Latitude, l.Longitude, l.Placed = latitude, longitude, true
	}
	return l
}

// memberAt returns the first of the members that the record has; nil: it has none.
func memberAt(record any, paths ...string) any {
	for _, path := range paths {
		at := record
		for name := range strings.SplitSeq(path, ".") {
			m, _ := at.(map[string]any)
			at = m[name]
		}
		if at != nil {
			return at
		}
	}
	return nil
}

func saidAt(record any, paths ...string) string {
	for _, path := range paths {
		if s, ok := memberAt(record, path).(string); ok && s != "" && s != "-" {
			return s
		}
	}
	return ""
}

func numberAt(record any, paths ...string) (float64, bool) {
	switch n := memberAt(record, paths...).(type) {
	case float64:
		return n, true
	case float32:
		return float64(n), true
	case string:
		v, err := strconv.ParseFloat(n, 64)
		return v, err == nil
	}
	return 0, false
}

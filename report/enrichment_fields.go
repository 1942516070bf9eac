package report

import "strconv"

// whereFields are the columns of a timeline that say where an event's address is.
var whereFields = map[string]func(*Whereabouts) string{
	"ip_where":   (*Whereabouts).String,
	"ip_range":   func(w *Whereabouts) string { return w.Range },
	"ip_country": func(w *Whereabouts) string { return w.Country },
	"ip_city":    func(w *Whereabouts) string { return w.City },
	"ip_network": func(w *Whereabouts) string { return w.Network },
	"ip_cloud":   func(w *Whereabouts) string { return w.Cloud },
	"ip_asn": func(w *Whereabouts) string {
		if w.ASN == 0 {
			return ""
		}
		return strconv.FormatUint(uint64(w.ASN), 10)
	},
	"ip_tor": func(w *Whereabouts) string {
		if w.Tor {
			return "true"
		}
		return ""
	},
}

// whereText shows what is known of an event's address.
func whereText(part func(*Whereabouts) string, e *Enrichment) func(v *view, row int) []byte {
	return func(v *view, row int) []byte {
		b, _ := v.bytes(leafSourceIP, row)
		w, asked := v.places[string(b)]
		if !asked {
			if v.places == nil {
				v.places = map[string]*Whereabouts{}
			}
			w = e.Of(string(b))
			v.places[string(b)] = w
		}
		if w == nil {
			return nil
		}
		return []byte(part(w))
	}
}

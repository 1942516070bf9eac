package serve

import (
	"net/http"
	"strings"

	"github.com/coldtrail/coldtrail/report"
)

// integrityChains is how many chains a page shows.
const integrityChains = 200

// An integrityView is what the latest revision says of the case's digest files.
type integrityView struct {
	*report.Integrity
	Revision int
	Chains   []*report.ChainView
	More     int // chains that are not shown
}

// Good are the sentences on what is proved.
func (v *integrityView) Good() []string { return v.sentences(false) }

// Bad are those on what is wrong.
func (v *integrityView) Bad() []string { return v.sentences(true) }

func (v *integrityView) sentences(wrong bool) (all []string) {
	for _, s := range v.Statement {
		if rest, is := strings.CutPrefix(s, "WRONG: "); is == wrong {
			all = append(all, rest)
		}
	}
	return all
}

// integrityPage shows what the case's digest files prove.
func (b *browser) integrityPage(r *http.Request) (*answer, error) {
	if err := known(r.URL.Query()); err != nil {
		return nil, err
	}
	i, n, err := b.Store.Integrity()
	if err != nil {
		return nil, err
	}
	v := &integrityView{Integrity: i, Revision: n}
	if i != nil {
		v.Chains = i.Views()
		shown := min(len(v.Chains), integrityChains)
		v.More = i.More + len(v.Chains) - shown
		v.Chains = v.Chains[:shown]
	}
	return &answer{template: "integrity", title: "Integrity", section: "integrity", data: v}, nil
}

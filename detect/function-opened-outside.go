package detect

import (
	"cmp"
	"fmt"
	"slices"
)

var _ = register(&Detector{
	ID:    "function-opened-outside",
	Title: "Function's code changed and the function opened to others",
	Doc: `Within a day the same hand put code or a foreign layer into a function and let others invoke it: everybody, by a URL
without authentication or a permission, or an account that is not known. A back door in a function needs both, the code and
the way in, and each for itself has many innocent causes: a public web hook is made so. An account that is a vendor's is
listed with --accounts.`,
	Next: `Fetch the function's code as it is now, before anything is changed; then remove the permission or URL, restore the code,
and list what the function's role did since.`,
	Severity:   Low,
	Techniques: []string{"T1546", "T1648", "T1525"},
	Events:     functionSteps.events(),
	Record:     functionSteps.record,
	Judge: func(c *Context) Stream {
		return course{
			id: "function-opened-outside", span: c.Duration("span"),
			key: func(h *hit) string {
				if key := aboutKey(h); key != "" {
					return h.ref.Region + " " + key
				}
				return ""
			},
			judge: func(_ string, hits []hit) []verdict { return openedOutside(c, hits) },
		}.stream()
	},
	Needs:      []Need{NeedsAccounts},
	Thresholds: []Threshold{{"span", 24, "hours", "Stratus Red Team's lambda-backdoor-function and lambda-overwrite-code take minutes"}},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "lambda:UpdateFunctionCode20150331v2", in: `{"functionName":"arn:aws:lambda:us-east-1:111122223333:function:f"}`},
			example{at: "03:01:00", key: "AKIA1", call: "lambda:AddPermission20150331v2", in: `{"functionName":"f","principal":"999988887777"}`}),
		story(
			example{at: "03:00:00", key: "AKIA1", call: "lambda:UpdateFunctionConfiguration20150331v2", in: `{"functionName":"f","layers":["arn:aws:lambda:us-east-1:999988887777:layer:x:1"]}`},
			example{at: "03:01:00", key: "AKIA1", call: "lambda:CreateEventSourceMapping20150331", in: `{"functionName":"f"}`}),
	},
	Misses: [][]string{
		story( // a service is let in
			example{at: "03:00:00", key: "AKIA1", call: "lambda:UpdateFunctionCode20150331v2", in: `{"functionName":"f"}`},
			example{at: "03:01:00", key: "AKIA1", call: "lambda:AddPermission20150331v2", in: `{"functionName":"f","principal":"apigateway.amazonaws.com"}`}),
		story( // another function
			example{at: "03:00:00", key: "AKIA1", call: "lambda:UpdateFunctionCode20150331v2", in: `{"functionName":"f"}`},
			example{at: "03:01:00", key: "AKIA1", call: "lambda:AddPermission20150331v2", in: `{"functionName":"g","principal":"999988887777"}`}),
		story( // the day's deployment
			example{at: "03:00:00", key: "AKIA1", call: "lambda:UpdateFunctionCode20150331v2", in: `{"functionName":"f"}`},
			example{at: "03:01:00", key: "AKIA1", call: "lambda:CreateEventSourceMapping20150331", in: `{"functionName":"f"}`}),
	},
})

// openedOutside judges what is known of a function. Code that others deployed, and ways that others opened, are no part of it:
// a build system puts code into the same function all day.
func openedOutside(c *Context, hits []hit) []verdict {
	var code, ways []hit
	for _, h := range hits {
		to := h.e.Get(factWhere)
		foreign := to == "*" || to != "" && c.foreign(to, h.ref.Account)
		switch {
		case h.step("code"), h.step("layer") && foreign:
			code = append(code, h)
		case h.step("opened") && foreign, h.step("trigger"):
			ways = append(ways, h)
		}
	}
	code, ways = ofSameHand(code, ways), ofSameHand(ways, code)
	severity, to := Low, ""
	for _, h := range append(code, ways...) {
		switch where := h.e.Get(factWhere); {
		case h.step("layer"):
			severity = max(severity, Medium)
		case h.step("opened") && where == "*":
			severity, to = max(severity, Medium), cmp.Or(to, where)
		case h.step("opened"):
			severity, to = High, where
		}
	}
	if severity == Low {
		return nil
	}
	way := max(0, slices.IndexFunc(ways, func(h hit) bool { return h.step("opened") && h.e.Get(factWhere) == to }))
	return []verdict{{severity, "", openedWhy(c, &code[0], &ways[way], to), append(code, ways...)}}
}

// ofSameHand returns those of hits that somebody made who made one of others, too.
func ofSameHand(hits, others []hit) (of []hit) {
	for _, h := range hits {
		if slices.ContainsFunc(others, func(o hit) bool { return sameHand(h.ref, o.ref) }) {
			of = append(of, h)
		}
	}
	return of
}

func openedWhy(c *Context, code, way *hit, to string) string {
	who := "it got a trigger"
	switch {
	case to == "*":
		who = "everybody may invoke it"
	case to != "":
		who = "account " + c.named(to) + " may invoke it"
	}
	return fmt.Sprintf("the code of function %s was changed (%s) and %s (%s)", code.e.Get(factAbout), code.ref.Action(), who, way.ref.Action())
}

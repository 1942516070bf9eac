package serve

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// inert fails the test where something of the evidence ran in the page, or became markup.
func (c *chromium) inert(what string) {
	c.t.Helper()
	if title := c.evaluate("document.title"); title == sentinel {
		c.t.Errorf("%s: a script of the evidence ran", what)
	}
	for _, selector := range []string{
		"img", "iframe", "object", "embed", "base", "style", "script:not([src])", "svg[onload]", "[onclick], [onerror], [onload], [onfocus], [onmouseover]", "a[href^='javascript:']", "a[href^='data:']", "[style]",
		"a:not([href^='/']):not([href='#main'])", "form:not([action^='/'])",
	} {
		if n := c.evaluate(fmt.Sprintf("document.querySelectorAll(%q).length", selector)); n != 0.0 {
			c.t.Errorf("%s: %v of %s", what, n, selector)
		}
	}
	// Who hovers, focuses and clicks sets off what a handler waits for.
	c.evaluate(`for (const e of document.querySelectorAll("td, dd, li, p, input")) for (const n of ["mouseover", "focus", "error", "load"]) e.dispatchEvent(new Event(n)); 0`)
	if title := c.evaluate("document.title"); title == sentinel {
		c.t.Errorf("%s: a handler of the evidence ran", what)
	}
}

// Nothing in a hostile case runs, on any page, and the browser has nothing to complain of.
func TestChromiumHostile(t *testing.T) {
	c := startChromium(t)
	base := startServer(t, testServer(t, Config{Cases: []Case{{"<b>hostile", hostiled(t)}}}))
	paths := append([]string{"/events?id=twice", "/objects?problems=true", "/findings?severity=high"}, pagePaths...)
	for i := range len(hostile) {
		paths = append(paths, fmt.Sprintf("/event/%d", i))
	}
	for i, h := range hostile {
		q := url.QueryEscape(h)
		paths = append(paths, []string{"/timeline?principal=" + q + "&not-user-agent=" + q, "/sql?q=" + q, "/summary?grep=" + q}[i%3])
	}
	for _, path := range paths {
		c.visit(base + path)
		c.inert(path)
		c.quiet(path)
	}
}

// The pages of an ordinary case load, fit and give the browser nothing to complain of, by day and by night.
func TestChromiumPages(t *testing.T) {
	c := startChromium(t)
	base := startServer(t, testServer(t, Config{Cases: []Case{{"case-001", archived(t)}}, Evidence: map[string]string{"": archivedCase.evidence}}))
	names := map[string]string{
		"overview": "/", "timeline": "/timeline", "filtered": "/timeline?event-name=Get*&not-ip=203.0.113.0/24", "event": "/event/100?verify=1", "findings": "/findings", "summary": "/summary?error=any",
		"coverage": "/coverage", "integrity": "/integrity", "objects": "/objects", "object": "/objects/3", "problems": "/problems", "sql": "/sql", "questions": "/questions?q=console", "question": "/sql?question=access-keys",
	}
	for name, path := range names {
		c.visit(base + path)
		for _, scheme := range []string{"light", "dark"} { // a page is the same in both: only its style is not
			c.media(scheme, 1440)
			c.contrast(scheme + ", " + path)
			c.shoot(name + "-" + scheme)
			c.media(scheme, 480)
			// Tables scroll by themselves: the page does not.
			if wide := c.evaluate("document.documentElement.scrollWidth"); wide.(float64) > 480 {
				t.Errorf("%s: %v pixels wide on a narrow screen", path, wide)
			}
			c.shoot(name + "-" + scheme + "-narrow")
		}
		c.quiet(path)
	}
	if got := c.evaluate("getComputedStyle(document.body).fontFamily"); !strings.Contains(got.(string), "system-ui") {
		t.Errorf("the style did not load: %v", got)
	}
}

// contrast checks that text can be read: WCAG 2.1 asks for 4.5 : 1 (AA).
func (c *chromium) contrast(what string) {
	c.t.Helper()
	const ratio = `(() => {
		for (const a of document.getAnimations()) a.finish(); // colors that are on their way to another scheme's
		const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
		const known = new Map();
		const rgba = (color) => { if (!known.has(color)) known.set(color, paint(color)); return known.get(color); };
		const paint = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
		const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
		const behind = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > 200) return c; } return [255, 255, 255, 255]; };
		const bad = [];
		for (const e of document.querySelectorAll("body *")) {
			const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
			if (!text || e.closest("svg") || !e.checkVisibility() || e.closest(".pages span, .none, .hidden, .skip")) continue;
			const [a, b] = [light(rgba(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
			if ((a + .05) / (b + .05) < 4.5) bad.push(e.tagName + "." + e.className + " " + ((a + .05) / (b + .05)).toFixed(2) + " " + e.textContent.trim().slice(0, 30));
		}
		return bad.slice(0, 5).join("; ");
	})()`
	if bad := c.evaluate(ratio); bad != "" {
		c.t.Errorf("%s: too little contrast: %v", what, bad)
	}
}

// Every field has a name for those who cannot see, every page one heading of the first rank, and
// every table heads.
func TestChromiumAccessible(t *testing.T) {
	c := startChromium(t)
	base := startServer(t, testServer(t, Config{Cases: []Case{{"case", archived(t)}}}))
	for _, path := range pagePaths {
		c.visit(base + path)
		for what, expression := range map[string]string{
			"fields without a label":   `[...document.querySelectorAll("input:not([type=hidden]), select, textarea")].filter((e) => !e.labels.length && !e.ariaLabel).map((e) => e.name).join(" ")`,
			"not one heading":          `document.querySelectorAll("h1").length === 1 ? "" : document.querySelectorAll("h1").length`,
			"tables without heads":     `[...document.querySelectorAll("table")].filter((e) => !e.querySelector("th[scope=col]")).length || ""`,
			"IDs that are not unique":  `[...document.querySelectorAll("[id]")].map((e) => e.id).filter((id, i, all) => all.indexOf(id) !== i).join(" ")`,
			"labels that lead nowhere": `[...document.querySelectorAll("label[for], [aria-labelledby], input[list]")].filter((e) => !document.getElementById(e.htmlFor ?? e.getAttribute("aria-labelledby") ?? e.getAttribute("list"))).map((e) => e.outerHTML).join(" ")`,
			"links in a picture":       `[...document.querySelectorAll("[role=img] a")].length || ""`, // what is in an img has no role
			"links without a name":     `[...document.querySelectorAll("main a")].filter((e) => !e.textContent.trim() && !e.ariaLabel && !e.querySelector("title")).map((e) => e.outerHTML).slice(0, 3).join(" ")`,
		} {
			if got := c.evaluate(expression); got != "" {
				t.Errorf("%s: %s: %v", path, what, got)
			}
		}
	}
}

// A filter that is typed is applied, with the script of the page and without it, and the address is
// one to be pasted.
func TestChromiumFilters(t *testing.T) {
	c := startChromium(t)
	base := startServer(t, testServer(t, Config{Cases: []Case{{"case", archived(t)}}}))
	for _, disabled := range []bool{false, true} {
		c.must("Emulation.setScriptExecutionDisabled", map[string]any{"value": disabled})
		c.visit(base + "/timeline?region=us-east-1")
		c.submit(`document.getElementsByName("event-name")[0].value = "AssumeRole"; document.getElementsByName("not-account")[0].value = "777788889999";
			document.querySelector("form.filters button").click()`)
		want := base + "/timeline?event-name=AssumeRole&not-account=777788889999&region=us-east-1"
		got, _ := c.evaluate("location.href").(string)
		if u, err := url.Parse(got); err != nil || base+u.Path+"?"+u.Query().Encode() != want || u.RawQuery != u.Query().Encode() && disabled {
			t.Errorf("script disabled: %t: %s, want %s", disabled, got, want)
		}
		if n := c.evaluate(`[...document.querySelectorAll("table.events tbody tr")].filter((r) => !r.textContent.includes("AssumeRole")).length`); n != 0.0 {
			t.Errorf("%v rows of other events", n)
		}
		if n, _ := c.evaluate(`document.querySelectorAll("table.events tbody tr").length`).(float64); n < 5 {
			t.Errorf("%v rows", n)
		}
		// One filter is taken away again.
		c.submit(`document.querySelector(".chips a[aria-label*=event-name]").click()`)
		if got, want := c.evaluate("location.href"), base+"/timeline?not-account=777788889999&region=us-east-1"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		// The next page, and an event of it.
		c.visit(base + "/timeline")
		c.submit(`document.querySelector("a[rel=next]").click()`)
		c.submit(`document.querySelector("a.row").click()`)
		if got := c.evaluate("location.pathname"); got != "/event/100" {
			t.Errorf("at %v", got)
		}
		c.quiet(fmt.Sprint("script disabled: ", disabled))
	}
}

// The keys lead from row to row and from page to page, but not while one types.
func TestChromiumKeys(t *testing.T) {
	c := startChromium(t)
	base := startServer(t, testServer(t, Config{Cases: []Case{{"case", archived(t)}}}))
	press := func(key string) string {
		return fmt.Sprintf(`(document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", { key: %q, bubbles: true, cancelable: true }))`, key)
	}
	c.visit(base + "/timeline")
	for _, key := range []string{"j", "j", "j", "k"} {
		c.evaluate(press(key))
	}
	if got := c.evaluate("document.activeElement.textContent"); got != "#1" {
		t.Errorf("at %v", got)
	}
	c.evaluate(press("/"))
	if got := c.evaluate("document.activeElement.name"); got != "since" {
		t.Errorf("/ leads to %v", got)
	}
	c.evaluate(press("n")) // typed
	if got := c.evaluate("location.search"); got != "" {
		t.Errorf("at %v", got)
	}
	c.evaluate(press("Escape"))
	c.submit(press("n"))
	if got := c.evaluate("location.search"); got != "?at=100" {
		t.Errorf("at %v", got)
	}
	c.quiet("keys")
}

// A browser sends the form of the SQL page so that the server takes it, with script and without; a
// link that was pasted fills in and runs nothing.
func TestChromiumSQL(t *testing.T) {
	c := startChromium(t)
	dir := archived(t)
	needsSQL(t, dir)
	base := startServer(t, testServer(t, Config{Cases: []Case{{"case", dir}}}))
	for _, disabled := range []bool{false, true} {
		c.must("Emulation.setScriptExecutionDisabled", map[string]any{"value": disabled})
		c.visit(base + "/sql?q=" + url.QueryEscape("SELECT count(*) AS n\nFROM events"))
		if n := c.evaluate(`document.querySelectorAll("table.result").length`); n != 0.0 {
			t.Error("a link ran")
		}
		c.submit(`document.querySelector("form.sql button.primary").click()`)
		if got := c.evaluate(`document.querySelector("table.result td")?.textContent`); got != "1171" {
			t.Errorf("%v: %v", got, c.evaluate("document.body.innerText"))
		}
		if got := c.evaluate(`document.querySelector("textarea").value`); got != "SELECT count(*) AS n\nFROM events" {
			t.Errorf("%q", got)
		}
		// A question: by its link in the list, then with a parameter.
		c.visit(base + "/questions")
		c.submit(`document.querySelector("a[href$='question=access-keys']").click()`)
		if n := c.evaluate(`document.querySelectorAll("table.result").length`); n != 1.0 {
			t.Error("the list's link did not run")
		}
		c.submit(`document.getElementById("p-like").value = "ASIA%"; document.querySelector("form.sql button.primary").click()`)
		if got, _ := c.evaluate(`document.querySelector("table.result").textContent`).(string); !strings.Contains(got, "ASIA") || strings.Contains(got, "AKIA") {
			t.Errorf("%s", got)
		}
		c.shoot(fmt.Sprintf("answer-%t", disabled))
		c.quiet("sql")
	}
}

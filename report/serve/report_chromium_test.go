package serve

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/report"
)

// reportPage opens the report of a case from a file, as whoever was handed it does.
func (c *chromium) reportPage(dir string) {
	c.t.Helper()
	c.origin = "file://"
	c.visit((&url.URL{Scheme: "file", Path: filepath.Join(dir, "report.html")}).String())
}

// The report of an ordinary case loads, fits, can be read by day and by night, and gives the browser nothing to complain of.
func TestChromiumReport(t *testing.T) {
	c := startChromium(t)
	c.reportPage(archived(t))
	c.quiet("report.html")
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int{1280, 360} {
			c.media(scheme, width)
			what := fmt.Sprintf("%s, %d pixels", scheme, width)
			c.contrast(what)
			c.wholeWords(what)
			if wide := c.evaluate("document.documentElement.scrollWidth"); wide.(float64) > float64(width) {
				t.Errorf("%s: the page is %v pixels wide", what, wide)
			}
			c.shoot(fmt.Sprintf("report-%s-%d", scheme, width))
			for _, id := range []string{"credentials", "timeline", "lineage", "matrix", "coverage", "findings", "cited"} {
				c.shootSection(fmt.Sprintf("report-%s-%d-%s", scheme, width, id), id)
			}
		}
	}
	c.quiet("report.html, at all widths")
}

// On paper nothing is wider than the page, which would make all of it smaller; no ordinary word is broken, and a list's numbers stand within the page, which has no margin for them.
func TestChromiumReportPrinted(t *testing.T) {
	c := startChromium(t)
	c.reportPage(archived(t))
	const a4 = 703 // 210 mm without the margins, in CSS pixels
	c.media("light", a4)
	c.must("Emulation.setEmulatedMedia", map[string]any{"media": "print"})
	if wide := c.evaluate("document.documentElement.scrollWidth"); wide.(float64) > a4 {
		t.Errorf("the page is %v pixels wide", wide)
	}
	if n := c.evaluate(`[...document.querySelectorAll("ol.says, ol.do")].length`); n == 0.0 {
		t.Error("no list to look at")
	}
	if n := c.evaluate(`[...document.querySelectorAll("ol.says, ol.do")].filter(l => parseFloat(getComputedStyle(l).paddingLeft) < 30).length`); n != 0.0 {
		t.Errorf("%v lists without room for three digits", n)
	}
	// Who holds the paper cannot unfold anything.
	if n := c.evaluate(`(() => { const all = [...document.querySelectorAll(".fold td")]; return all.length ? all.filter((e) => !e.checkVisibility({ contentVisibilityAuto: true })).length : -1; })()`); n != 0.0 {
		t.Errorf("%v cells of folded rows are not printed", n)
	}
	c.wholeWords("printed")
}

// wholeWords complains of ordinary words in tables that are broken between two lines.
func (c *chromium) wholeWords(what string) {
	c.t.Helper()
	broken := c.evaluate(`(() => {
		const words = [];
		for (const cell of document.querySelectorAll("td")) for (const node of cell.childNodes) {
			if (node.nodeType !== Node.TEXT_NODE) continue;
			for (const word of node.data.matchAll(/[a-z]+/g)) {
				const range = document.createRange();
				range.setStart(node, word.index);
				range.setEnd(node, word.index + word[0].length);
				if (new Set([...range.getClientRects()].map(r => r.top)).size > 1) words.push(word[0]);
			}
		}
		return words.join(" ");
	})()`)
	if broken != "" {
		c.t.Errorf("%s: broken words: %v", what, broken)
	}
}

// What checks accessibility finds nothing. It takes its time, so that the page is one with much folded.
func TestChromiumReportAccessible(t *testing.T) {
	c := startChromium(t)
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(report.WriteHTML(t.Context(), f, archived(t), report.HTMLOptions{Budget: 400_000}), f.Close()); err != nil {
		t.Fatal(err)
	}
	c.reportPage(dir)
	for scheme, width := range map[string]int{"light": 1280, "dark": 360} {
		c.media(scheme, width)
		c.axe(fmt.Sprintf("%s, %d pixels", scheme, width))
	}
	c.quiet("a page with much folded")
}

// shootSection keeps a picture of one section, where pictures are wanted.
func (c *chromium) shootSection(name, id string) {
	c.t.Helper()
	if *shots == "" {
		return
	}
	b, _ := json.Marshal(c.evaluate(fmt.Sprintf(`(() => { const r = document.getElementById(%q)?.getBoundingClientRect(); return r ? { x: 0, y: r.top + scrollY - 10, width: innerWidth, height: Math.min(r.height + 20, 1500), scale: 1 } : null; })()`, id)))
	var clip map[string]any
	if err := json.Unmarshal(b, &clip); err != nil || clip == nil {
		return
	}
	var picture struct{ Data string }
	if err := json.Unmarshal(c.must("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true, "clip": clip}), &picture); err != nil {
		c.t.Fatal(err)
	}
	c.keep(name+".png", picture.Data)
}

// keep writes what the browser encoded among the pictures.
func (c *chromium) keep(name, encoded string) {
	c.t.Helper()
	b, err := base64.StdEncoding.DecodeString(encoded)
	if err == nil {
		err = os.MkdirAll(*shots, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(*shots, name), b, 0o644)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// axe runs axe-core over the page, where COLDTRAIL_AXE names its script.
func (c *chromium) axe(what string) {
	c.t.Helper()
	path := os.Getenv("COLDTRAIL_AXE")
	if path == "" {
		c.t.Logf("%s: no axe-core", what)
		return
	}
	script, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		c.t.Logf("%s: %v", what, err)
		return
	} else if err != nil {
		c.t.Fatal(err)
	}
	c.evaluate("(() => {" + string(script) + "; return 0})()")
	const run = `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }).then((r) =>
		r.passes.length + " passed" + r.violations.map((v) => "\n" + v.id + ": " + v.help + " (" + v.nodes.length + "): " + v.nodes.slice(0, 2).map((n) => n.html.slice(0, 160) + " " + n.failureSummary).join(" | ")).join(""))`
	said := fmt.Sprint(c.evaluate(run))
	if passed, bad, some := strings.Cut(said, "\n"); some {
		c.t.Errorf("%s: axe-core: %s", what, bad)
	} else if !strings.HasSuffix(passed, " passed") || strings.HasPrefix(passed, "0 ") {
		c.t.Errorf("%s: axe-core says %s", what, said)
	} else {
		c.t.Logf("%s: axe-core: %s", what, passed)
	}
}

// rows counts what the explorer of the timeline lists, and says what it tells of it.
func (c *chromium) rows() (n int, status string) {
	c.t.Helper()
	time.Sleep(150 * time.Millisecond) // a filter waits until nobody types
	n64, _ := c.evaluate(`document.querySelectorAll("#explorer tbody tr").length`).(float64)
	status, _ = c.evaluate(`document.querySelector("#explorer .status").textContent`).(string)
	return int(n64), status
}

// write types into a field.
func (c *chromium) write(id, text string) {
	c.t.Helper()
	c.evaluate(fmt.Sprintf(`(() => { const f = document.getElementById(%q); f.value = %q; f.dispatchEvent(new Event("input", { bubbles: true })); return 0; })()`, id, text))
}

// The timeline is filtered by text, principal, address and severity, and zoomed by button, key and mouse.
func TestChromiumReportFilters(t *testing.T) {
	c := startChromium(t)
	c.media("light", 1280)
	c.reportPage(archived(t))
	all, whole := c.rows()
	if all < 20 {
		t.Fatalf("%d events: %s", all, whole)
	}
	column := func(n int, not string) (bad float64) {
		return c.evaluate(fmt.Sprintf(`[...document.querySelectorAll("#explorer tbody tr")].filter((r) => !r.cells[%d].textContent.includes(%q)).length`, n, not)).(float64)
	}
	who := c.evaluate(`document.querySelector("#explorer tbody tr").cells[3].querySelector("code").textContent`).(string)
	ip := c.evaluate(`document.querySelector("#explorer tbody tr").cells[4].textContent`).(string)
	for _, f := range []struct {
		field, text string
		column      int
	}{{"x-text", "", 2}, {"x-who", who, 3}, {"x-ip", ip, 4}} {
		if f.field == "x-text" {
			f.text = c.evaluate(`document.querySelector("#explorer tbody tr").cells[2].querySelector("code").textContent`).(string)
		}
		c.write(f.field, f.text)
		if n, status := c.rows(); n == 0 || column(f.column, f.text) > 0 && f.field != "x-text" || status == whole {
			t.Errorf("%s %q: %d rows, %v of others: %s", f.field, f.text, n, column(f.column, f.text), status)
		}
		c.write(f.field, "no such thing")
		if n, status := c.rows(); n != 0 {
			t.Errorf("%s: %d rows pass a filter that nothing passes: %s", f.field, n, status)
		}
		c.write(f.field, "")
	}
	c.evaluate(`(() => { for (const b of document.querySelectorAll("#explorer [data-severity]")) if (b.dataset.severity !== "high") b.click(); return 0; })()`)
	if n, _ := c.rows(); n == 0 || column(1, "high") > 0 {
		t.Errorf("severity: %d rows, %v of another", n, column(1, "high"))
	}
	c.evaluate(`(() => { for (const b of document.querySelectorAll("#explorer [data-severity]")) if (b.dataset.severity !== "high") b.click(); return 0; })()`)
	c.zooms(whole)
	c.quiet("filters and zoom")
}

// zooms zooms in by each of the ways, and out again.
func (c *chromium) zooms(whole string) {
	c.t.Helper()
	key := func(k string) func() {
		return func() {
			c.evaluate(fmt.Sprintf(`document.getElementById("x-chart").dispatchEvent(new KeyboardEvent("keydown", { key: %q, bubbles: true, cancelable: true })) || 0`, k))
		}
	}
	drag := func() {
		c.evaluate(`document.getElementById("x-chart").scrollIntoView({ block: "center", behavior: "instant" })`)
		b, _ := json.Marshal(c.evaluate(`(() => { const r = document.getElementById("x-chart").getBoundingClientRect(); return { x: r.x, y: r.y, w: r.width }; })()`))
		var box struct{ X, Y, W float64 }
		if err := json.Unmarshal(b, &box); err != nil {
			c.t.Fatal(err)
		}
		for i, kind := range []string{"mousePressed", "mouseMoved", "mouseReleased"} {
			c.must("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": box.X + box.W*[]float64{.3, .5, .6}[i], "y": box.Y + 20, "button": "left", "buttons": 1, "clickCount": 1})
		}
	}
	click := func() { c.evaluate(`document.getElementById("x-in").click()`) }
	for name, zoom := range map[string]func(){"a click": click, "a key": key("+"), "the mouse": drag} {
		zoom()
		if _, status := c.rows(); status == whole {
			c.t.Errorf("%s does not zoom: %s", name, status)
		}
		before, _ := c.evaluate(`document.querySelector("#explorer .status").textContent`).(string)
		key("ArrowRight")()
		if _, status := c.rows(); status == before {
			c.t.Errorf("after %s, an arrow key does not move: %s", name, status)
		}
		c.evaluate(`document.getElementById("x-all").click()`)
		if _, status := c.rows(); status != whole {
			c.t.Errorf("after %s, not all is shown again: %s", name, status)
		}
	}
}

// Without the script everything that matters is there, and every link leads somewhere; printed it is a PDF.
func TestChromiumReportPlain(t *testing.T) {
	c := startChromium(t)
	c.must("Emulation.setScriptExecutionDisabled", map[string]any{"value": true})
	c.reportPage(archived(t))
	for what, expression := range map[string]string{
		"links that lead nowhere":  `[...document.querySelectorAll("a")].filter((a) => !document.getElementById((a.getAttribute("href") ?? "").slice(1))).map((a) => a.outerHTML).slice(0, 3).join(" ")`,
		"the timeline's picture":   `document.querySelector("#lanes svg rect")?.checkVisibility() ? "" : "is hidden"`,
		"what only the script can": `[...document.querySelectorAll(".slot")].some((e) => e.textContent.trim()) ? "is there" : ""`,
		"IDs that are not unique":  `(() => { const all = [...document.querySelectorAll("[id]")].map((e) => e.id), seen = new Set(); return all.filter((id) => seen.has(id) || !seen.add(id)).slice(0, 5).join(" "); })()`,
		"not one heading":          `document.querySelectorAll("h1").length === 1 ? "" : "h1"`,
		"tables without heads":     `String([...document.querySelectorAll("table")].filter((e) => !e.querySelector("th[scope=col]")).length || "")`,
		"pictures without a name":  `String([...document.querySelectorAll("svg[role=img]")].filter((e) => !e.querySelector("title")?.textContent || !e.querySelector("desc")?.textContent).length || "")`,
		"events without an object": `[...document.querySelectorAll("#cited tbody tr")].filter((r) => !/record \d+, offset -?\d+/.test(r.textContent)).map((r) => r.textContent).slice(0, 2).join(" ")`,
	} {
		if got := c.evaluate(expression); got != "" {
			t.Errorf("%s: %v", what, got)
		}
	}
	var printed struct{ Data string }
	if err := json.Unmarshal(c.must("Page.printToPDF", map[string]any{"printBackground": true, "preferCSSPageSize": true}), &printed); err != nil {
		t.Fatal(err)
	}
	pdf, err := base64.StdEncoding.DecodeString(printed.Data)
	if err != nil || !strings.HasPrefix(string(pdf), "%PDF-") || strings.Count(string(pdf), "/Type /Page\n") < 3 {
		t.Errorf("printing gives %d bytes, %v", len(pdf), err)
	}
	if *shots != "" {
		c.keep("report.pdf", printed.Data)
	}
	c.quiet("without its script")
}

// Nothing of a hostile case becomes markup, runs, or leads away, whatever is opened and typed; and were
// there something, the page's policy would stop it.
func TestChromiumReportHostile(t *testing.T) {
	c := startChromium(t)
	c.reportPage(hostiled(t))
	c.evaluate(`(() => { for (const d of document.querySelectorAll("details")) d.open = true; return 0; })()`)
	for _, h := range append([]string{""}, hostile...) {
		c.write("x-text", h)
		c.write("f-text", h)
		c.rows()
		c.evaluate(`(() => { for (const b of document.querySelectorAll(".slot td button")) b.click(); return 0; })()`)
		c.inertReport(h)
	}
	c.quiet("a hostile case")
	c.policyHolds()
}

func (c *chromium) inertReport(what string) {
	c.t.Helper()
	for _, selector := range []string{
		"img", "iframe", "object", "embed", "base", "link", "form", "main style", "body style", "[onload], [onclick], [onerror], [onfocus], [onmouseover], [autofocus]", "a:not([href^='#'])", "[src], [srcset], [action], [data], [formaction], [ping]", "[style]", "script:not([id=report-data]):not(:last-of-type)",
	} {
		if n := c.evaluate(fmt.Sprintf("document.querySelectorAll(%q).length", selector)); n != 0.0 {
			c.t.Errorf("%q: %v of %s", what, n, selector)
		}
	}
	if n := c.evaluate(`document.scripts.length`); n != 2.0 {
		c.t.Errorf("%q: %v scripts", what, n)
	}
	c.evaluate(`(() => { for (const e of document.querySelectorAll("td, dd, li, p, input, rect, text")) for (const n of ["mouseover", "focus", "error", "load"]) e.dispatchEvent(new Event(n)); return 0; })()`)
	if title := c.evaluate("document.title"); title == sentinel {
		c.t.Errorf("%q: something of the evidence ran", what)
	}
}

// policyHolds tries what evidence would try if it had got into the page.
func (c *chromium) policyHolds() {
	c.t.Helper()
	var asked atomic.Int64
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		c.t.Fatal(err)
	}
	server := &httptest.Server{Listener: ln, Config: &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) })}}
	server.Start()
	defer server.Close()
	c.evaluate(fmt.Sprintf(`(async () => {
		const url = %q;
		document.body.append(Object.assign(document.createElement("script"), { textContent: "document.title = 'PWNED'" }), Object.assign(document.createElement("img"), { src: url }),
			Object.assign(document.createElement("iframe"), { src: url }), Object.assign(document.createElement("link"), { rel: "stylesheet", href: url }));
		document.body.insertAdjacentHTML("beforeend", "<p onclick=\"document.title='PWNED'\" id=trap>x</p><style>body { background: url(" + url + ") }</style>");
		document.getElementById("trap").click();
		try { await fetch(url); } catch {}
		try { navigator.sendBeacon(url); } catch {}
		const form = Object.assign(document.createElement("form"), { action: url }); document.body.append(form); form.submit();
		await new Promise((r) => setTimeout(r, 300));
		return 0;
	})()`, server.URL))
	if title := c.evaluate("document.title"); title == sentinel || asked.Load() > 0 {
		c.t.Errorf("the policy lets through: title %v, %d requests", title, asked.Load())
	}
	blocked := 0
	for _, s := range c.troubles {
		if strings.Contains(s, "Content Security Policy") {
			blocked++
		}
	}
	if blocked < 5 {
		c.t.Errorf("the browser names the policy %d times: %q", blocked, c.troubles)
	}
	c.troubles = nil
}

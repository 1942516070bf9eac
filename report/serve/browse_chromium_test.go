package serve

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shots is where tests leave pictures of pages, to be looked at.
var shots = flag.String("shots", "", "directory for screenshots of the case browser's pages")

// A chromium is a headless browser that a test drives over a pipe, by the Chrome
// DevTools Protocol: https://chromedevtools.github.io/devtools-protocol/.
type chromium struct {
	t        testing.TB
	in       io.WriteCloser
	out      *bufio.Reader
	session  string
	id       int
	loaded   int      // pages
	origin   string   // of what it may ask for
	troubles []string // what the console or the log of the browser said
}

// startChromium starts the browser with one page, or skips the test where there is none.
func startChromium(t testing.TB) *chromium {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes long")
	}
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium")
	}
	toBrowser, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, fromBrowser, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-extensions", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
		"--remote-debugging-pipe", "--window-size=1440,1000", "--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{toBrowser, fromBrowser}
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	toBrowser.Close()
	fromBrowser.Close()
	c := &chromium{t: t, origin: "http://127.0.0.1:", in: in, out: bufio.NewReaderSize(out, 1<<20)}
	t.Cleanup(func() {
		_, _ = c.request("Browser.close", nil)
		in.Close()
		out.Close()
		hung := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		hung.Stop()
	})
	if err := c.open(); err != nil {
		t.Skip("Chromium does not start: ", err)
	}
	return c
}

func (c *chromium) open() error {
	var made struct{ TargetID string }
	var attached struct{ SessionID string }
	b, err := c.request("Target.createTarget", map[string]any{"url": "about:blank"})
	if err == nil {
		err = json.Unmarshal(b, &made)
	}
	if err == nil {
		b, err = c.request("Target.attachToTarget", map[string]any{"targetId": made.TargetID, "flatten": true})
	}
	if err == nil {
		err = json.Unmarshal(b, &attached)
	}
	c.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		if err == nil {
			_, err = c.request(domain+".enable", nil)
		}
	}
	return err
}

type chromiumMessage struct {
	ID     int
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  *struct{ Message string }
}

// request asks for something and returns the result.
func (c *chromium) request(method string, params map[string]any) (json.RawMessage, error) {
	c.id++
	message := map[string]any{"id": c.id, "method": method}
	if params != nil {
		message["params"] = params
	}
	if c.session != "" && method != "Browser.close" {
		message["sessionId"] = c.session
	}
	b, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	if _, err := c.in.Write(append(b, 0)); err != nil {
		return nil, err
	}
	for {
		m, err := c.read()
		switch {
		case err != nil:
			return nil, err
		case m.ID != c.id:
		case m.Error != nil:
			return nil, errors.New(method + ": " + m.Error.Message)
		default:
			return m.Result, nil
		}
	}
}

// read reads a message, and notes what the page said.
func (c *chromium) read() (*chromiumMessage, error) {
	b, err := c.out.ReadBytes(0)
	if err != nil {
		return nil, err
	}
	m := new(chromiumMessage)
	if err := json.Unmarshal(bytes.TrimSuffix(b, []byte{0}), m); err != nil {
		return nil, err
	}
	switch m.Method {
	case "Page.loadEventFired":
		c.loaded++
	case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening":
		c.troubles = append(c.troubles, m.Method+" "+string(m.Params))
	case "Network.requestWillBeSent":
		var p struct{ Request struct{ URL string } }
		if err := json.Unmarshal(m.Params, &p); err != nil {
			return nil, err
		}
		if !strings.HasPrefix(p.Request.URL, c.origin) {
			c.troubles = append(c.troubles, "request for "+p.Request.URL)
		}
	}
	return m, nil
}

func (c *chromium) must(method string, params map[string]any) json.RawMessage {
	c.t.Helper()
	b, err := c.request(method, params)
	if err != nil {
		c.t.Fatal(err)
	}
	return b
}

// awaitLoad waits for the next page after the given number of them.
func (c *chromium) awaitLoad(after int) {
	c.t.Helper()
	for c.loaded <= after {
		if _, err := c.read(); err != nil {
			c.t.Fatal(err)
		}
	}
}

// visit loads a page.
func (c *chromium) visit(url string) {
	c.t.Helper()
	before := c.loaded
	c.must("Page.navigate", map[string]any{"url": url})
	c.awaitLoad(before)
}

// evaluate returns the value of an expression in the page.
func (c *chromium) evaluate(expression string) any {
	c.t.Helper()
	b := c.must("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true})
	var r struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	if err := json.Unmarshal(b, &r); err != nil || r.ExceptionDetails != nil {
		c.t.Fatalf("%s: %v %s", expression, err, r.ExceptionDetails)
	}
	return r.Result.Value
}

// submit does what leads to another page, and waits for that.
func (c *chromium) submit(expression string) {
	c.t.Helper()
	before := c.loaded
	c.evaluate(expression)
	c.awaitLoad(before)
}

// quiet fails the test where the browser had something to say of what was visited since it was last called.
func (c *chromium) quiet(what string) {
	c.t.Helper()
	for _, s := range c.troubles {
		c.t.Errorf("%s: %s", what, s)
	}
	c.troubles = nil
}

// media sets whether a page is seen in the dark, and of what width.
func (c *chromium) media(scheme string, width int) {
	c.t.Helper()
	c.must("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": scheme}}})
	c.must("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": false})
}

// shoot keeps a picture of the page, where pictures are wanted.
func (c *chromium) shoot(name string) {
	c.t.Helper()
	if *shots == "" {
		return
	}
	height, _ := c.evaluate("document.documentElement.scrollHeight").(float64)
	width, _ := c.evaluate("innerWidth").(float64)
	var picture struct{ Data string }
	b := c.must("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true,
		"clip": map[string]any{"x": 0, "y": 0, "width": width, "height": min(height, 1700), "scale": 1}})
	if err := json.Unmarshal(b, &picture); err != nil {
		c.t.Fatal(err)
	}
	png, err := base64.StdEncoding.DecodeString(picture.Data)
	if err == nil {
		err = os.MkdirAll(*shots, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(*shots, name+".png"), png, 0o644)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

package main

import (
	"fmt"
	"io"
	"os"
	"time"
	_ "time/tzdata" // machines that are kept apart, and Windows, may have no zones of their own

	"golang.org/x/term"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/report"
)

// What a terminal is, and what may be written to it, is in this file; how text is fitted to it, in
// report/terminal_rules.go.

// screenFlags are the flags of every command that are about what people see.
type screenFlags struct {
	TZ      timeZone `name:"tz" placeholder:"ZONE" help:"In text and tables, put local time of this zone behind each time in UTC: Europe/Berlin, or Local for this machine's. Files, JSON and CSV have UTC alone."`
	NoColor bool     `name:"no-color" help:"No colour, as where NO_COLOR is set. Nothing but severities has one, and only on a terminal."`
}

// formatFlag is of commands that print text or the same as JSON.
type formatFlag struct {
	Format string `short:"f" enum:"text,json" default:"text" help:"text or json (default text)."`
}

// timeZone is a time zone on the command line.
type timeZone struct{ *time.Location }

// UnmarshalText implements encoding.TextUnmarshaler.
func (z *timeZone) UnmarshalText(text []byte) (err error) {
	name := string(text)
	if z.Location, err = time.LoadLocation(name); err != nil || name == "" {
		return fmt.Errorf("%q is no time zone: one of the IANA database is meant, such as Europe/Berlin, UTC, or Local", name)
	}
	return nil
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// screen is what results are shown on.
func (c *console) screen() report.Screen {
	return report.Screen{Width: c.width(), Color: c.color(), Zone: c.TZ.Location}
}

// color reports whether severities may have one: https://no-color.org.
func (c *console) color() bool {
	return c.isTerm(c.out) && !c.NoColor && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// width returns how many characters a line of the output may have; 0: any number.
func (c *console) width() int {
	f, ok := c.out.(*os.File)
	if !ok || !c.isTerm(io.Writer(f)) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// text is where running text goes, which is fitted to the screen. run flushes it.
func (c *console) text() io.Writer {
	if c.fitted == nil {
		c.fitted = c.screen().Text(c.out)
	}
	return c.fitted
}

// unbroken is text whose lines are to be copied: they get local times and no line breaks.
func (c *console) unbroken() io.Writer {
	if c.fitted == nil {
		c.fitted = report.Screen{Zone: c.TZ.Location}.Text(c.out)
	}
	return c.fitted
}

// flush ends the text.
func (c *console) flush() error {
	if c.fitted == nil {
		return nil
	}
	return c.fitted.Flush()
}

// severity returns a word in the colour of the severity that a name says.
func (c *console) severity(name, text string) string {
	var is detect.Severity
	if is.UnmarshalText([]byte(name)) != nil {
		return text
	}
	return c.screen().Severity(is, text)
}

// json writes a result as JSON.
func (c *console) json(v any) error { return report.WriteJSON(c.out, v) }

// summary prints what a report says, for people or as report.json.
func (c *console) summary(m *report.Model, format string) error {
	if format == "json" {
		return m.JSON(c.out)
	}
	return m.Terminal(c.text(), c.color())
}

// aside is where what goes along with a result is said: JSON has the results alone.
func (c *console) aside(format string) io.Writer {
	if format == "json" {
		return c.err
	}
	return c.text()
}

// formatted is where a result goes in a format: text is fitted to the screen, anything else is left alone.
func (c *console) formatted(format string) io.Writer {
	if format == "text" {
		return c.text()
	}
	return c.out
}

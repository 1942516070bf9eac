package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/coldtrail/coldtrail/scan/custody"
)

// custodyFlags are what only a person can say for the custody log.
type custodyFlags struct {
	Examiner  string `group:"custody" placeholder:"NAME" env:"COLDTRAIL_EXAMINER" help:"Who does this, for the custody log."`
	Role      string `group:"custody" placeholder:"TEXT" default:"examiner" help:"As what (default examiner)."`
	Exhibit   string `group:"custody" placeholder:"ID" help:"The exhibit that the evidence is, or is a part of."`
	Authority string `group:"custody" placeholder:"TEXT" help:"Under which authority: a warrant, a mandate, a ticket."`
	Reason    string `group:"custody" placeholder:"TEXT" help:"Why."`
	Clock     string `group:"custody" placeholder:"TEXT" help:"What is known of this machine's clock: \"0.2 s behind DCF77 at 09:15\"."`
}

// given names a flag that was given; "": there is none. What the environment says is of every command.
func (f *custodyFlags) given() string {
	for _, flag := range []struct {
		name string
		is   bool
	}{
		{"--examiner", f.Examiner != os.Getenv("COLDTRAIL_EXAMINER")}, {"--role", f.Role != "examiner" && f.Role != ""}, {"--exhibit", f.Exhibit != ""},
		{"--authority", f.Authority != ""}, {"--reason", f.Reason != ""}, {"--clock", f.Clock != ""},
	} {
		if flag.is {
			return flag.name
		}
	}
	return ""
}

// began is when the program did, as far as it can tell.
var began = time.Now()

// unchecked is what the log says of a clock of which nobody has said anything.
const unchecked = "the system's clock; not compared with another"

// entry makes an entry of the log with all that can be known of this moment. What cannot
// be found out is a warning in it.
func (f *custodyFlags) entry(c *console, action, command string) *custody.Entry {
	now := time.Now()
	e := &custody.Entry{
		Time: now, Monotonic: now.Sub(began).Milliseconds(), Zone: zone(now), Clock: f.Clock, Action: action, Command: command,
		Actor: custody.Actor{Name: f.Examiner, Role: f.Role},
		Host:  custody.Host{OS: runtime.GOOS, Arch: runtime.GOARCH, MachineID: machineID()},
		Case:  custody.Case{Exhibit: f.Exhibit, Authority: f.Authority, Reason: f.Reason},
	}
	if e.Clock == "" {
		e.Clock = unchecked
	}
	warn := func(err error) {
		if err != nil {
			e.Warnings = append(e.Warnings, err.Error())
		}
	}
	e.SetArgv(c.argv)
	var err error
	e.Tool, err = ourselves()
	warn(err)
	e.Host.Name, err = os.Hostname()
	warn(err)
	e.Cwd, err = os.Getwd()
	warn(err)
	e.Actor.OSUser, e.Actor.UID, err = osUser()
	warn(err)
	for _, name := range []string{"TZ", "LANG", "LC_ALL", "TMPDIR", "NO_COLOR", "GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GODEBUG"} {
		if v, ok := os.LookupEnv(name); ok {
			e.Env = append(e.Env, name+"="+v)
		}
	}
	return e
}

func zone(t time.Time) string {
	name, _ := t.Zone()
	return fmt.Sprintf("%s (UTC%s)", name, t.Format("-07:00"))
}

// machineID identifies the machine without telling its id, which systemd asks to keep
// to itself: it is hashed with a text of our own.
func machineID() string {
	id, err := os.ReadFile("/etc/machine-id")
	if err != nil || len(id) == 0 {
		return ""
	}
	sum := sha256.Sum256(append([]byte("coldtrail custody\n"), id...))
	return hex.EncodeToString(sum[:])
}

// ourselves says which program this is. Its file is read once.
var ourselves = sync.OnceValues(func() (custody.Tool, error) {
	t := custody.Tool{Name: "coldtrail", Version: "(unknown)", Commit: "(unknown)", Go: runtime.Version()}
	t.Version, t.Commit = built()
	path, err := os.Executable()
	if err == nil {
		if resolved, rerr := filepath.EvalSymlinks(path); rerr == nil {
			path = resolved
		}
		t.SHA256, _, err = custody.HashFile(context.Background(), path)
	}
	if err != nil {
		err = fmt.Errorf("own executable: %w", err)
	}
	return t, err
})

// built returns the version and the commit that the program was built from.
func built() (version, commit string) {
	version, commit = "(unknown)", "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				commit += " with changes"
			}
		}
	}
	return version, commit
}

// inputs says of paths what a look from outside tells: a file's hash is in the manifest.
func inputs(paths []string) (files []custody.File) {
	for _, path := range paths {
		f := custody.File{Path: custody.Text(path)}
		if path == "-" {
			f.Kind = "standard input"
			files = append(files, f)
			continue
		}
		if abs, err := filepath.Abs(path); err == nil {
			if real, err := filepath.EvalSymlinks(abs); err == nil {
				abs = real
			}
			f.Real = custody.Text(abs)
		}
		if info, err := os.Stat(path); err == nil {
			at := info.ModTime().UTC()
			f.MTime, f.Mode, f.Kind = &at, info.Mode().String(), kindOf(info.Mode())
			if info.Mode().IsRegular() {
				f.Bytes = info.Size()
			}
		} else if !errors.Is(err, fs.ErrNotExist) {
			f.Kind = err.Error()
		}
		files = append(files, f)
	}
	return files
}

func kindOf(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "directory"
	case m.IsRegular():
		return "file"
	}
	return "neither file nor directory"
}

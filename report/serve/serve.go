package serve

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/report/query"
)

// Config is what a Server serves, and how.
type Config struct {
	Cases      []Case          // at least one
	Evidence   report.Evidence // where the cases' sources lie; nil: S3 has only results of queries
	PublicKeys []string        // files as `aws cloudtrail list-public-keys` writes them
	AllEvents  bool            // LookupEvents gives data, network activity and aggregated events too
	TempDir    string          // where results of queries lie while they are remembered
	Options    query.Options   // of the SQL engine of each case
	Timeout    time.Duration   // of a query; 0: DefaultTimeout
	Now        func() time.Time
	NewID      func() string // a new UUID, in lower case
	Log        func(format string, args ...any)
}

// DefaultTimeout is how long a query may take.
const DefaultTimeout = 5 * time.Minute

// A Case is a case to serve. Its name stands in URLs where several are served.
type Case struct{ Name, Dir string }

// A Server answers from cases. It is safe for use by many goroutines.
type Server struct {
	cfg           Config
	cases         []*served
	keys          []publicKey
	headerTimeout time.Duration
	readTimeout   time.Duration // of a request with its body
}

// served is a case that is being served.
type served struct {
	s     *Server
	name  string
	dir   string
	base  string // what stands before its URLs: "", or "/NAME" where there are several cases
	store *report.EventStore

	evidence   evidence
	layoutOnce sync.Mutex
	layoutRead *layout // nil: not read
	runs       *runs
	pages      *browser
	db         struct {
		sync.Mutex
		open *query.DB // nil: not asked for yet
		told string    // the later revision that the log was last told of
	}
}

// New opens the cases. Nothing is listened to before Serve.
func New(cfg Config) (*Server, error) {
	if len(cfg.Cases) == 0 || cfg.Now == nil || cfg.NewID == nil || cfg.TempDir == "" {
		return nil, errors.New("serve: no case, no clock, no IDs or no directory for results")
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Log == nil {
		cfg.Log = func(string, ...any) {}
	}
	s := &Server{cfg: cfg, headerTimeout: headerTimeout, readTimeout: readTimeout}
	var err error
	if s.keys, err = readKeys(cfg.PublicKeys, cfg.Log); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, k := range cfg.Cases {
		c, err := s.open(k, seen)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.cases = append(s.cases, c)
	}
	return s, nil
}

func (s *Server) open(k Case, seen map[string]bool) (*served, error) {
	c := &served{s: s, name: k.Name, dir: k.Dir, evidence: evidence{paths: s.cfg.Evidence}}
	if len(s.cfg.Cases) > 1 {
		if k.Name == "" || strings.ContainsAny(k.Name, "/?#%") || k.Name == "." || k.Name == ".." || seen[k.Name] {
			return nil, fmt.Errorf("case %q: its name cannot stand in a URL, or another case has it", k.Name)
		}
		c.base = "/" + k.Name
	}
	seen[k.Name] = true
	store, err := report.OpenStore(k.Dir)
	if err != nil {
		return nil, err
	}
	c.store = store
	c.runs = newRuns(defaultLimits)
	c.runs.engine, c.runs.ready = c.query, c.sqlReady
	c.runs.timeout, c.runs.dir, c.runs.now, c.runs.log = s.cfg.Timeout, s.cfg.TempDir, s.cfg.Now, s.cfg.Log
	c.pages = newBrowser(browserConfig{
		Name: c.name, Base: c.base, Dir: c.dir, Store: c.store, Evidence: s.cfg.Evidence, Timeout: s.cfg.Timeout,
		Token: s.cfg.NewID(), SQL: c.sql, Log: s.logf,
	})
	return c, nil
}

// Close cancels the queries and what is being made for pages, and closes the cases. No request may be under way.
func (s *Server) Close() error {
	var errs []error
	for _, c := range s.cases {
		c.pages.close()
		c.runs.close()
		if c.db.open != nil {
			errs = append(errs, c.db.open.Close())
		}
		errs = append(errs, c.store.Close(), c.evidence.close())
	}
	return errors.Join(errs...)
}

// Address returns where Listen listens for "HOST:PORT": HOST is a loopback address or
// localhost, which is 127.0.0.1. Every other address is refused.
func Address(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("address %q: %w", address, err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.Unmap().IsLoopback() {
		return "", fmt.Errorf("address %q: only loopback is listened to: 127.0.0.1, ::1 or localhost", address)
	}
	return net.JoinHostPort(ip.Unmap().String(), port), nil
}

// Listen listens at an Address; port 0 is any that is free.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	at, err := Address(address)
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", at)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", address, err)
	}
	return ln, nil
}

// The limits of a connection. A header that takes longer is a slow loris.
const (
	headerTimeout  = 10 * time.Second
	readTimeout    = 30 * time.Second
	idleTimeout    = 2 * time.Minute
	writeTimeout   = 10 * time.Minute // beside the query's; an object of the evidence may be long
	stopTimeout    = 5 * time.Second
	maxHeader      = 64 << 10
	maxConnections = 256
)

// Serve serves until the context ends; then it lets requests under way finish for
// some seconds. The listener must listen on loopback, and is closed.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	if !loopback(ln.Addr()) {
		return errors.Join(fmt.Errorf("address %s: only loopback is listened to", ln.Addr()), ln.Close())
	}
	requests, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	srv := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: s.headerTimeout, ReadTimeout: s.readTimeout, IdleTimeout: idleTimeout,
		WriteTimeout: writeTimeout + s.cfg.Timeout, MaxHeaderBytes: maxHeader,
		BaseContext: func(net.Listener) context.Context { return requests },
		ErrorLog:    log.New(logWriter(s.cfg.Log), "", 0), //nolint:forbidigo // http.Server takes no other, and it goes to Config.Log
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		last, done := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer done()
		err := srv.Shutdown(last)
		if errors.Is(err, context.DeadlineExceeded) {
			cancel()
			err = srv.Close()
		}
		stopped <- err
	})
	err := srv.Serve(&limitedListener{Listener: ln, free: make(chan struct{}, maxConnections), done: make(chan struct{})})
	if !errors.Is(err, http.ErrServerClosed) {
		stop()
		return fmt.Errorf("address %s: %w", ln.Addr(), err)
	}
	return <-stopped
}

func loopback(a net.Addr) bool {
	at, err := netip.ParseAddrPort(a.String())
	return err == nil && at.Addr().Unmap().IsLoopback()
}

// logWriter passes what the HTTP server says of connections to the log.
type logWriter func(format string, args ...any)

func (w logWriter) Write(p []byte) (int, error) {
	w("%s", report.Terminal(strings.TrimSpace(string(p))))
	return len(p), nil
}

// A limitedListener accepts no connection while as many are open as free has room for.
type limitedListener struct {
	net.Listener
	free chan struct{}
	once sync.Once
	done chan struct{}
}

func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.free <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	return &limitedConn{Conn: c, free: l.free}, nil
}

func (l *limitedListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

type limitedConn struct {
	net.Conn
	once sync.Once
	free chan struct{}
}

func (c *limitedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { <-c.free })
	return err
}

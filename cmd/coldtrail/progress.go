package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/coldtrail/coldtrail/scan"
)

// progress draws what a run has read, where the error stream is a terminal.
type progress struct {
	counts scan.Progress
	mu     sync.Mutex // one writes to the terminal at a time
	bar    *progressbar.ProgressBar
	done   chan struct{}
	ended  chan struct{}
}

// start begins to draw.
func (p *progress) start(w io.Writer, l scan.Listing) {
	p.bar = progressbar.NewOptions64(l.Bytes,
		progressbar.OptionSetWriter(w),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond),
	)
	p.done, p.ended = make(chan struct{}), make(chan struct{})
	go p.draw(l)
}

func (p *progress) draw(l scan.Listing) {
	defer close(p.ended)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	for {
		select {
		case <-p.done:
			p.mu.Lock()
			p.bar.Finish()
			p.bar = nil
			p.mu.Unlock()
			return
		case <-tick.C:
		}
		p.mu.Lock()
		rate := float64(p.counts.Records.Load()) / time.Since(began).Seconds()
		p.bar.Describe(fmt.Sprintf("%d of %d objects, %.0f records/s", p.counts.Objects.Load(), l.Objects, rate))
		p.bar.Set64(p.counts.Bytes.Load())
		p.mu.Unlock()
	}
}

// above lets write print lines above the bar, which is drawn again beneath them.
func (p *progress) above(write func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		p.bar.Clear()
	}
	write()
}

// stop ends drawing and clears the line. It may be called without start, and twice.
func (p *progress) stop() {
	if p.done == nil {
		return
	}
	close(p.done)
	<-p.ended
	p.done = nil
}

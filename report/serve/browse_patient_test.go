package serve

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func patientInts() *patientMemo[int] {
	p := new(patientMemo[int])
	p.init(4, nil, time.Minute)
	return p
}

// Who asks for what takes long is told so, and gets it when it is there; it is made once.
func TestPatientMemo(t *testing.T) { synctest.Test(t, patientMemoWaits) } // its clock does not wait

func patientMemoWaits(t *testing.T) {
	p, made := patientInts(), 0
	slow := func(ctx context.Context) (int, error) {
		made++
		select {
		case <-time.After(2 * patience):
			return 7, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	leaves, leave := context.WithCancel(t.Context())
	time.AfterFunc(time.Second, leave)
	if _, err := p.get(leaves, "k", slow); !errors.Is(err, context.Canceled) { // it goes on
		t.Error(err)
	}
	if _, err := p.get(t.Context(), "k", slow); !errors.Is(err, errMaking) {
		t.Error(err)
	}
	for range 2 {
		if v, err := p.get(t.Context(), "k", slow); v != 7 || err != nil {
			t.Error(v, err)
		}
	}
	if made != 1 || len(p.making) != 0 {
		t.Errorf("made %d times, %d are left", made, len(p.making))
	}
	p.close()
	if _, err := p.get(t.Context(), "k", nil); err != nil { // it is remembered
		t.Error(err)
	}
	if _, err := p.get(t.Context(), "l", nil); err == nil {
		t.Error("it began after it was closed")
	}
}

// What fails is told to one who asks, and tried again for the next; what nobody asks for is given up, and so is all at the end.
func TestPatientMemoGivesUp(t *testing.T) { synctest.Test(t, patientMemoGivesUp) }

func patientMemoGivesUp(t *testing.T) {
	p, failed := patientInts(), errors.New("failed")
	late := func(context.Context) (int, error) { time.Sleep(patience + time.Second); return 0, failed }
	if _, err := p.get(t.Context(), "fails", late); !errors.Is(err, errMaking) {
		t.Error(err)
	}
	time.Sleep(patience)
	if _, err := p.get(t.Context(), "fails", nil); !errors.Is(err, failed) {
		t.Error(err)
	}
	if v, err := p.get(t.Context(), "fails", func(context.Context) (int, error) { return 8, nil }); v != 8 || err != nil {
		t.Error(v, err)
	}
	if _, err := p.get(t.Context(), "breaks", func(context.Context) (int, error) { panic("broken") }); err == nil || !strings.Contains(err.Error(), "defect: broken") {
		t.Error(err)
	}
	var ended atomic.Int64
	endless := func(ctx context.Context) (int, error) { <-ctx.Done(); ended.Add(1); return 0, ctx.Err() }
	for i := range maxMaking + 1 {
		_, err := p.get(t.Context(), strings.Repeat("k", i), endless)
		var refused *pageError
		if i < maxMaking && !errors.Is(err, errMaking) || i == maxMaking && (!errors.As(err, &refused) || refused.status != http.StatusServiceUnavailable) {
			t.Error(i, err)
		}
		if i == 0 {
			time.Sleep(neglectTime - patience)
			synctest.Wait()
			if n := ended.Load(); n != 1 || len(p.making) != 0 {
				t.Fatalf("%d ended, %d are left", n, len(p.making))
			}
			p.neglect, p.timeout = time.Hour, time.Hour
			_, _ = p.get(t.Context(), "", endless)
		}
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := p.get(gone, "", nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	time.Sleep(leftTime)
	synctest.Wait()
	if n := ended.Load(); n != 2 || len(p.making) != maxMaking-1 {
		t.Errorf("who asked went away: %d ended, %d are left", n, len(p.making))
	}
	p.close()
	if n := ended.Load(); n != 3 { // the others waited for their turn
		t.Errorf("%d ended", n)
	}
}

// A page that takes long says so, asks again, and is shown in the end.
func TestPageIsBeingMade(t *testing.T) {
	p := openPages(t, Case{"c", archived(t)})
	pages := p.s.cases[0].pages
	pages.coverages.patience = 0
	pages.coverages.memo.slot <- struct{}{} // somebody else's turn
	w := p.get("/coverage")
	if w.Code != http.StatusAccepted || w.Header().Get("Refresh") != lookAgain || !strings.Contains(w.Body.String(), "This page is being made") || !strings.Contains(w.Body.String(), "Back to the overview") {
		t.Errorf("%d %v: %.300s", w.Code, w.Header(), w.Body)
	}
	<-pages.coverages.memo.slot
	pages.coverages.patience = time.Minute
	if got := p.page("/coverage", http.StatusOK); !strings.Contains(got, "<h1>Coverage</h1>") {
		t.Errorf("%.300s", got)
	}
}

// A browser asks again by itself, without scripts, too.
func TestChromiumWaits(t *testing.T) {
	c := startChromium(t)
	s := testServer(t, Config{Cases: []Case{{"case", archived(t)}}})
	pages := s.cases[0].pages
	pages.summaries.patience = 0
	pages.summaries.memo.slot <- struct{}{} // somebody else's turn
	base := startServer(t, s)
	c.must("Emulation.setScriptExecutionDisabled", map[string]any{"value": true})
	c.visit(base + "/summary")
	if got := c.evaluate("document.querySelector('h1').textContent"); got != "This page is being made" {
		t.Errorf("%v", got)
	}
	<-pages.summaries.memo.slot
	for range 10 {
		if c.evaluate("document.querySelector('h1').textContent") == "Summary" {
			return
		}
		c.awaitLoad(c.loaded)
	}
	t.Error("the browser did not ask again")
}

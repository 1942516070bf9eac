package report

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
)

// selectedFindings returns the findings that list a selected event, with when these were, and
// how many events are selected.
func (s *EventStore) selectedFindings(ctx context.Context, f *Filter) (map[string]*Span, int64, error) {
	found, err := s.memberships()
	if err != nil {
		return nil, 0, err
	}
	spans := make([]*Span, len(found.findings))
	var n int64
	err = s.Scan(ctx, f, nil, func(r *Row) error {
		n++
		for _, e := range found.of(r.Ordinal()) {
			if spans[e.finding] == nil {
				spans[e.finding] = new(Span)
			}
			spans[e.finding].see(r.Time())
		}
		return nil
	})
	selected := make(map[string]*Span)
	for i, span := range spans {
		if span != nil {
			selected[valid(found.findings[i].ID)] = span
		}
	}
	return selected, n, err
}

// findingHeads yields the findings of findings.jsonl without their events, which may be more than memory holds.
func (s *EventStore) findingHeads(ctx context.Context, yield func(*findingLine) error) error {
	f, err := openCaseFile(filepath.Join(s.dir, findingsLines))
	if err != nil {
		return fmt.Errorf("%s: %w", findingsLines, err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, keptBuffer)
	for n := 1; ; n++ {
		begin, err := r.ReadSlice('\n')
		if err == io.EOF && len(begin) == 0 {
			return ctx.Err()
		}
		line := new(findingLine)
		end := bytes.Index(begin, eventsMember) // in a text its quotes would be escaped
		if end < 0 {
			return fmt.Errorf("%s: line %d: it has no events", findingsLines, n)
		}
		if err := json.Unmarshal(append(bytes.Clone(begin[:end]), '}'), line); err != nil {
			return fmt.Errorf("%s: line %d: %w", findingsLines, n, err)
		}
		for err == bufio.ErrBufferFull && ctx.Err() == nil {
			_, err = r.ReadSlice('\n')
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = yield(line)
		}
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", findingsLines, n, pathless(err))
		}
	}
}

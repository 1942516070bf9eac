package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
)

// The bounds of a file of judgements: what a person writes is far below them.
const (
	maxJudgements    = 20_000
	maxJudgementLine = 32 << 10
	maxOfSubject     = 200 // of any one: each event of it asks all of them, and each time frame is held against each other
)

// ReadJudgements reads those of the case in dir; there may be none.
func ReadJudgements(dir string) (*Judgements, error) {
	all, err := readJudgements(dir)
	if err != nil {
		return nil, err
	}
	return NewJudgements(all), nil
}

func readJudgements(dir string) ([]Judgement, error) {
	f, err := openCaseFile(filepath.Join(dir, JudgementsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", JudgementsFile, err)
	}
	defer f.Close()
	all, err := ParseJudgements(f)
	if err != nil {
		err = fmt.Errorf("%s: %w", JudgementsFile, err)
	}
	return all, err
}

// ParseJudgements reads a file of judgements. A line that is not, byte for byte, as coldtrail writes it is an error that names
// the line: what is read one way here and another way elsewhere is nobody's judgement.
func ParseJudgements(r io.Reader) (all []Judgement, err error) {
	in := bufio.NewReaderSize(r, maxJudgementLine)
	var count ofSubjects
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		switch {
		case err == io.EOF && len(line) == 0:
			return all, nil
		case err == io.EOF:
			return nil, fmt.Errorf("line %d: it does not end in a line feed", n)
		case errors.Is(err, bufio.ErrBufferFull):
			return nil, fmt.Errorf("line %d: more than %d bytes", n, maxJudgementLine)
		case err != nil:
			return nil, fmt.Errorf("line %d: %w", n, pathless(err))
		case n > maxJudgements:
			return nil, fmt.Errorf("line %d: more than %d judgements", n, maxJudgements)
		}
		j, err := parseJudgement(line)
		if err == nil {
			err = count.add(&j)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		all = append(all, j)
	}
}

// ofSubjects counts the judgements on each subject, copies once.
type ofSubjects map[Subject]map[string]bool

func (c *ofSubjects) add(j *Judgement) error {
	if j.Withdraws != "" {
		return nil
	}
	sub := Subject{j.Kind, j.Subject}
	if name, ok := roleName(j.Subject, ":role/"); ok && j.Kind == RoleSubject {
		sub.Name = name // whose sessions they all are about, whatever its path
	}
	if *c == nil {
		*c = ofSubjects{}
	}
	if (*c)[sub] == nil {
		(*c)[sub] = map[string]bool{}
	}
	if (*c)[sub][j.ID] = true; len((*c)[sub]) > maxOfSubject {
		return fmt.Errorf("%s %s: more than %d judgements on it", j.Kind, clip(j.Subject), maxOfSubject)
	}
	return nil
}

func parseJudgement(line []byte) (j Judgement, err error) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&j); err != nil {
		return j, fmt.Errorf("no judgement: %w", err)
	}
	id := j.ID
	if err := j.Seal(); err != nil {
		return j, err
	}
	if j.ID != id {
		return j, errors.New("its ID is not that of its contents: it was changed")
	}
	if again, err := j.line(); err != nil || !bytes.Equal(again, line) {
		return j, errors.New("it is not as coldtrail writes a judgement")
	}
	return j, nil
}

// AddJudgements adds judgements to those of the case in dir, behind what is there, and returns those that were not there yet.
// The file is written anew beside the old one: it is whole or as it was. Where the system has flock, two processes that
// add at once do so one after the other.
func AddJudgements(dir string, more []Judgement) (added []Judgement, err error) {
	unlock, err := lockCase(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	have, err := readJudgements(dir)
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(have)+len(more))
	var count ofSubjects
	for i := range have {
		known[have[i].ID] = true
		_ = count.add(&have[i]) // they were read, so they are not too many
	}
	for i := range more {
		if !known[more[i].ID] {
			known[more[i].ID] = true
			added = append(added, more[i])
			if err := count.add(&more[i]); err != nil {
				return nil, fmt.Errorf("%s: %w", JudgementsFile, err)
			}
		}
	}
	if n := len(have) + len(added); n > maxJudgements {
		return nil, fmt.Errorf("%s: %d judgements, more than %d", JudgementsFile, n, maxJudgements)
	}
	if len(added) == 0 {
		return nil, nil
	}
	if err := replaceFile(filepath.Join(dir, JudgementsFile), func(w io.Writer) error {
		return writeJudgements(w, append(have, added...))
	}); err != nil {
		return nil, fmt.Errorf("%s: %w", JudgementsFile, err)
	}
	return added, nil
}

func writeJudgements(w io.Writer, all []Judgement) error {
	out := bufio.NewWriter(w)
	for i := range all {
		line, err := all[i].line()
		if err != nil {
			return err
		}
		out.Write(line)
	}
	return out.Flush()
}

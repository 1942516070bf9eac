package sigma

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/coldtrail/coldtrail/detect"
)

// tuning is a rule's member "coldtrail", which is ours alone.
type tuning struct {
	next           string
	any            bool // outcome: any
	operational    bool
	denied, failed detect.Severity
}

// tune reads the member and completes the examples.
func (l *loader) tune(r *Rule) error {
	r.tuning = tuning{denied: min(r.severity(), detect.Low), failed: detect.Informational}
	n := get(r.root, "coldtrail")
	if n == nil {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return lineError{n.Line, errors.New("coldtrail: not a map")}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if err := r.tuneOne(n.Content[i].Value, n.Content[i+1]); err != nil {
			return lineError{lineOf(err, n.Content[i].Line), fmt.Errorf("coldtrail: %s: %w", n.Content[i].Value, err)}
		}
	}
	return nil
}

func (r *Rule) tuneOne(name string, n *yaml.Node) (err error) {
	t := &r.tuning
	switch name {
	case "next":
		t.next = strings.TrimSpace(n.Value)
	case "outcome":
		if n.Value != "any" {
			return fmt.Errorf("%.40q: only any is known", n.Value)
		}
		t.any = true
	case "operational":
		return n.Decode(&t.operational)
	case "denied":
		return t.denied.UnmarshalText([]byte(n.Value))
	case "failed":
		return t.failed.UnmarshalText([]byte(n.Value))
	case "hits":
		r.Hits, err = examples(n)
	case "misses":
		r.Misses, err = examples(n)
	default:
		return errors.New("unknown")
	}
	return err
}

// examples reads a list of examples: each an event, or a list of events.
func examples(n *yaml.Node) (all [][]string, err error) {
	if n.Kind != yaml.SequenceNode {
		return nil, errors.New("not a list")
	}
	for _, one := range n.Content {
		events := []*yaml.Node{one}
		if one.Kind == yaml.SequenceNode {
			events = one.Content
		}
		var list []string
		for i, e := range events {
			text, err := example(e, i)
			if err != nil {
				return nil, lineError{e.Line, err}
			}
			list = append(list, text)
		}
		if len(list) == 0 {
			return nil, lineError{one.Line, errors.New("an example without events")}
		}
		all = append(all, list)
	}
	return all, nil
}

// exampleTime is when the first event of an example happens; each further one is a
// second later.
var exampleTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// completions are what an example has where it does not say otherwise.
var completions = map[string]string{
	"eventVersion":       `"1.11"`,
	"awsRegion":          `"us-east-1"`,
	"eventType":          `"AwsApiCall"`,
	"recipientAccountId": `"111122223333"`,
	"sourceIPAddress":    `"203.0.113.9"`,
	"userAgent":          `"aws-cli/2.15.0"`,
	"managementEvent":    `true`,
	"userIdentity":       `{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIAEXAMPLE","userName":"alice"}`,
}

// example completes the i-th event of an example and writes it as JSON.
func example(n *yaml.Node, i int) (string, error) {
	event := map[string]json.RawMessage{}
	text := []byte(n.Value)
	if n.Kind != yaml.ScalarNode {
		var tree map[string]any
		if err := n.Decode(&tree); err != nil {
			return "", fmt.Errorf("example: %w", err)
		}
		var err error
		if text, err = json.Marshal(tree); err != nil {
			return "", fmt.Errorf("example: %w", err)
		}
	}
	if err := json.Unmarshal(text, &event); err != nil {
		return "", fmt.Errorf("example: %w", err)
	}
	for name, value := range completions {
		if _, ok := event[name]; !ok {
			event[name] = json.RawMessage(value)
		}
	}
	if _, ok := event["eventTime"]; !ok {
		event["eventTime"], _ = json.Marshal(exampleTime.Add(time.Duration(i) * time.Second))
	}
	if _, ok := event["eventID"]; !ok {
		event["eventID"], _ = json.Marshal(fmt.Sprintf("00000000-0000-4000-8000-%012d", i+1))
	}
	out, err := json.Marshal(event)
	return string(out), err
}

package detect

import (
	"fmt"
	"time"
)

// Ten distinct denials in ten minutes is the threshold of Suzaku's correlation
// rule and below the 15 and 20 of Panther's. Tools that try permissions out
// (enumerate-iam) make hundreds within two minutes: thirty separates them from
// a person who clicks through a console without rights.
const (
	burstSpan  = 10 * time.Minute
	burstCalls = 10
	burstHigh  = 30
)

var _ = register(&Detector{
	ID:    "denied-burst",
	Title: "Many different calls denied",
	Doc: `One credential was refused at least ten different calls within ten minutes: somebody, or a tool,
tries out what it can do. The innocent causes are a new console user without rights, a scanner with a policy
that lacks actions, and a deployment after a change of permissions; these repeat daily with the same calls,
which is why a burst of calls that the same role or user was refused at least twelve hours before is low.
Look at the calls that succeeded in between, at the user agent, and at whether the address is known.`,
	Next: `If nobody answers for it, deactivate the credential; then list what it was allowed to do in the
same hour: filter timeline.csv by its column credential; where the column error is empty, the call succeeded.`,
	Severity:   Medium,
	Techniques: []string{"T1580", "T1069.003"},
	Record:     denial,
	Stream: func() Stream {
		b := newBursts("denied-burst")
		return Stream{
			Next: func(ref *EventRef, _ Evidence, emit func(Finding)) {
				b.expire(ref.Time, emit)
				b.add(ref, emit)
			},
			Flush:   b.flush,
			Evicted: b.count,
		}
	},
	Hits: [][]string{deniedCalls(burstCalls, 60), deniedCalls(2*burstHigh, 4)},
	Misses: [][]string{
		deniedCalls(burstCalls-1, 60),
		// Different calls, but spread over the day.
		deniedCalls(burstCalls, 120),
	},
})

// deniedCalls is an example of n distinct calls, some seconds apart.
func deniedCalls(n, seconds int) (records []string) {
	for i := range n {
		at := time.Date(2026, 1, 2, 3, 0, i*seconds, 0, time.UTC).Format(time.RFC3339)
		records = append(records, fmt.Sprintf(`{"eventTime":"%s","eventID":"%03d","eventSource":"ec2.amazonaws.com","eventName":"Describe%d","errorCode":"Client.UnauthorizedOperation","sourceIPAddress":"203.0.113.9","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accessKeyId":"AKIA1"}}`, at, i, i))
	}
	return records
}

package detect

import "testing"

// TestInstanceOwnAddress: where the agent calls from, other keys of the instance are its own as well.
func TestInstanceOwnAddress(t *testing.T) {
	d := detectorOf(t, "instance-credentials-outside")
	found := run(t, d, records(t, []string{
		instanceExample("01", "ASIA1", "203.0.113.9", "ssm", "UpdateInstanceInformation", "2.0"),
		instanceExample("02", "AKIA1", "203.0.113.9", "ssm", "SendCommand", ""),
		instanceExample("09", "ASIA2", "203.0.113.9", "sts", "GetCallerIdentity", "1.0"), // by a rotated key
	}))
	if len(found) > 0 {
		t.Errorf("of its own address: %+v", found)
	}
}

// TestInstanceSeenElsewhere: an address inside of the network is no other place, one of the internet is.
func TestInstanceSeenElsewhere(t *testing.T) {
	d := detectorOf(t, "instance-credentials-outside")
	for address, want := range map[string]int{"10.0.0.5": 0, "198.51.100.7": 1} {
		found := run(t, d, records(t, []string{
			instanceExample("01", "ASIA1", address, "ssm", "UpdateInstanceInformation", "1.0"),
			instanceExample("09", "ASIA1", "203.0.113.9", "sts", "GetCallerIdentity", "1.0"),
		}))
		if len(found) != want {
			t.Errorf("%s: %d findings, want %d: %+v", address, len(found), want, found)
		}
	}
}

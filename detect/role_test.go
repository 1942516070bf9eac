package detect

import "testing"

func TestRoleOf(t *testing.T) {
	for session, want := range map[string]string{
		"arn:aws:sts::111122223333:assumed-role/app/i-1":        "arn:aws:iam::111122223333:role/app",
		"arn:aws-us-gov:sts::111122223333:assumed-role/app/a/b": "arn:aws-us-gov:iam::111122223333:role/app",
		"arn:aws-cn:sts::111122223333:assumed-role/app":         "arn:aws-cn:iam::111122223333:role/app",
		"arn:aws:iam::111122223333:user/assumed-role":           "",
		"arn:aws:sts::111122223333:federated-user/x":            "",
		"x:assumed-role/app/s":                                  "",
		"":                                                      "",
	} {
		if got := RoleOf(session); got != want {
			t.Errorf("%s: %s, want %s", session, got, want)
		}
	}
}

// TestHabitsOfRoles: a role's sessions have its habits, in each partition; whoever has no role has their own.
func TestHabitsOfRoles(t *testing.T) {
	a := habitual(&EventRef{Principal: "arn:aws-cn:sts::111122223333:assumed-role/app/1"})
	b := habitual(&EventRef{Principal: "arn:aws-cn:sts::111122223333:assumed-role/app/2"})
	if a != b || a == "" {
		t.Errorf("%s, %s", a, b)
	}
	if got := habitual(&EventRef{Principal: "arn:aws:iam::1:user/bob"}); got != "arn:aws:iam::1:user/bob" {
		t.Error(got)
	}
}

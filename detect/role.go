package detect

import "strings"

// RoleOf returns the role's ARN of a session's ARN, without the role's path, which a session's lacks. It is "" for all
// others. The partition stays.
func RoleOf(session string) string {
	head, rest, isRole := strings.Cut(session, ":assumed-role/")
	partition, account, ok := strings.Cut(strings.TrimPrefix(head, "arn:"), ":sts::")
	if !isRole || !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return "arn:" + partition + ":iam::" + account + ":role/" + name
}

// habitual is whose habits count: the role, not its session, or else the principal.
func habitual(r *EventRef) string {
	if role := RoleOf(r.Principal); role != "" {
		return role
	}
	return SubjectOf(r)
}

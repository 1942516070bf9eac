SELECT eventname, useridentity.username, sourceipaddress, eventtime, requestparameters
FROM cloudtrail_logs
WHERE eventname IN ('AuthorizeSecurityGroupIngress', 'AuthorizeSecurityGroupEgress', 'RevokeSecurityGroupIngress')
  AND from_iso8601_timestamp(eventtime) > TIMESTAMP '2026-03-02 12:00:00'

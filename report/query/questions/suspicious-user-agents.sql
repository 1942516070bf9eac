-- title: Attack and audit tools
-- meaning: Who used a tool that is made for attacking or auditing, by what the caller says of itself.
--   It is rarely false when it is there, and its absence means nothing: anybody can change a user
--   agent. Ordered tests and the security team's own audits show here as well.
-- param: since
-- param: until
-- key: account, principal, credential, source_ip, user_agent
SELECT e.account, e.principal, e.credential, e.sourceipaddress AS source_ip, regexp_replace(e.useragent, ' (md/)?command[/#][^ ]+', '') AS user_agent, count(DISTINCT e.ordinal) AS events,
  min(e.event_ts) AS first, max(e.event_ts) AS last
FROM findings f JOIN events e ON e.ordinal = f.ordinal
WHERE f.detector = 'suspicious-user-agent' AND e.event_ts >= ${since} AND e.event_ts < ${until}
GROUP BY e.account, e.principal, e.credential, e.sourceipaddress, regexp_replace(e.useragent, ' (md/)?command[/#][^ ]+', '')
ORDER BY events DESC, account, principal, credential, source_ip, user_agent

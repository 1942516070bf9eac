-- title: Who assumed which role
-- meaning: Callers and the roles that they took, or whose root user's sessions, with counts and refusals. Look for pairs that occur
--   once, and for refusals followed by a success. Services assuming their own roles are left out; what
--   remains is people, programs and other accounts.
-- param: since
-- param: until
-- key: account, principal, role
SELECT account, principal, coalesce(json_extract_scalar(requestparameters, '$.roleArn'), json_extract_scalar(requestparameters, '$.targetPrincipal')) AS role, count(*) AS calls,
  count_if(errorcode IS NOT NULL) AS refused, count(DISTINCT sourceipaddress) AS addresses,
  min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE eventsource = 'sts.amazonaws.com' AND eventname IN ('AssumeRole', 'AssumeRoot')
  AND coalesce(useridentity.type, '') <> 'AWSService'
  AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY account, principal, coalesce(json_extract_scalar(requestparameters, '$.roleArn'), json_extract_scalar(requestparameters, '$.targetPrincipal'))
ORDER BY calls, account, principal, role

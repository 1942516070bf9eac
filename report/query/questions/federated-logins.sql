-- title: Sessions that an identity provider opened
-- meaning: Which provider let whom into which role, how often and from how many addresses. A provider
--   or a name that nobody knows is a way in that IAM's own users do not show. CI systems and single
--   sign-on make most of these, every day, from changing addresses.
-- param: since
-- param: until
-- key: account, call, provider, username, role
SELECT account, eventname AS call,
  coalesce(identityprovider, json_extract_scalar(requestparameters, '$.principalArn'), eventsource) AS provider,
  coalesce(lookup_username, principal) AS username,
  coalesce(json_extract_scalar(requestparameters, '$.roleArn'), json_extract_scalar(serviceeventdetails, '$.role_name')) AS role,
  count(*) AS sessions, count_if(errorcode IS NOT NULL) AS refused,
  count(DISTINCT sourceipaddress) AS addresses, min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
  AND eventname IN ('AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'Federate', 'Authenticate', 'UserAuthentication')
GROUP BY account, eventname,
  coalesce(identityprovider, json_extract_scalar(requestparameters, '$.principalArn'), eventsource),
  coalesce(lookup_username, principal),
  coalesce(json_extract_scalar(requestparameters, '$.roleArn'), json_extract_scalar(serviceeventdetails, '$.role_name'))
ORDER BY account, call, provider, username, role

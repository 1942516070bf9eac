-- title: Sign-ins of the root user
-- meaning: Sign-ins as the owner of an account, whether they succeeded or not, and requests for a new
--   root password. Few tasks need the root user, so each of these should have somebody who remembers
--   it. An organization may have closed or recovered the account through the root user on purpose.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, eventname AS call,
  coalesce(json_extract_scalar(responseelements, '$.ConsoleLogin'), json_extract_scalar(responseelements, '$.PasswordRecoveryRequested'),
    json_extract_scalar(responseelements, '$.PasswordRecoveryCompleted')) AS result,
  json_extract_scalar(additionaleventdata, '$.MFAUsed') AS mfa, sourceipaddress AS source_ip, useragent AS user_agent,
  errormessage AS error, ordinal
FROM events
WHERE eventsource = 'signin.amazonaws.com' AND event_ts >= ${since} AND event_ts < ${until}
  AND (useridentity.type = 'Root' OR eventname LIKE 'PasswordRecovery%')
ORDER BY ordinal

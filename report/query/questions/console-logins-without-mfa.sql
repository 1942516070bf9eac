-- title: Console sign-ins without MFA
-- meaning: Sign-ins with a password alone that succeeded, of IAM users and of the root user. Whoever
--   knew the password could do the same. Sign-ins through an identity provider are left out, because
--   CloudTrail does not know whether the provider asked for a second factor.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, useridentity.type AS type, lookup_username AS username, principal,
  sourceipaddress AS source_ip, useragent AS user_agent, ordinal
FROM events
WHERE eventname = 'ConsoleLogin' AND event_ts >= ${since} AND event_ts < ${until}
  AND json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Success'
  AND coalesce(json_extract_scalar(additionaleventdata, '$.MFAUsed'), 'No') <> 'Yes'
  AND useridentity.type IN ('IAMUser', 'Root')
ORDER BY ordinal

-- title: Console sign-ins
-- meaning: Every sign-in to the AWS console, with its result and whether MFA was used. A federated
--   sign-in says No to MFA even where the identity provider asked for it, and user names that AWS does
--   not know are hidden by AWS itself. A sign-in from a new address may be a journey, a VPN or a
--   changed provider.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, json_extract_scalar(responseelements, '$.ConsoleLogin') AS result,
  json_extract_scalar(additionaleventdata, '$.MFAUsed') AS mfa, useridentity.type AS type,
  lookup_username AS username, principal, sourceipaddress AS source_ip, useragent AS user_agent,
  errormessage AS error, ordinal
FROM events
WHERE eventname = 'ConsoleLogin' AND event_ts >= ${since} AND event_ts < ${until}
ORDER BY ordinal

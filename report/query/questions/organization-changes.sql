-- title: The organization and its accounts changed
-- meaning: Accounts created, invited, moved or removed, policies of the organization changed,
--   administrators delegated, regions and contacts changed. An account that leaves escapes every guard
--   rail, and takes its trail with it. Few people may do any of this.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, eventsource AS source, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.accountId'), json_extract_scalar(requestparameters, '$.targetId'),
    json_extract_scalar(requestparameters, '$.policyId'), json_extract_scalar(requestparameters, '$.regionName'),
    json_extract_scalar(requestparameters, '$.alternateContactType'), json_extract_scalar(requestparameters, '$.accountAlias')) AS target,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
  AND (eventsource IN ('organizations.amazonaws.com', 'account.amazonaws.com', 'ram.amazonaws.com')
      AND NOT regexp_like(eventname, '^(Get|List|Describe)')
    OR eventsource = 'iam.amazonaws.com' AND eventname IN ('CreateAccountAlias', 'DeleteAccountAlias', 'EnableOrganizationsRootSessions',
      'EnableOrganizationsRootCredentialsManagement', 'SetSecurityTokenServicePreferences'))
ORDER BY ordinal

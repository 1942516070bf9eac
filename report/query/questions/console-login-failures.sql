-- title: Failed console sign-ins
-- meaning: Who failed to sign in from where, how often, and when the same name last got in from there.
--   Many failures and then a success look like a guessed password. One or two are a typing mistake, and
--   a password manager with an old password can fail for hours.
-- param: since
-- param: until
-- param: least number 1: Leave out what failed less often.
-- key: account, username, source_ip
SELECT account, coalesce(lookup_username, principal) AS username, sourceipaddress AS source_ip,
  count_if(json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Failure') AS failures,
  min(CASE WHEN json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Failure' THEN event_ts END) AS first_failure,
  max(CASE WHEN json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Failure' THEN event_ts END) AS last_failure,
  max(CASE WHEN json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Success' THEN event_ts END) AS last_success
FROM events
WHERE eventname = 'ConsoleLogin' AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY account, coalesce(lookup_username, principal), sourceipaddress
HAVING count_if(json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Failure') >= ${least}
ORDER BY failures DESC, account, username, source_ip

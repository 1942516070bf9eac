-- title: Session and federation tokens made of long-lived keys and of sessions
-- meaning: Calls that turn a credential into another one that lives on by itself: a federated session
--   stays usable when the access key behind it is deactivated, and opens the console. The handed-out
--   key is in the answer where the record has it, so its own calls can be followed. Some old deployment
--   tools do this for every run, and aws login (CreateOAuth2Token) every few minutes, for the command
--   line: compare the address that got its token with the console's.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, eventname AS call, principal, credential,
  coalesce(json_extract_scalar(requestparameters, '$.name'), json_extract_scalar(requestparameters, '$.client_id')) AS name,
  json_extract_scalar(requestparameters, '$.durationSeconds') AS seconds,
  json_extract_scalar(responseelements, '$.credentials.accessKeyId') AS new_credential,
  sourceipaddress AS source_ip, useragent AS user_agent, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE (eventname IN ('GetFederationToken', 'GetSessionToken', 'GetSigninToken', 'SwitchRole')
  OR eventname = 'CreateOAuth2Token' AND coalesce(json_extract_scalar(additionaleventdata, '$.grant_type'), '') <> 'refresh_token')
  AND event_ts >= ${since} AND event_ts < ${until}
ORDER BY ordinal

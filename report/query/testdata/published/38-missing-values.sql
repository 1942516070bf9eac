SELECT eventid, coalesce(errorcode, errormessage, 'none') AS outcome, nullif(readonly, 'true') AS write,
  if(useridentity.accesskeyid IS NULL, 'no key', substr(useridentity.accesskeyid, 1, 4)) AS kind,
  try_cast(json_extract_scalar(requestparameters, '$.maxResults') AS bigint) AS n
FROM cloudtrail_logs WHERE eventsource IN ('signin.amazonaws.com', 'cloudtrail.amazonaws.com')

-- title: Functions changed
-- meaning: Functions that were made or given new code, settings, layers, permissions, URLs or event
--   sources. A function with a strong role is a place to hide and a way to more rights. Every
--   deployment does this, mostly from one build system: other callers stand out.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.functionName'), json_extract_scalar(requestparameters, '$.layerName')) AS function_name,
  json_extract_scalar(requestparameters, '$.role') AS role, json_extract_scalar(requestparameters, '$.principal') AS allowed_principal,
  coalesce(json_extract_scalar(requestparameters, '$.eventSourceArn'), json_extract_scalar(requestparameters, '$.authType')) AS source_or_auth,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventsource = 'lambda.amazonaws.com' AND event_ts >= ${since} AND event_ts < ${until}
  AND regexp_like(eventname, '^(Create|Update|Delete|Add|Remove|Publish|Put)')
ORDER BY ordinal

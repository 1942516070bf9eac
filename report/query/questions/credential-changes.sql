-- title: Credentials of IAM users changed
-- meaning: Access keys, signing certificates, SSH keys and service passwords made, switched on or off,
--   or deleted. Deleting a fresh key is also how an intruder cleans up. Rotation and people who leave
--   explain most of it.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, eventname AS call, json_extract_scalar(requestparameters, '$.userName') AS for_user,
  coalesce(json_extract_scalar(requestparameters, '$.accessKeyId'),
    json_extract_scalar(responseelements, '$.accessKey.accessKeyId'),
    json_extract_scalar(requestparameters, '$.serviceSpecificCredentialId'),
    json_extract_scalar(requestparameters, '$.sSHPublicKeyId'),
    json_extract_scalar(requestparameters, '$.certificateId')) AS changed,
  json_extract_scalar(requestparameters, '$.status') AS status,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventsource = 'iam.amazonaws.com' AND event_ts >= ${since} AND event_ts < ${until}
  AND (regexp_like(eventname, '^(Create|Update|Delete)AccessKey$')
    OR regexp_like(eventname, '^(Create|Update|Delete|Reset|Upload)(ServiceSpecificCredential|SSHPublicKey|SigningCertificate)$'))
ORDER BY ordinal

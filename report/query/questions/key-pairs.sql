-- title: SSH keys for instances
-- meaning: Key pairs made or imported, and public keys pushed to a running instance or its serial
--   console. An imported key is one whose other half somebody already holds. New machines need key
--   pairs, and EC2 Instance Connect pushes a key for every log-in.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventname AS call,
  json_extract_scalar(requestparameters, '$.keyName') AS key_name,
  json_extract_scalar(requestparameters, '$.instanceId') AS instance,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventname IN ('CreateKeyPair', 'ImportKeyPair', 'DeleteKeyPair', 'SendSSHPublicKey', 'SendSerialConsoleSSHPublicKey',
    'EnableSerialConsoleAccess')
  AND event_ts >= ${since} AND event_ts < ${until}
ORDER BY ordinal

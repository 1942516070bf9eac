-- title: Who may use KMS keys, changed
-- meaning: Key policies and grants, with the grantee. A grant to an unknown principal, or a policy that
--   names another account, hands out the data behind the key. Services make grants for disks and
--   databases continually: the column via names the service.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.keyId'), element_at(resources, 1).arn) AS kms_key,
  json_extract_scalar(requestparameters, '$.granteePrincipal') AS grantee,
  array_join(try_cast(json_extract(requestparameters, '$.operations') AS ARRAY(VARCHAR)), ', ') AS operations,
  useridentity.invokedby AS via, principal, credential, sourceipaddress AS source_ip,
  coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventsource = 'kms.amazonaws.com' AND eventname IN ('CreateGrant', 'RevokeGrant', 'PutKeyPolicy', 'CreateKey', 'ReplicateKey')
  AND event_ts >= ${since} AND event_ts < ${until}
ORDER BY ordinal

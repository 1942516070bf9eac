-- title: KMS keys disabled or scheduled for deletion
-- meaning: Calls that make a key unusable, or bring it back. Whatever was encrypted under the key is
--   lost when it goes. A deletion can be cancelled during its waiting time, so this is worth reading at
--   once. Keys of retired systems are deleted on purpose.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.keyId'), element_at(resources, 1).arn) AS kms_key,
  json_extract_scalar(requestparameters, '$.pendingWindowInDays') AS waiting_days,
  json_extract_scalar(responseelements, '$.deletionDate') AS deletion_date,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventsource = 'kms.amazonaws.com' AND event_ts >= ${since} AND event_ts < ${until}
  AND eventname IN ('ScheduleKeyDeletion', 'CancelKeyDeletion', 'DeleteKey', 'DisableKey', 'EnableKey', 'DisableKeyRotation',
    'DeleteImportedKeyMaterial', 'DeleteAlias', 'UpdateAlias')
ORDER BY ordinal

-- title: MFA devices changed
-- meaning: Devices added to users or taken from them. An intruder removes the owner's device or adds
--   one of their own to keep the account; a lost telephone looks the same. Compare with who did it and
--   from where.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, eventname AS call,
  json_extract_scalar(requestparameters, '$.userName') AS for_user,
  coalesce(json_extract_scalar(requestparameters, '$.serialNumber'),
    json_extract_scalar(responseelements, '$.virtualMFADevice.serialNumber')) AS device,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventname IN ('CreateVirtualMFADevice', 'EnableMFADevice', 'DeactivateMFADevice', 'DeleteVirtualMFADevice',
    'ResyncMFADevice', 'DeleteMfaDeviceForUser', 'UpdateMfaDeviceForUser', 'CompleteVirtualMfaDeviceRegistration',
    'CompleteWebAuthnDeviceRegistration')
  AND event_ts >= ${since} AND event_ts < ${until}
ORDER BY ordinal

-- title: Snapshots and images shared
-- meaning: Disk snapshots and machine images opened to another account or to everybody, or copied to
--   another region. Sharing is how a disk leaves an account without a byte on its own network.
--   Companies share images among their own accounts: compare the numbers with the organization's.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.snapshotId'), json_extract_scalar(requestparameters, '$.imageId'),
    json_extract_scalar(requestparameters, '$.sourceSnapshotId'), json_extract_scalar(requestparameters, '$.sourceImageId')) AS resource,
  array_join(array_sort(array_distinct(regexp_extract_all(
    coalesce(json_format(json_extract(requestparameters, '$.createVolumePermission.add')),
      json_format(json_extract(requestparameters, '$.launchPermission.add'))), '"(\d{12}|all|arn:[^"]+)"', 1))), ', ') AS shared_with,
  json_extract_scalar(requestparameters, '$.sourceRegion') AS from_region,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventsource = 'ec2.amazonaws.com' AND event_ts >= ${since} AND event_ts < ${until}
  AND eventname IN ('ModifySnapshotAttribute', 'ModifyImageAttribute', 'ResetSnapshotAttribute', 'CopySnapshot', 'CopyImage',
    'CreateStoreImageTask', 'ExportImage', 'CreateInstanceExportTask', 'DisableSnapshotBlockPublicAccess', 'DisableImageBlockPublicAccess')
ORDER BY ordinal

-- title: Database snapshots shared or exported
-- meaning: Snapshots of databases opened to other accounts or to everybody, exported to S3, or restored
--   elsewhere; and master passwords that were replaced. Each is a copy of a database that somebody else
--   may read. Backup and test systems share snapshots with known accounts.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.dBSnapshotIdentifier'), json_extract_scalar(requestparameters, '$.dBClusterSnapshotIdentifier'),
    json_extract_scalar(requestparameters, '$.snapshotIdentifier'), json_extract_scalar(requestparameters, '$.sourceArn'),
    json_extract_scalar(requestparameters, '$.dBInstanceIdentifier'), json_extract_scalar(requestparameters, '$.dBClusterIdentifier')) AS resource,
  array_join(try_cast(json_extract(requestparameters, '$.valuesToAdd') AS ARRAY(VARCHAR)), ', ') AS shared_with,
  coalesce(json_extract_scalar(requestparameters, '$.s3BucketName'), json_extract_scalar(requestparameters, '$.s3Prefix')) AS bucket,
  strpos(requestparameters, '"masterUserPassword"') > 0 AS new_password,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventsource IN ('rds.amazonaws.com', 'redshift.amazonaws.com')
  AND event_ts >= ${since} AND event_ts < ${until}
  AND (eventname IN ('ModifyDBSnapshotAttribute', 'ModifyDBClusterSnapshotAttribute', 'StartExportTask', 'AuthorizeSnapshotAccess',
      'RestoreDBInstanceFromDBSnapshot', 'RestoreDBClusterFromSnapshot', 'CopyDBSnapshot', 'CopyDBClusterSnapshot')
    OR eventname IN ('ModifyDBInstance', 'ModifyDBCluster', 'ModifyCluster') AND strpos(requestparameters, '"masterUserPassword"') > 0)
ORDER BY ordinal

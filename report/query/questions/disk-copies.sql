-- title: Disks copied within the account
-- meaning: Snapshots and images that were made, volumes made from snapshots, and blocks of snapshots
--   read directly. Together with a sharing or a new instance that mounts the volume they are a way to
--   other machines' data. Backups make nearly all of them.
-- param: since
-- param: until
-- key: account, principal, call
SELECT account, principal, eventname AS call, count(*) AS calls, count_if(errorcode IS NOT NULL) AS refused,
  count(DISTINCT coalesce(json_extract_scalar(requestparameters, '$.volumeId'), json_extract_scalar(requestparameters, '$.snapshotId'),
    json_extract_scalar(requestparameters, '$.instanceId'))) AS sources,
  count(DISTINCT sourceipaddress) AS addresses, min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE eventsource IN ('ec2.amazonaws.com', 'ebs.amazonaws.com') AND event_ts >= ${since} AND event_ts < ${until}
  AND eventname IN ('CreateSnapshot', 'CreateSnapshots', 'CreateImage', 'CreateVolume', 'AttachVolume', 'DetachVolume', 'ListSnapshotBlocks',
    'GetSnapshotBlock', 'ListChangedBlocks', 'RestoreSnapshotFromRecycleBin')
GROUP BY account, principal, eventname
ORDER BY calls, account, principal, call

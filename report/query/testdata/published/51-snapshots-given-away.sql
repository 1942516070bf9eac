SELECT eventid, json_extract_scalar(requestparameters, '$.snapshotId') AS snapshot,
  json_extract_scalar(requestparameters, '$.createVolumePermission.add.items[0].userId') AS given_to
FROM cloudtrail_logs WHERE eventname = 'ModifySnapshotAttribute' AND json_extract(requestparameters, '$.createVolumePermission.add') IS NOT NULL

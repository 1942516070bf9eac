SELECT eventid, place, value FROM cloudtrail_logs
CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.valuesToAdd') AS ARRAY(VARCHAR))) WITH ORDINALITY AS t(value, place)
WHERE eventname = 'ModifyDBSnapshotAttribute'

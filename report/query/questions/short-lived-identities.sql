-- title: Users and roles that were created and deleted again
-- meaning: Identities whose whole life lies in these logs, and how long it was. An account that lives
--   for minutes was for one purpose, and its deletion is clean-up. Tests of deployments and CI runs do
--   exactly the same.
-- param: since
-- param: until
-- param: hours number 24: Leave out what lived longer.
-- key: created_ordinal, deleted_ordinal
WITH steps AS (
  SELECT ordinal, event_ts, account, eventname, principal, sourceipaddress,
    coalesce(json_extract_scalar(requestparameters, '$.userName'), json_extract_scalar(requestparameters, '$.roleName')) AS name
  FROM events
  WHERE eventsource = 'iam.amazonaws.com' AND eventname IN ('CreateUser', 'CreateRole', 'DeleteUser', 'DeleteRole')
    AND errorcode IS NULL AND event_ts >= ${since} AND event_ts < ${until}
)
SELECT made.account, substr(made.eventname, 7) AS kind, made.name, made.event_ts AS created, gone.event_ts AS deleted,
  date_diff('minute', made.event_ts, gone.event_ts) AS minutes, made.principal AS created_by, gone.principal AS deleted_by,
  made.sourceipaddress AS source_ip, made.ordinal AS created_ordinal, gone.ordinal AS deleted_ordinal
FROM steps made JOIN steps gone ON gone.account = made.account AND gone.name = made.name
  AND made.eventname LIKE 'Create%' AND gone.eventname = concat('Delete', substr(made.eventname, 7))
  AND gone.ordinal > made.ordinal
WHERE date_diff('minute', made.event_ts, gone.event_ts) <= ${hours} * 60
ORDER BY created_ordinal, deleted_ordinal

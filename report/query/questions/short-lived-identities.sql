-- title: Users and roles that were created and deleted again
-- meaning: Identities whose whole life lies in these logs, and how long it was. An account that lives
--   for minutes was for one purpose, and its deletion is clean-up. Tests of deployments and CI runs do
--   exactly the same.
-- param: since
-- param: until
-- param: hours number 24: Leave out what lived longer.
-- key: created_ordinal, deleted_ordinal
WITH steps AS (
  SELECT ordinal, event_ts, account, eventname, principal, sourceipaddress, substr(eventname, 7) AS kind,
    coalesce(json_extract_scalar(requestparameters, '$.userName'), json_extract_scalar(requestparameters, '$.roleName')) AS name
  FROM events
  WHERE eventsource = 'iam.amazonaws.com' AND eventname IN ('CreateUser', 'CreateRole', 'DeleteUser', 'DeleteRole')
    AND errorcode IS NULL AND event_ts >= ${since} AND event_ts < ${until}
), lives AS (
  SELECT *, lead(ordinal) OVER (PARTITION BY account, kind, name ORDER BY ordinal) AS next_ordinal FROM steps
)
SELECT made.account, made.kind, made.name, made.event_ts AS created, gone.event_ts AS deleted,
  date_diff('minute', made.event_ts, gone.event_ts) AS minutes, made.principal AS created_by, gone.principal AS deleted_by,
  made.sourceipaddress AS source_ip, made.ordinal AS created_ordinal, gone.ordinal AS deleted_ordinal
FROM lives made JOIN steps gone ON gone.ordinal = made.next_ordinal
WHERE made.eventname LIKE 'Create%' AND gone.eventname LIKE 'Delete%' AND made.name IS NOT NULL
  AND date_diff('minute', made.event_ts, gone.event_ts) <= ${hours} * 60
ORDER BY created_ordinal, deleted_ordinal

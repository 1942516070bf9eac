SELECT eventid, CAST(to_unixtime(from_iso8601_timestamp(eventtime)) AS bigint) AS seconds, from_unixtime(0) < from_iso8601_timestamp(eventtime) AS later
FROM cloudtrail_logs WHERE eventname IN ('StopLogging', 'CreateUser')

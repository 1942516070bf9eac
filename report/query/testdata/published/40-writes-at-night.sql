SELECT useridentity.arn, eventname, eventtime FROM cloudtrail_logs
WHERE readonly = 'false' AND (hour(from_iso8601_timestamp(eventtime)) < 5 OR extract(hour FROM from_iso8601_timestamp(eventtime)) >= 22)
  AND useridentity.type IN ('IAMUser', 'Root') AND day_of_week(from_iso8601_timestamp(eventtime)) BETWEEN 2 AND 6

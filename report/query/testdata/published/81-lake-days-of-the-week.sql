SELECT day_of_week(eventTime) AS day, hour(eventTime) AS hour, COUNT(*) AS n FROM $EDS_ID
WHERE eventName = 'ConsoleLogin' GROUP BY day_of_week(eventTime), hour(eventTime)

SELECT useridentity.username AS who, max_by(eventid, concat(eventtime, eventid)) AS last_event, max(eventtime) AS last_time
FROM cloudtrail_logs WHERE useridentity.type = 'IAMUser'
GROUP BY useridentity.username

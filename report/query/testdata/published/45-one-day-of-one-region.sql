SELECT eventname, count(*) AS n FROM cloudtrail_logs
WHERE account = '444455556666' AND region = 'us-east-1' AND year = '2026' AND month = '03' AND day = '02' AND readonly = 'false'
GROUP BY eventname

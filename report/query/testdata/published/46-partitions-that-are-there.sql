SELECT account, region, year, month, day, count(*) AS n FROM cloudtrail_logs GROUP BY account, region, year, month, day

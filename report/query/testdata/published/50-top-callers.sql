SELECT useridentity.principalid, eventsource, count(*) AS n FROM "awsdatacatalog"."default"."cloudtrail_logs"
WHERE useridentity.principalid IS NOT NULL
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 10

SELECT useridentity.type, errorcode, count(*) AS n FROM cloudtrail_logs WHERE eventsource = 'iam.amazonaws.com'
GROUP BY ROLLUP (useridentity.type, errorcode)

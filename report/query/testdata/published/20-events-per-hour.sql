SELECT date_trunc('hour', date_parse(eventtime, '%Y-%m-%dT%H:%i:%sZ')) AS hour, count(*) AS n
FROM cloudtrail_logs WHERE eventname = 'GetObject'
GROUP BY date_trunc('hour', date_parse(eventtime, '%Y-%m-%dT%H:%i:%sZ'))

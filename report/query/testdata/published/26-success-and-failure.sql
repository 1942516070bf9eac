SELECT eventsource,
  sum(CASE WHEN errorcode IS NULL THEN 1 ELSE 0 END) AS ok,
  sum(CASE WHEN errorcode IS NOT NULL THEN 1 ELSE 0 END) AS failed,
  count_if(readonly = 'false') AS writes, count(*) FILTER (WHERE vpcendpointid IS NOT NULL) AS through_endpoint
FROM cloudtrail_logs
GROUP BY eventsource

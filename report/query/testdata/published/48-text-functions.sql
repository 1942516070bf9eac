SELECT DISTINCT upper(substr(eventsource, 1, strpos(eventsource, '.') - 1)) AS service, length(eventsource) AS n,
  reverse(eventsource) AS backwards, lower(eventsource) || '!' AS shouted
FROM cloudtrail_logs WHERE eventsource LIKE 's%' AND eventsource NOT LIKE 'ss%'

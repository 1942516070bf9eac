SELECT DISTINCT apiversion, replace(eventname, apiversion) AS maybe, replace(eventsource, '.amazonaws.com', '') AS service
FROM cloudtrail_logs WHERE eventsource = 'lambda.amazonaws.com'

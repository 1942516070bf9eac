-- title: Use of AI models
-- meaning: Models that were invoked or unlocked in Bedrock and SageMaker, by whom and from where.
--   Stolen keys are sold for their access to models, which shows as invocations by a key that never
--   made any, and as new agreements. Applications that use models invoke them steadily.
-- param: since
-- param: until
-- key: account, principal, call, model
SELECT account, principal, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.modelId'), json_extract_scalar(requestparameters, '$.endpointName')) AS model,
  count(*) AS calls, count_if(errorcode IS NOT NULL) AS errors, count(DISTINCT awsregion) AS regions,
  count(DISTINCT sourceipaddress) AS addresses, min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE eventsource IN ('bedrock.amazonaws.com', 'bedrock-agentcore.amazonaws.com', 'sagemaker.amazonaws.com')
  AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY account, principal, eventname,
  coalesce(json_extract_scalar(requestparameters, '$.modelId'), json_extract_scalar(requestparameters, '$.endpointName'))
ORDER BY calls DESC, account, principal, call, model

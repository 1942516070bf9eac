-- title: Instances launched, by type
-- meaning: Who launched how many instances of which type where. Large and graphics types in regions
--   that are never used are the mark of crypto mining. Auto scaling and clusters launch many; those
--   calls name the service.
-- param: since
-- param: until
-- key: account, region, principal, type
SELECT account, awsregion AS region, principal, json_extract_scalar(requestparameters, '$.instanceType') AS type,
  count(*) AS calls, count_if(errorcode IS NOT NULL) AS refused,
  sum(CASE WHEN errorcode IS NULL THEN cardinality(try_cast(json_extract(responseelements, '$.instancesSet.items') AS ARRAY(JSON))) END) AS instances,
  max(useridentity.invokedby) AS via, count(DISTINCT sourceipaddress) AS addresses, min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE eventsource = 'ec2.amazonaws.com' AND eventname IN ('RunInstances', 'RequestSpotInstances', 'RequestSpotFleet', 'CreateFleet')
  AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY account, awsregion, principal, json_extract_scalar(requestparameters, '$.instanceType')
ORDER BY account, region, principal, type

-- title: Secrets read
-- meaning: Who read which secret of Secrets Manager, or which list of them, how often and from how many
--   addresses. Every secret that a stolen credential read must be changed. Applications read their own
--   secret at every start: rare pairs are the ones to look at.
-- param: since
-- param: until
-- key: account, principal, secret
SELECT account, principal, coalesce(json_extract_scalar(requestparameters, '$.secretId'),
    array_join(try_cast(json_extract(requestparameters, '$.secretIdList') AS ARRAY(VARCHAR)), ', '), json_format(json_extract(requestparameters, '$.filters'))) AS secret,
  count(*) AS reads, count_if(errorcode IS NOT NULL) AS refused, count(DISTINCT credential) AS credentials,
  count(DISTINCT sourceipaddress) AS addresses, min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE eventsource = 'secretsmanager.amazonaws.com' AND eventname IN ('GetSecretValue', 'BatchGetSecretValue')
  AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY account, principal, coalesce(json_extract_scalar(requestparameters, '$.secretId'),
    array_join(try_cast(json_extract(requestparameters, '$.secretIdList') AS ARRAY(VARCHAR)), ', '), json_format(json_extract(requestparameters, '$.filters')))
ORDER BY reads, account, principal, secret

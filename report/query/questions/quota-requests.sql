-- title: Quotas and costs asked about
-- meaning: Requests for higher limits, and looks at limits, prices and bills. Before mining or mailing,
--   an intruder asks what the account can bear. Finance tools read costs every night; requests for
--   higher limits are made by somebody who can be asked.
-- param: since
-- param: until
-- key: account, principal, source, call
SELECT account, principal, eventsource AS source, eventname AS call, count(*) AS calls, count_if(errorcode IS NOT NULL) AS errors,
  count(DISTINCT awsregion) AS regions, max(json_extract_scalar(requestparameters, '$.serviceCode')) AS a_service,
  min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
  AND (eventsource IN ('servicequotas.amazonaws.com', 'ce.amazonaws.com', 'budgets.amazonaws.com', 'billingconsole.amazonaws.com', 'support.amazonaws.com', 'freetier.amazonaws.com')
    OR eventname IN ('GetSendQuota', 'GetAccount', 'GetSMSAttributes', 'DescribeAccountAttributes', 'GetAccountSummary'))
GROUP BY account, principal, eventsource, eventname
ORDER BY calls, account, principal, source, call

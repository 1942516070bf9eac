-- title: Mail and text messages
-- meaning: What was asked of and done to SES, SNS, Pinpoint and End User Messaging: quotas looked up,
--   identities verified, sending switched on, messages published. A stolen key is often tried for its
--   quota and then used for spam or phishing. Marketing and alarms send all day.
-- param: since
-- param: until
-- key: account, principal, source, call
SELECT account, principal, eventsource AS source, eventname AS call, count(*) AS calls, count_if(errorcode IS NOT NULL) AS errors,
  count(DISTINCT awsregion) AS regions, count(DISTINCT sourceipaddress) AS addresses, min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
  AND (eventsource IN ('ses.amazonaws.com', 'email.amazonaws.com', 'pinpoint.amazonaws.com', 'sms-voice.amazonaws.com')
    OR eventsource = 'sns.amazonaws.com' AND regexp_like(eventname, 'SMS|Sandbox|^Publish|^Subscribe|^SetTopicAttributes|^AddPermission|^CreateTopic|^CreatePlatform'))
GROUP BY account, principal, eventsource, eventname
ORDER BY calls, account, principal, source, call

-- title: Calls that came from another account
-- meaning: Identities of one account that acted in another one, or on its resources. An account that is
--   not the organization's own, or that nobody can name, is the finding. Shared buckets and keys,
--   vendors and central deployment make such calls all the time.
-- param: since
-- param: until
-- key: caller_account, account, principal, source
SELECT useridentity.accountid AS caller_account, account, principal, eventsource AS source, count(*) AS calls,
  count_if(errorcode IS NOT NULL) AS errors, count(DISTINCT eventname) AS different_calls,
  min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE useridentity.accountid <> recipientaccountid AND regexp_like(useridentity.accountid, '^[0-9]+$')
  AND coalesce(useridentity.type, '') <> 'AWSService' AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY useridentity.accountid, account, principal, eventsource
ORDER BY caller_account, account, principal, source

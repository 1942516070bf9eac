-- title: Programs with which each credential was used
-- meaning: Credentials and the user agents of their calls. A second kind of client, or another
--   operating system, beside the usual one is worth a look; new versions of the same SDK are not. What
--   the AWS CLI says of its command is left out. Anybody can write anything into a user agent.
-- param: since
-- param: until
-- param: least number 2: Leave out credentials with fewer user agents.
-- key: credential, user_agent
WITH pairs AS (
  SELECT credential, regexp_replace(useragent, ' (md/)?command[/#][^ ]+', '') AS user_agent, max(principal) AS principal, count(*) AS events,
    min(event_ts) AS first, max(event_ts) AS last
  FROM events
  WHERE credential IS NOT NULL AND event_ts >= ${since} AND event_ts < ${until}
  GROUP BY credential, regexp_replace(useragent, ' (md/)?command[/#][^ ]+', '')
), counted AS (
  SELECT *, count(*) OVER (PARTITION BY credential) AS user_agents FROM pairs
)
SELECT credential, principal, user_agents, user_agent, events, first, last
FROM counted
WHERE user_agents >= ${least}
ORDER BY user_agents DESC, credential, user_agent

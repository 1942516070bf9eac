-- title: Everything one principal did
-- meaning: The events of a principal in order, by ARN, user name, session name or role. A role's
--   sessions are many people: narrow it down by session or address. What somebody did before taking a
--   role stands under their own name.
-- param: who text required: ARN, name of the user or session, or ARN of the role; % stands for anything.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventsource AS source, eventname AS call, array_join(resource_names, ', ') AS resources,
  principal, credential, sourceipaddress AS source_ip, useragent AS user_agent, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
  AND (principal LIKE ${who} OR lookup_username LIKE ${who} OR useridentity.username LIKE ${who}
    OR useridentity.sessioncontext.sessionissuer.arn LIKE ${who})
ORDER BY ordinal

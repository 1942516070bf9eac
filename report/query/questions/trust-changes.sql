-- title: Who may assume a role, changed
-- meaning: Roles whose trust policy was written or replaced, and the accounts that it names other than
--   the role's own. A foreign account in it lets somebody else in for ever. Vendors of monitoring and
--   backup ask for exactly this: check the account number with them.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, eventname AS call, json_extract_scalar(requestparameters, '$.roleName') AS role,
  array_join(array_sort(array_distinct(filter(
    regexp_extract_all(coalesce(json_extract_scalar(requestparameters, '$.policyDocument'),
      json_extract_scalar(requestparameters, '$.assumeRolePolicyDocument')), '(?:::|")(\d{12})[:"]', 1),
    a -> a <> account))), ', ') AS other_accounts,
  coalesce(json_extract_scalar(requestparameters, '$.policyDocument'),
    json_extract_scalar(requestparameters, '$.assumeRolePolicyDocument')) AS document,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventsource = 'iam.amazonaws.com' AND eventname IN ('CreateRole', 'UpdateAssumeRolePolicy')
  AND event_ts >= ${since} AND event_ts < ${until}
ORDER BY ordinal

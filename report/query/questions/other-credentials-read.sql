-- title: Passwords and tokens handed out by other services
-- meaning: Calls that return a credential other than a secret: passwords of Windows instances, tokens
--   of registries, log-ins to databases and clusters, credentials of portals. They leave AWS's own
--   trail behind as soon as they are used. Registry tokens are fetched by every build.
-- param: since
-- param: until
-- key: account, principal, source, call
SELECT account, principal, eventsource AS source, eventname AS call, count(*) AS calls, count_if(errorcode IS NOT NULL) AS refused,
  count(DISTINCT sourceipaddress) AS addresses, min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
  AND eventname IN ('GetPasswordData', 'GetClusterCredentials', 'GetClusterCredentialsWithIAM', 'GetAuthorizationToken', 'GetRoleCredentials',
    'GetInstanceAccessDetails', 'DownloadDefaultKeyPair', 'GetBucketAccessKeys',
    'GetCredentialsForIdentity', 'GetOpenIdToken', 'GetOpenIdTokenForDeveloperIdentity', 'CreateToken', 'GetWorkloadAccessToken',
    'GetFederationToken', 'ResetServiceSpecificCredential', 'GetCredentials', 'GetDataAccess')
GROUP BY account, principal, eventsource, eventname
ORDER BY calls, account, principal, source, call

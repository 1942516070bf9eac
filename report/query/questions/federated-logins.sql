-- title: Sessions that an identity provider opened
-- meaning: Which provider let whom into which role, how often and from how many addresses: SAML and OIDC,
--   IAM Identity Center, identity pools of apps, EKS for its pods, and certificates of IAM Roles Anywhere.
--   A provider or a name that nobody knows is a way in that IAM's own users do not show. CI systems,
--   clusters and single sign-on make most of these, every day, from changing addresses. One sign-in
--   may leave two records: what Identity Center hands out it takes by SAML.
-- param: since
-- param: until
-- key: account, call, provider, username, role
WITH opened AS (
  SELECT account, eventname AS call, event_ts, errorcode, sourceipaddress,
    coalesce(identityprovider, json_extract_scalar(requestparameters, '$.principalArn'),
      json_extract_scalar(requestparameters, '$.trustAnchorArn'), json_extract_scalar(requestparameters, '$.clusterName'),
      eventsource) AS provider,
    coalesce(json_extract_scalar(responseelements, '$.subject.namespace') || ':' || json_extract_scalar(responseelements, '$.subject.serviceAccount'),
      lookup_username, useridentity.onbehalfof.userid,
      json_extract_scalar(responseelements, '$.credentialSet[0].sourceIdentity'), json_extract_scalar(responseelements, '$.subjectArn'),
      json_extract_scalar(requestparameters, '$.identityId'), principal) AS username,
    coalesce(json_extract_scalar(requestparameters, '$.roleArn'), regexp_extract(json_extract_scalar(responseelements, '$.assumedRoleUser.arn'), '^[^/]+/[^/]+'),
      json_extract_scalar(serviceeventdetails, '$.role_name')) AS role
  FROM events
  WHERE event_ts >= ${since} AND event_ts < ${until}
    AND (eventname IN ('AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'Federate', 'Authenticate', 'UserAuthentication', 'GetRoleCredentials',
      'GetCredentialsForIdentity', 'AssumeRoleForPodIdentity') OR eventname = 'CreateSession' AND eventsource = 'rolesanywhere.amazonaws.com')
)
SELECT account, call, provider, username, role,
  count(*) AS sessions, count_if(errorcode IS NOT NULL) AS refused,
  count(DISTINCT sourceipaddress) AS addresses, min(event_ts) AS first, max(event_ts) AS last
FROM opened
GROUP BY account, call, provider, username, role
ORDER BY account, call, provider, username, role

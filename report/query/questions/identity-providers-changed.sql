-- title: Identity providers added or changed
-- meaning: Providers whose users AWS will believe. A new one, or new metadata or thumbprints of an old
--   one, lets somebody else vouch for anybody. Certificates of providers expire, and renewing them is
--   innocent.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, eventsource AS source, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.name'), json_extract_scalar(requestparameters, '$.url'),
    json_extract_scalar(requestparameters, '$.sAMLProviderArn'),
    json_extract_scalar(requestparameters, '$.openIDConnectProviderArn'), json_extract_scalar(requestparameters, '$.directoryId')) AS provider,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
  AND (regexp_like(eventname, '(SAML|OpenIDConnect)Provider') AND NOT regexp_like(eventname, '^(Get|List)')
    OR eventname IN ('AssociateDirectory', 'DisassociateDirectory', 'CreateTrustAnchor', 'UpdateTrustAnchor', 'CreateProfile',
      'EnableExternalIdPConfigurationForDirectory', 'CreateTrustedTokenIssuer')
      AND eventsource IN ('sso.amazonaws.com', 'sso-directory.amazonaws.com', 'rolesanywhere.amazonaws.com'))
ORDER BY ordinal

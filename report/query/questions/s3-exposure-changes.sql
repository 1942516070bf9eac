-- title: Access to buckets and objects changed
-- meaning: Policies, access lists, public access blocks, websites, access points, access grants and sharing
--   rules of buckets. The answer says where the request names everybody; whether the bucket became public
--   depends on the account's own block as well. Deployments write bucket policies every day.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.bucketName'), json_extract_scalar(requestparameters, '$.name')) AS bucket,
  CASE WHEN regexp_like(requestparameters, '\\?"Principal\\?"\s*:\s*(\\?"\*\\?"|\{\s*\\?"AWS\\?"\s*:\s*(\[[^\]]*)?\\?"\*\\?")') THEN 'names everybody'
    WHEN regexp_like(requestparameters, '/groups/global/(AllUsers|AuthenticatedUsers)|"public-read|"authenticated-read') THEN 'names everybody'
    WHEN eventname LIKE 'Delete%PublicAccessBlock' THEN 'takes the block away'
    WHEN regexp_like(requestparameters, '"(BlockPublicAcls|IgnorePublicAcls|BlockPublicPolicy|RestrictPublicBuckets)":\s*"?false') THEN 'loosens the block'
  END AS opens, principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventsource = 's3.amazonaws.com' AND event_ts >= ${since} AND event_ts < ${until}
  AND (regexp_like(eventname, '^(Put|Delete|Create)(Bucket|Account|Object|AccessPoint|MultiRegionAccessPoint)?(Policy|Acl|PublicAccessBlock|Website|Cors|AccessPoint|OwnershipControls)$')
    OR regexp_like(eventname, '^(Put|Delete|Create|Update)(MultiRegionAccessPoint|AccessPoint(Policy)?ForObjectLambda|AccessGrants?(Location|Instance|InstanceResourcePolicy)?)$'))
ORDER BY ordinal

-- title: Commands and shells on machines
-- meaning: Sessions and commands that Systems Manager, ECS and the serial console opened on instances
--   and containers, with their targets. What was typed is not in CloudTrail. Operators and patch
--   systems do this daily; a document that runs shell scripts on many targets at once deserves the
--   first look.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.documentName'), json_extract_scalar(requestparameters, '$.container')) AS document,
  coalesce(json_extract_scalar(requestparameters, '$.target'), json_format(json_extract(requestparameters, '$.instanceIds')),
    json_format(json_extract(requestparameters, '$.targets')), json_extract_scalar(requestparameters, '$.task'),
    json_extract_scalar(requestparameters, '$.instanceId')) AS target,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
  AND eventname IN ('SendCommand', 'StartSession', 'ResumeSession', 'StartAutomationExecution', 'CreateAssociation', 'UpdateAssociation',
    'ExecuteCommand', 'SendSSHPublicKey', 'SendSerialConsoleSSHPublicKey', 'OpenTunnel', 'SendDiagnosticInterrupt')
ORDER BY ordinal

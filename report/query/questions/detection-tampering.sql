-- title: Detection and logging of other services changed
-- meaning: GuardDuty, Config, Security Hub, Macie, Inspector, Access Analyzer, flow logs, alarms and
--   log groups switched off, deleted or made blind by filters. Success matters, and so does an attempt:
--   nobody tries it by accident. Archiving of findings and changed retention are daily work.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventsource AS source, eventname AS call,
  array_join(resource_names, ', ') AS resources,
  coalesce(json_extract_scalar(requestparameters, '$.detectorId'), json_extract_scalar(requestparameters, '$.logGroupName'),
    json_extract_scalar(requestparameters, '$.configurationRecorderName'), json_extract_scalar(requestparameters, '$.name')) AS target,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
  AND (eventsource IN ('guardduty.amazonaws.com', 'config.amazonaws.com', 'securityhub.amazonaws.com', 'macie2.amazonaws.com', 'macie.amazonaws.com',
        'inspector2.amazonaws.com', 'detective.amazonaws.com', 'access-analyzer.amazonaws.com', 'securitylake.amazonaws.com', 'wafv2.amazonaws.com')
      AND regexp_like(eventname, '^(Delete|Disable|Disassociate|Stop|Archive|Update|Create(IPSet|Filter|ThreatIntelSet|ArchiveRule|SuppressionRule)|Deregister|BatchDisable)')
    OR eventsource = 'ec2.amazonaws.com' AND eventname = 'DeleteFlowLogs'
    OR eventsource = 'logs.amazonaws.com' AND eventname IN ('DeleteLogGroup', 'DeleteLogStream', 'DeleteSubscriptionFilter', 'DeleteMetricFilter',
      'PutRetentionPolicy', 'DeleteDestination', 'DeleteDeliverySource')
    OR eventsource = 'monitoring.amazonaws.com' AND eventname IN ('DeleteAlarms', 'DisableAlarmActions', 'SetAlarmState')
    OR eventsource = 'events.amazonaws.com' AND eventname IN ('DeleteRule', 'DisableRule', 'RemoveTargets')
    OR eventsource = 's3.amazonaws.com' AND eventname = 'PutBucketLogging'
    OR eventsource = 'route53resolver.amazonaws.com' AND regexp_like(eventname, '^(Delete|Disassociate)ResolverQueryLogConfig'))
ORDER BY ordinal

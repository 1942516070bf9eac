-- title: Things set up to run by themselves
-- meaning: Rules, schedules, state machines, associations, scaling hooks and stacks that were made or
--   changed. They go on when the credential that made them is gone, so they belong on the list of what
--   is to be removed. Infrastructure is made of them, and mostly by deployments.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventsource AS source, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.name'), json_extract_scalar(requestparameters, '$.rule'),
    json_extract_scalar(requestparameters, '$.stackName'), json_extract_scalar(requestparameters, '$.autoScalingGroupName'),
    json_extract_scalar(requestparameters, '$.projectName')) AS name,
  coalesce(json_extract_scalar(requestparameters, '$.scheduleExpression'), json_extract_scalar(requestparameters, '$.targets[0].arn'),
    json_extract_scalar(requestparameters, '$.roleArn'), json_extract_scalar(requestparameters, '$.roleARN')) AS detail,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
  AND (eventsource IN ('events.amazonaws.com', 'scheduler.amazonaws.com') AND eventname IN ('PutRule', 'PutTargets', 'CreateSchedule', 'UpdateSchedule')
    OR eventsource = 'states.amazonaws.com' AND eventname IN ('CreateStateMachine', 'UpdateStateMachine')
    OR eventsource = 'cloudformation.amazonaws.com' AND eventname IN ('CreateStack', 'UpdateStack', 'CreateStackSet', 'CreateStackInstances')
    OR eventsource = 'autoscaling.amazonaws.com' AND eventname IN ('CreateAutoScalingGroup', 'CreateLaunchConfiguration', 'PutLifecycleHook', 'PutScheduledUpdateGroupAction')
    OR eventsource IN ('codebuild.amazonaws.com', 'codepipeline.amazonaws.com', 'glue.amazonaws.com', 'amplify.amazonaws.com')
      AND regexp_like(eventname, '^(Create|Update|Start)(Project|Pipeline|Job|App|Build|DevEndpoint|Trigger)$')
    OR eventsource = 'ssm.amazonaws.com' AND eventname IN ('CreateAssociation', 'CreateDocument', 'UpdateDocument', 'CreateMaintenanceWindow'))
ORDER BY ordinal

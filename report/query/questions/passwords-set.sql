-- title: Console passwords set or changed
-- meaning: Passwords given to users, or taken away. A password for a user that only programs use, or
--   set by somebody else than an administrator, opens the console to whoever set it. New colleagues and
--   forgotten passwords are the usual reason.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, eventname AS call, json_extract_scalar(requestparameters, '$.userName') AS for_user,
  json_extract_scalar(requestparameters, '$.passwordResetRequired') AS must_be_reset,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventsource IN ('iam.amazonaws.com', 'signin.amazonaws.com') AND eventname IN ('CreateLoginProfile', 'UpdateLoginProfile', 'DeleteLoginProfile', 'ChangePassword',
    'PasswordUpdated', 'UpdateAccountPasswordPolicy', 'DeleteAccountPasswordPolicy')
  AND event_ts >= ${since} AND event_ts < ${until}
ORDER BY ordinal

SELECT DISTINCT "$path" FROM cloudtrail_logs WHERE eventname = 'StopLogging'

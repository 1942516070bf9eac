SELECT eventtime, useridentity.arn FROM cloudtrail_logs WHERE eventname = 'DeleteTrail' OR eventname = 'DeleteDetector'

SELECT DISTINCT regexp_replace(sourceipaddress, '[0-9]+', 'N') AS form, regexp_replace(awsregion, '-') AS region
FROM cloudtrail_logs WHERE sourceipaddress LIKE '%0%'

select useridentity.username, sourceipaddress, errormessage, count(*) as failures
from "default"."cloudtrail_logs"
where eventname = 'ConsoleLogin'
  and json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Failure'
group by useridentity.username, sourceipaddress, errormessage
order by failures desc;

SELECT eventID, json_extract_scalar(element_at(requestParameters, 'ipPermissions'), '$.items[0].ipRanges.items[0].cidrIp') AS cidr,
  json_extract_scalar(element_at(requestParameters, 'ipPermissions'), '$.items[0].fromPort') AS port
FROM $EDS_ID WHERE eventName = 'AuthorizeSecurityGroupIngress' AND element_at(requestParameters, 'ipPermissions') LIKE '%0.0.0.0/0%'

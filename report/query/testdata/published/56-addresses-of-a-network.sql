SELECT sourceipaddress, count(*) AS n FROM cloudtrail_logs
WHERE try_cast(sourceipaddress AS IPADDRESS) BETWEEN IPADDRESS '203.0.113.0' AND IPADDRESS '203.0.113.255'
GROUP BY sourceipaddress

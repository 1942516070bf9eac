SELECT tlsdetails.tlsversion, count(*) AS n FROM cloudtrail_logs GROUP BY tlsdetails.tlsversion

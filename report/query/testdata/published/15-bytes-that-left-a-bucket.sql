SELECT json_extract_scalar(requestparameters, '$.bucketName') AS bucket, sourceipaddress,
  sum(CAST(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS double)) AS bytes
FROM cloudtrail_logs
WHERE eventsource = 's3.amazonaws.com' AND eventname = 'GetObject' AND useridentity.accesskeyid IN ('AKIA2IAJGZMCPEXAMPLE', 'AKIAMALLORYEXAMPLE')
GROUP BY json_extract_scalar(requestparameters, '$.bucketName'), sourceipaddress

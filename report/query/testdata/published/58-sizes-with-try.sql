SELECT count(try(CAST(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS bigint))) AS whole, count(*) AS n,
  max(try(CAST(json_extract_scalar(requestparameters, '$.key') AS bigint))) AS never
FROM cloudtrail_logs WHERE eventname = 'GetObject'

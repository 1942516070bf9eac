SELECT DISTINCT url_extract_host(json_extract_scalar(additionaleventdata, '$.LoginTo')) AS host, url_extract_path(json_extract_scalar(additionaleventdata, '$.LoginTo')) AS path
FROM cloudtrail_logs WHERE eventname = 'ConsoleLogin' AND json_extract_scalar(additionaleventdata, '$.LoginTo') IS NOT NULL

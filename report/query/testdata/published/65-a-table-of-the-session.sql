CREATE TABLE keyuse WITH (format = 'ORC', bucketed_by = ARRAY['accesskeyid'], bucket_count = 4) AS
SELECT useridentity.accesskeyid AS accesskeyid, eventname, eventtime FROM cloudtrail WHERE useridentity.accesskeyid IS NOT NULL AND eventname <> 'GetObject';
INSERT INTO keyuse
SELECT useridentity.accesskeyid, eventname, eventtime FROM cloudtrail WHERE eventname = 'GetObject' AND useridentity.accesskeyid IS NOT NULL;
SELECT accesskeyid, count(*) AS n FROM keyuse GROUP BY accesskeyid ORDER BY n DESC, accesskeyid LIMIT 20;

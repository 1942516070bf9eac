WITH n AS (SELECT eventname, count(*) AS c FROM cloudtrail_logs GROUP BY eventname)
SELECT element_at(map_agg(eventname, c), 'GetObject') AS gets, element_at(map_agg(eventname, c), 'NoSuchCall') AS none, cardinality(map_agg(eventname, c)) AS names
FROM n

-- title: The records of one event ID
-- meaning: Every distinct record under an event ID or a shared event ID, with the place where it lies.
--   More than one under the same event ID in one account means that somebody altered a record. A shared
--   ID joins the records that two accounts got of the same call.
-- param: id text required: The event ID.
-- key: ordinal
SELECT e.event_ts AS time, e.account, e.awsregion AS region, e.eventsource AS source, e.eventname AS call, e.principal,
  e.sourceipaddress AS source_ip, e.eventid AS event_id, e.sharedeventid AS shared_event_id, e.copies_count AS copies,
  o.source AS evidence, o.path AS object, e.record_index AS index, e.ordinal
FROM events e JOIN objects o ON o.ordinal = e.object_ordinal
WHERE e.eventid = ${id} OR e.derived_id = ${id} OR e.sharedeventid = ${id}
ORDER BY e.ordinal

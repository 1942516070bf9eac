-- title: Hours with unusually many errors
-- meaning: Hours in which an account had several times as many errors as in its average hour that had
--   any. Somebody probing shows here, and so does a deployment that went wrong or a certificate that
--   expired. Read the hour's refused calls next.
-- param: since
-- param: until
-- param: times number 3: How many times the average makes a spike.
-- param: least number 10: Leave out hours with fewer errors.
-- key: hour, account
WITH hours AS (
  SELECT date_trunc('hour', event_ts) AS hour, account, count(*) AS events, count_if(errorcode IS NOT NULL) AS errors,
    count(DISTINCT CASE WHEN errorcode IS NOT NULL THEN principal END) AS principals
  FROM events
  WHERE event_ts >= ${since} AND event_ts < ${until}
  GROUP BY date_trunc('hour', event_ts), account
), averages AS (
  SELECT *, avg(CASE WHEN errors > 0 THEN errors END) OVER (PARTITION BY account) AS usual FROM hours
)
SELECT hour, account, errors, round(usual, 1) AS usual, events, principals
FROM averages
WHERE errors >= ${least} AND errors >= ${times} * usual
ORDER BY errors DESC, hour, account

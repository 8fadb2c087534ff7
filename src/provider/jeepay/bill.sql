-- What a Jeepay server has of one business day, for
--
--   [account.statement]
--   database = { url = { file = "secrets/jeepay-main-database.url" }, query = "sql/jeepay_bill.sql" }
--   amount_unit = "fen"
--   [account.statement.kinds]
--   pay = "payment"
--   refund = "refund"
--   transfer = "payout"
--
-- with a mysql:// (or mariadb://) URL of a user who may read these three tables and nothing else. Day
-- bounds are in the time zone of [business_day], which the session has too; the server has to keep its
-- times in that zone. {mch_no} and {app_id} are the account's own. Amounts are fen.
--
-- A payment that was given back as a whole was money on its day all the same. The fee is what the server
-- keeps as the channel's (mch_fee_amount); take the column out where it is not kept up.
SELECT
    'pay' AS kind,
    mch_order_no AS order_no,
    pay_order_id AS provider_order_no,
    CASE state WHEN 5 THEN 'refunded' ELSE 'succeeded' END AS status,
    amount,
    mch_fee_amount AS fee,
    currency,
    success_time AS paid_at,
    way_code AS way
FROM t_pay_order
WHERE
    mch_no = {mch_no}
    AND app_id = {app_id}
    AND state IN (2, 5)
    AND success_time >= {day_start}
    AND success_time < {day_end}
UNION ALL
SELECT
    'refund' AS kind,
    mch_refund_no AS order_no,
    refund_order_id AS provider_order_no,
    'succeeded' AS status,
    refund_amount AS amount,
    NULL AS fee,
    currency,
    success_time AS paid_at,
    NULL AS way
FROM t_refund_order
WHERE
    mch_no = {mch_no}
    AND app_id = {app_id}
    AND state = 2
    AND success_time >= {day_start}
    AND success_time < {day_end}
UNION ALL
SELECT
    'transfer' AS kind,
    mch_order_no AS order_no,
    transfer_id AS provider_order_no,
    'succeeded' AS status,
    amount,
    NULL AS fee,
    currency,
    success_time AS paid_at,
    NULL AS way
FROM t_transfer_order
WHERE
    mch_no = {mch_no}
    AND app_id = {app_id}
    AND state = 2
    AND success_time >= {day_start}
    AND success_time < {day_end}
ORDER BY kind, order_no

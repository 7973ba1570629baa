-- Delta tables are named by their paths. Run from the folder examples: deltaic -f shell/orders.sql

-- A filter: one partition, and within it only the files of the months asked for.
SELECT order_id, ordered_on, amount, status
FROM './data/orders'
WHERE country = 'NO' AND ordered_on >= DATE '2026-03-01' AND status = 'paid'
ORDER BY order_id;

-- A view, and a join with an aggregate over it.
CREATE VIEW spring AS
SELECT * FROM './data/orders' WHERE ordered_on >= DATE '2026-02-01';

SELECT c.country, c.segment, count(*) AS orders, sum(s.amount) AS revenue
FROM spring s JOIN './data/customers' c ON s.customer_id = c.customer_id
GROUP BY c.country, c.segment
ORDER BY c.country, c.segment;

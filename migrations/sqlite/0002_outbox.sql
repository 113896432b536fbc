-- What is added to an endpoint's URL.
ALTER TABLE outbox ADD COLUMN path TEXT NOT NULL DEFAULT '';

-- An endpoint's rows are read from the oldest on, and given up by their age.
DROP INDEX outbox_by_time;
CREATE INDEX outbox_by_endpoint ON outbox (endpoint, id);
CREATE INDEX outbox_by_age ON outbox (created_at);

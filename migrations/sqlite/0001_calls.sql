-- The same tables and columns as in ../postgres, by the types that SQLite has: ids, times (RFC 3339, UTC), addresses
-- and JSON are texts.

CREATE TABLE calls (
    id TEXT PRIMARY KEY NOT NULL,
    room_id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    status TEXT NOT NULL DEFAULT 'active',
    recording BOOLEAN NOT NULL DEFAULT FALSE,
    metadata TEXT NOT NULL DEFAULT '{}',
    version BIGINT NOT NULL DEFAULT 1,
    max_participants BIGINT,
    locked BOOLEAN NOT NULL DEFAULT FALSE,
    server_id TEXT,
    created_by TEXT,
    end_reason TEXT
);

-- A room has one call that goes on.
CREATE UNIQUE INDEX calls_active ON calls (room_id) WHERE status = 'active';
CREATE INDEX calls_by_age ON calls (created_at, id);
CREATE INDEX calls_by_room ON calls (room_id, created_at);
CREATE INDEX calls_by_server ON calls (server_id, status);

CREATE TABLE participants (
    id TEXT PRIMARY KEY NOT NULL,
    call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    role TEXT NOT NULL DEFAULT 'participant',
    joined_at TEXT NOT NULL,
    left_at TEXT,
    client_ip TEXT,
    metadata TEXT NOT NULL DEFAULT '{}',
    display_name TEXT,
    left_reason TEXT
);

CREATE INDEX participants_by_call ON participants (call_id, joined_at, id);

-- Servers that write here: until when each was seen, and the last of its entries that was written.
CREATE TABLE servers (
    id TEXT PRIMARY KEY NOT NULL,
    node TEXT NOT NULL,
    started_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    written BIGINT NOT NULL DEFAULT 0,
    lost_at TEXT
);

-- What is still to be told to others, in the order of its ids.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint TEXT NOT NULL,
    call_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL,
    leased_by TEXT,
    leased_until TEXT
);

CREATE INDEX outbox_by_call ON outbox (endpoint, call_id, id);
CREATE INDEX outbox_by_time ON outbox (next_attempt_at, id);

-- Answers to requests that may come twice. Without a status: the first is still being carried out.
CREATE TABLE idempotency_keys (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status BIGINT,
    body TEXT,
    created_at TEXT NOT NULL,
    PRIMARY KEY (caller, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE revoked_tokens (
    jti TEXT PRIMARY KEY NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT NOT NULL
);

CREATE TABLE audit_log (
    id TEXT PRIMARY KEY NOT NULL,
    at TEXT NOT NULL,
    actor TEXT,
    action TEXT NOT NULL,
    call_id TEXT,
    target TEXT,
    details TEXT NOT NULL DEFAULT '{}',
    client_ip TEXT
);

CREATE INDEX audit_log_by_time ON audit_log (at);

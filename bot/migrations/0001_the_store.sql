-- Times are Unix seconds; ids of users, servers, channels and messages are Discord's.

CREATE TABLE pictures (
    digest TEXT PRIMARY KEY,     -- SHA-256 of the file's content, and the file's name
    bytes INTEGER NOT NULL,
    used_at REAL NOT NULL
);

CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,   -- the order of acceptance
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    user_id INTEGER NOT NULL,
    server_id INTEGER,           -- none in a direct message
    wish TEXT NOT NULL,          -- JSON
    reply TEXT NOT NULL,         -- JSON: where the answer goes
    source_url TEXT,             -- where the source is fetched from, until it is
    guide_url TEXT,
    source TEXT,                 -- digests of pictures
    guide TEXT,
    dream TEXT,
    outcome TEXT,                -- JSON: what the dream's card tells
    telling TEXT,                -- how the job ended, in words that its owner has not been told yet
    turn INTEGER NOT NULL DEFAULT 0,
    work REAL NOT NULL DEFAULT 0,               -- in 10⁶ pixels of all steps
    tries INTEGER NOT NULL DEFAULT 0,
    together INTEGER NOT NULL DEFAULT 1,        -- how many jobs of its owner may be dreamed at once
    bucket INTEGER,              -- the bucket that paid: a server's, 0 for everywhere, none if nobody did
    created_at REAL NOT NULL,
    ended_at REAL
);
CREATE INDEX jobs_by_state ON jobs (state);
CREATE INDEX jobs_by_user ON jobs (user_id);

CREATE TABLE buckets (
    user_id INTEGER NOT NULL,
    server_id INTEGER NOT NULL,  -- 0 for everywhere that has no allowance of its own
    tokens REAL NOT NULL,
    looked_at REAL NOT NULL,
    full_at REAL NOT NULL,       -- from then on it need not be remembered
    PRIMARY KEY (user_id, server_id)
) WITHOUT ROWID;

CREATE TABLE servers (
    server_id INTEGER PRIMARY KEY,
    rules TEXT NOT NULL          -- JSON
);

CREATE TABLE speeds (
    backbone TEXT NOT NULL,
    preset TEXT NOT NULL,
    seconds_per_work REAL NOT NULL,
    PRIMARY KEY (backbone, preset)
) WITHOUT ROWID;

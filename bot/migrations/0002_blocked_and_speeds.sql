CREATE TABLE blocked (
    kind TEXT NOT NULL,          -- user or server
    id INTEGER NOT NULL,
    since REAL NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;

-- A unit of work means something else now; speeds are measured anew.
DELETE FROM speeds;

-- How a job's dream moves; NULL for a still. And how many dreams of its owner's allowance it costs.
ALTER TABLE jobs ADD COLUMN motion TEXT;
ALTER TABLE jobs ADD COLUMN price INTEGER NOT NULL DEFAULT 1;

-- The source of a job without what a camera wrote into it, and for how many bytes at most it was made.
ALTER TABLE jobs ADD COLUMN original TEXT;
ALTER TABLE jobs ADD COLUMN original_bytes INTEGER;
CREATE INDEX jobs_by_original ON jobs (original) WHERE original NOTNULL;

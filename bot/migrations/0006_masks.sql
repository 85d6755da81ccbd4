-- A second picture that tells where a source dreams.
ALTER TABLE jobs ADD COLUMN mask_url TEXT;
ALTER TABLE jobs ADD COLUMN mask TEXT;
CREATE INDEX jobs_by_mask ON jobs (mask) WHERE mask NOTNULL;

-- The jobs of other users that a job's pictures come from, as JSON: [[id, user_id], ...]; NULL for none.
ALTER TABLE jobs ADD COLUMN lenders TEXT;
CREATE INDEX jobs_with_lenders ON jobs (number) WHERE lenders NOTNULL;

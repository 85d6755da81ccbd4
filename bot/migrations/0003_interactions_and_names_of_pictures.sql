-- Which of Discord's interactions asked for a job: one interaction makes one job. Jobs of before have none.
ALTER TABLE jobs ADD COLUMN interaction_id INTEGER;
CREATE UNIQUE INDEX jobs_by_interaction ON jobs (interaction_id) WHERE interaction_id NOTNULL;

-- Which jobs name a picture is asked for each picture that is deleted.
CREATE INDEX jobs_by_source ON jobs (source) WHERE source NOTNULL;
CREATE INDEX jobs_by_guide ON jobs (guide) WHERE guide NOTNULL;
CREATE INDEX jobs_by_dream ON jobs (dream) WHERE dream NOTNULL;

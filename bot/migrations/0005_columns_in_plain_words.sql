-- The columns take the names of the attributes that the program reads them into.
ALTER TABLE jobs RENAME COLUMN wish TO options;
ALTER TABLE jobs RENAME COLUMN telling TO pending_message;
ALTER TABLE jobs RENAME COLUMN tries TO attempts;
ALTER TABLE jobs RENAME COLUMN together TO max_running;

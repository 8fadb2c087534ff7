-- What became of the lines of an imported file, as `preamble=0 header=1 taken=2 refused=0 totals=1 comments=0
-- blank=0`; empty for what has no lines and for what was imported before they were counted.
ALTER TABLE intake_file ADD COLUMN line_counts TEXT NOT NULL DEFAULT '';

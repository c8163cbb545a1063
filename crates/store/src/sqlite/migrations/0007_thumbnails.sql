-- Small pictures, made from what was uploaded by a job.
ALTER TABLE avatar ADD COLUMN thumbnail BLOB NOT NULL DEFAULT x''; -- PNG; empty if none could be made
ALTER TABLE avatar ADD COLUMN thumbnail_of INTEGER NOT NULL DEFAULT 0; -- the version that it was made from

-- To be used, a query repeats the condition as it stands here.
CREATE INDEX avatar_without_thumbnail ON avatar (user) WHERE thumbnail_of <> version AND length(bytes) > 0;

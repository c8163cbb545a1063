-- Small pictures, made from what was uploaded by a job.
ALTER TABLE avatar
  ADD COLUMN thumbnail    bytea NOT NULL DEFAULT '',  -- PNG; empty if none could be made
  ADD COLUMN thumbnail_of bigint NOT NULL DEFAULT 0;  -- the version that it was made from

-- To be used, a query repeats the condition as it stands here.
CREATE INDEX avatar_without_thumbnail ON avatar ("user") WHERE thumbnail_of <> version AND length(bytes) > 0;

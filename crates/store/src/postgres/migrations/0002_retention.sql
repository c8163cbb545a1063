-- For how long rooms keep their messages.
ALTER TABLE room ADD COLUMN keep_days bigint;      -- NULL: for ever
ALTER TABLE room ADD COLUMN next_days bigint;      -- what its members were told of and will hold,
ALTER TABLE room ADD COLUMN next_from bigint;      -- from then on
ALTER TABLE room ADD COLUMN history_from bigint NOT NULL DEFAULT 0; -- members know that what has a smaller seq was removed

-- Rooms that do not keep everything, or have still to tell what was removed. See commands/sweep.rs. It is a table of its own
-- since what is changed in place in the other is not to be indexed.
CREATE TABLE retention (
  room   uuid PRIMARY KEY,
  due_at bigint NOT NULL             -- when it is to be looked at next
);

CREATE INDEX retention_due ON retention (due_at, room);

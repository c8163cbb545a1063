-- For how long rooms keep their messages.
ALTER TABLE room ADD COLUMN keep_days INTEGER;     -- NULL: for ever
ALTER TABLE room ADD COLUMN next_days INTEGER;     -- what its members were told of and will hold,
ALTER TABLE room ADD COLUMN next_from INTEGER;     -- from then on
ALTER TABLE room ADD COLUMN history_from INTEGER NOT NULL DEFAULT 0; -- members know that what has a smaller seq was removed

-- Rooms that do not keep everything, or have still to tell what was removed. See commands/sweep.rs.
CREATE TABLE retention (
  room   BLOB PRIMARY KEY,
  due_at INTEGER NOT NULL            -- when it is to be looked at next
) STRICT, WITHOUT ROWID;

CREATE INDEX retention_due ON retention (due_at, room);

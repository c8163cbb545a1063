-- The first schema. Ids are the 16 bytes of a UUID, times are milliseconds since 1970 UTC.

-- What is true of the whole installation: epoch, workspace, landing_room, first_administrator …
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- Everything that counts changes. Changes with floor < rev <= head are kept.
CREATE TABLE stream (
  id      BLOB PRIMARY KEY,
  kind    INTEGER NOT NULL,          -- 1 room, 2 user, 3 workspace
  head    INTEGER NOT NULL,
  floor   INTEGER NOT NULL,
  last_at INTEGER NOT NULL           -- the last time given in it: times never go backwards within a stream
) STRICT, WITHOUT ROWID;

-- What changed, never how: catching up reads the target's present state.
CREATE TABLE change (
  stream BLOB NOT NULL,
  rev    INTEGER NOT NULL,
  kind   INTEGER NOT NULL,           -- chinwag_model::ChangeKind
  target ANY NOT NULL,               -- a message's seq, or the id of a user or room
  PRIMARY KEY (stream, rev)
) STRICT, WITHOUT ROWID;

CREATE TABLE user (
  id            BLOB PRIMARY KEY,
  name          TEXT NOT NULL,
  role          INTEGER NOT NULL,    -- 0 member, 1 administrator
  password_hash TEXT NOT NULL,
  at            INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX user_administrators ON user (id) WHERE role = 1;

-- Names that look alike share a row here, so there cannot be two.
CREATE TABLE user_look (
  look TEXT PRIMARY KEY,
  user BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  key        BLOB PRIMARY KEY,       -- SHA-256 of the token
  user       BLOB NOT NULL,
  at         INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_user ON session (user);
CREATE INDEX session_by_end ON session (expires_at);

CREATE TABLE room (
  id       BLOB PRIMARY KEY,
  name     TEXT NOT NULL,
  sort_key TEXT NOT NULL,
  kind     INTEGER NOT NULL,         -- 0 open
  maker    BLOB,
  at       INTEGER NOT NULL,
  rev      INTEGER NOT NULL,         -- of the last change of this row, in the room's stream
  members  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX room_by_name ON room (kind, sort_key, id);

CREATE TABLE room_look (
  look TEXT PRIMARY KEY,
  room BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
  room  BLOB NOT NULL,
  user  BLOB NOT NULL,
  role  INTEGER NOT NULL,            -- 0 member, 1 owner
  since INTEGER NOT NULL,            -- the rev in the room's stream at which this membership began
  at    INTEGER NOT NULL,
  PRIMARY KEY (room, user)
) STRICT, WITHOUT ROWID;

CREATE INDEX member_by_user ON member (user, room);

CREATE TABLE message (
  room       BLOB NOT NULL,
  seq        INTEGER NOT NULL,       -- the rev it was born with
  rev        INTEGER NOT NULL,       -- of its last change
  kind       INTEGER NOT NULL,       -- 0 text, 1 joined, 2 left, 3 removed
  author     BLOB NOT NULL,
  about      BLOB,                   -- who was removed
  at         INTEGER NOT NULL,
  edited_at  INTEGER,
  deleted_at INTEGER,
  text       TEXT,
  PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

-- Commands that were carried out, by a hash of scope (the room, or the author where there is no room yet), author and
-- nonce. New ones come to the log, from where they are sealed many at once; see sqlite/nonces.rs.
CREATE TABLE nonce_log (
  id     INTEGER PRIMARY KEY,
  key    BLOB NOT NULL,
  digest BLOB NOT NULL,              -- of what was asked for
  rev    INTEGER NOT NULL,           -- the answer
  target BLOB                        -- the answer, where a thing was made
) STRICT;

CREATE TABLE nonce_sealed (
  segment INTEGER NOT NULL,
  key     BLOB NOT NULL,
  digest  BLOB NOT NULL,
  rev     INTEGER NOT NULL,
  target  BLOB,
  PRIMARY KEY (segment, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE nonce_segment (
  id        INTEGER PRIMARY KEY,
  newest_at INTEGER NOT NULL,
  log_to    INTEGER NOT NULL,        -- the last row of the log that it has
  filter    BLOB NOT NULL,           -- says of most other keys that they are not in it
  dropped   INTEGER NOT NULL         -- 1 while its rows are being deleted
) STRICT;

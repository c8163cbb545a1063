-- Accounts: roles, standing, sessions that can be told apart, invitations, links for new passwords, pictures, closed rooms
-- and direct conversations, settings of the workspace, and who did what.

ALTER TABLE user ADD COLUMN sort_key TEXT NOT NULL DEFAULT '';
-- 0 active, 1 suspended, 2 banned, 3 gone: the account was deleted and its row stands for the author of what is left.
ALTER TABLE user ADD COLUMN standing INTEGER NOT NULL DEFAULT 0;
-- Until when they may not write; 0 for never muted.
ALTER TABLE user ADD COLUMN muted_until INTEGER NOT NULL DEFAULT 0;
-- Counts the pictures that were uploaded; 0: drawn from the name.
ALTER TABLE user ADD COLUMN avatar INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN status TEXT NOT NULL DEFAULT '';

-- Roles are 0 member, 1 administrator, 2 moderator, 3 owner, 4 guest. A workspace has an owner: who was the first to keep
-- order in it.
UPDATE user SET role = 3 WHERE id = (SELECT min(id) FROM user WHERE role = 1);
DROP INDEX user_administrators;
-- To be used, a query repeats the condition as it stands here.
CREATE INDEX user_staff ON user (role, id) WHERE role IN (1, 2, 3);
CREATE INDEX user_by_name ON user (sort_key, id) WHERE standing < 3;
CREATE INDEX user_restricted ON user (sort_key, id) WHERE standing IN (1, 2);

-- What people are found by: their name, and the rest of it from each of its words on, folded.
CREATE TABLE user_search (
  key  TEXT NOT NULL,
  user BLOB NOT NULL,
  PRIMARY KEY (key, user)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_search_by_user ON user_search (user, key);

CREATE TABLE room_search (
  key  TEXT NOT NULL,
  room BLOB NOT NULL,
  PRIMARY KEY (key, room)
) STRICT, WITHOUT ROWID;

CREATE INDEX room_search_by_room ON room_search (room, key);

ALTER TABLE session ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
-- When it ends however much it is used.
ALTER TABLE session ADD COLUMN ends_at INTEGER NOT NULL DEFAULT 0;
UPDATE session SET used_at = at, ends_at = expires_at + 60 * 86400000;

-- Direct conversations (room.kind 2; 1 is closed) by a hash of who they are between, so that there is one for them.
CREATE TABLE direct (
  key    BLOB PRIMARY KEY,
  room   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The ids of those people, one after the other.
ALTER TABLE room ADD COLUMN people BLOB;

-- 1: who made the room is its owner whenever they come in; 0 once somebody has taken that away.
ALTER TABLE room ADD COLUMN maker_owns INTEGER NOT NULL DEFAULT 1;
CREATE INDEX room_by_maker ON room (maker);

-- What somebody wrote, for taking it out and for taking it away. Lines about memberships and deleted ones are not in it.
CREATE INDEX message_by_author ON message (author, room, seq) WHERE kind = 0 AND deleted_at IS NULL;

CREATE TABLE invitation (
  id         BLOB PRIMARY KEY,
  key        BLOB NOT NULL UNIQUE,   -- SHA-256 of the token in the link
  maker      BLOB NOT NULL,
  note       TEXT NOT NULL,
  at         INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  uses       INTEGER NOT NULL,       -- how often it has been used
  most_uses  INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX invitation_by_end ON invitation (expires_at);

-- One-time links with which somebody sets a new password: at most one for each.
CREATE TABLE reset (
  user       BLOB PRIMARY KEY,
  key        BLOB NOT NULL UNIQUE,   -- SHA-256 of the token in the link
  maker      BLOB,                   -- NULL: somebody at the command line
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE avatar (
  user    BLOB PRIMARY KEY,
  version INTEGER NOT NULL,
  bytes   BLOB NOT NULL              -- PNG
) STRICT, WITHOUT ROWID;

-- Who did what to whom.
CREATE TABLE audit (
  id     INTEGER PRIMARY KEY,
  at     INTEGER NOT NULL,
  actor  BLOB,                       -- NULL: somebody at the command line
  action TEXT NOT NULL,
  target BLOB,                       -- a user
  room   BLOB,
  detail TEXT NOT NULL
) STRICT;

CREATE INDEX audit_by_actor ON audit (actor, id);
CREATE INDEX audit_by_target ON audit (target, id) WHERE target IS NOT NULL;

-- Whose messages are being taken away, a few at once.
CREATE TABLE purge (
  user BLOB PRIMARY KEY,
  at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

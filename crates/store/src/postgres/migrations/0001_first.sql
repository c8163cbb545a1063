-- The first schema: what the formats 1 to 4 of the SQLite back end hold. Times are milliseconds since 1970 UTC. Texts that
-- are compared or searched are compared byte by byte, as SQLite does.
--
-- Each key of what belongs to a room begins with the room, so that the large tables (message, change, nonce, member,
-- search_word) can be partitioned by it as they are. Tables whose rows are changed in place leave room for that in their
-- pages, so that an update that touches no index stays on its page.

-- What is true of the whole installation: epoch, workspace, landing_room, settings …
CREATE TABLE meta (
  key   text PRIMARY KEY,
  value text NOT NULL
);

-- Everything that counts changes. Changes with floor < rev <= head are kept. Whoever changes a stream locks its row.
CREATE TABLE stream (
  id      uuid PRIMARY KEY,
  head    bigint NOT NULL,
  floor   bigint NOT NULL,
  last_at bigint NOT NULL,           -- the last time given in it: times never go backwards within a stream
  kind    smallint NOT NULL          -- 1 room, 2 user, 3 workspace
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- What changed, never how: catching up reads the target's present state.
CREATE TABLE change (
  stream uuid NOT NULL,
  rev    bigint NOT NULL,
  seq    bigint,                     -- the message that changed, or
  target uuid,                       -- the user or room
  kind   smallint NOT NULL,          -- chinwag_model::ChangeKind
  PRIMARY KEY (stream, rev)
);

CREATE TABLE "user" (
  id            uuid PRIMARY KEY,
  at            bigint NOT NULL,
  muted_until   bigint NOT NULL DEFAULT 0, -- until when they may not write; 0 for never muted
  avatar        bigint NOT NULL DEFAULT 0, -- counts the pictures that were uploaded; 0: drawn from the name
  role          smallint NOT NULL,   -- 0 member, 1 administrator, 2 moderator, 3 owner, 4 guest
  standing      smallint NOT NULL DEFAULT 0, -- 0 active, 1 suspended, 2 banned, 3 gone
  name          text NOT NULL,
  sort_key      text COLLATE "C" NOT NULL,
  status        text NOT NULL DEFAULT '',
  password_hash text NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX user_staff ON "user" (role, id) WHERE role IN (1, 2, 3);
CREATE INDEX user_by_name ON "user" (sort_key, id) WHERE standing < 3;
CREATE INDEX user_restricted ON "user" (sort_key, id) WHERE standing IN (1, 2);

-- Names that look alike share a row here, so there cannot be two.
CREATE TABLE user_look (
  look   text COLLATE "C" PRIMARY KEY,
  "user" uuid NOT NULL
);

-- What people are found by: their name, and the rest of it from each of its words on, folded.
CREATE TABLE user_search (
  key    text COLLATE "C" NOT NULL,
  "user" uuid NOT NULL,
  PRIMARY KEY (key, "user")
);

CREATE INDEX user_search_by_user ON user_search ("user", key);

CREATE TABLE session (
  key        bytea PRIMARY KEY,      -- SHA-256 of the token
  "user"     uuid NOT NULL,
  at         bigint NOT NULL,
  used_at    bigint NOT NULL,
  expires_at bigint NOT NULL,
  ends_at    bigint NOT NULL,        -- when it ends however much it is used
  device     text NOT NULL,
  address    text NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX session_by_user ON session ("user");
CREATE INDEX session_by_end ON session (expires_at, key);

-- What became of sessions, for the nodes that remember them or have their sockets: kept for an hour.
CREATE TABLE session_news (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at          bigint NOT NULL,
  key         bytea NOT NULL,
  ended       smallint NOT NULL      -- 1; 0: what was known of it may not be so any more
);

CREATE INDEX session_news_by_transaction ON session_news (transaction, id);
CREATE INDEX session_news_by_time ON session_news (at);

CREATE TABLE room (
  id         uuid PRIMARY KEY,
  maker      uuid,
  at         bigint NOT NULL,
  rev        bigint NOT NULL,        -- of the last change of this row, in the room's stream
  members    bigint NOT NULL,
  kind       smallint NOT NULL,      -- 0 open, 1 closed, 2 direct
  maker_owns smallint NOT NULL DEFAULT 1, -- 0 once somebody has taken that away
  name       text NOT NULL,
  sort_key   text COLLATE "C" NOT NULL,
  people     bytea                   -- the ids of those between whom a direct conversation is, one after the other
) WITH (fillfactor = 70);

CREATE INDEX room_by_name ON room (kind, sort_key, id);
CREATE INDEX room_by_maker ON room (maker);

CREATE TABLE room_look (
  look text COLLATE "C" PRIMARY KEY,
  room uuid NOT NULL
);

CREATE TABLE room_search (
  key  text COLLATE "C" NOT NULL,
  room uuid NOT NULL,
  PRIMARY KEY (key, room)
);

CREATE INDEX room_search_by_room ON room_search (room, key);

-- Direct conversations by a hash of who they are between, so that there is one for them.
CREATE TABLE direct (
  key  bytea PRIMARY KEY,
  room uuid NOT NULL
);

CREATE TABLE member (
  room   uuid NOT NULL,
  "user" uuid NOT NULL,
  since  bigint NOT NULL,            -- the rev in the room's stream at which this membership began
  at     bigint NOT NULL,
  role   smallint NOT NULL,          -- 0 member, 1 owner
  PRIMARY KEY (room, "user")
) WITH (fillfactor = 90);

CREATE INDEX member_by_user ON member ("user", room);
CREATE INDEX member_owners ON member (room) WHERE role = 1;

CREATE TABLE message (
  room       uuid NOT NULL,
  author     uuid NOT NULL,
  about      uuid,                   -- who was removed or brought in
  seq        bigint NOT NULL,        -- the rev it was born with
  rev        bigint NOT NULL,        -- of its last change
  at         bigint NOT NULL,
  edited_at  bigint,
  deleted_at bigint,
  kind       smallint NOT NULL,      -- 0 text, 1 joined, 2 left, 3 removed, 4 brought in
  text       text,
  PRIMARY KEY (room, seq)
) WITH (fillfactor = 95);

-- What somebody wrote, for taking it out and for taking it away. Lines about memberships and deleted ones are not in it.
CREATE INDEX message_by_author ON message (author, room, seq) WHERE kind = 0 AND deleted_at IS NULL;

-- Searching: in which messages of a room a word stands. See commands/search.rs.
CREATE TABLE search_word (
  room   uuid NOT NULL,
  chunk  bigint NOT NULL,            -- of the room's history: seq / 1024
  word   text COLLATE "C" NOT NULL,  -- chinwag_model::words
  places bytea NOT NULL,             -- seq % 1024 of the messages that have it: two bytes each, ascending
  PRIMARY KEY (room, chunk, word)
);

CREATE TABLE search_room (
  room   uuid PRIMARY KEY,
  below  bigint NOT NULL,            -- all messages with a smaller seq are in the index
  due_at bigint                      -- since when there is a whole chunk that is not; NULL: there is none
);

CREATE INDEX search_room_due ON search_room (due_at, room) WHERE due_at IS NOT NULL;

-- Commands that were carried out. The scope is the room, or the author where there is no room yet.
CREATE TABLE nonce (
  scope  uuid NOT NULL,
  key    uuid NOT NULL,              -- a hash of scope, author and nonce
  digest bigint NOT NULL,            -- of what was asked for
  rev    bigint NOT NULL,            -- the answer
  at     bigint NOT NULL,
  target uuid,                       -- the answer, where a thing was made
  PRIMARY KEY (scope, key)
);

CREATE INDEX nonce_by_time ON nonce (at);

CREATE TABLE invitation (
  id         uuid PRIMARY KEY,
  maker      uuid NOT NULL,
  at         bigint NOT NULL,
  expires_at bigint NOT NULL,
  uses       bigint NOT NULL,        -- how often it has been used
  most_uses  bigint NOT NULL,
  revoked_at bigint,
  key        bytea NOT NULL UNIQUE,  -- SHA-256 of the token in the link
  note       text NOT NULL
);

CREATE INDEX invitation_by_end ON invitation (expires_at);

-- One-time links with which somebody sets a new password: at most one for each.
CREATE TABLE reset (
  "user"     uuid PRIMARY KEY,
  maker      uuid,                   -- NULL: somebody at the command line
  expires_at bigint NOT NULL,
  key        bytea NOT NULL UNIQUE   -- SHA-256 of the token in the link
);

CREATE INDEX reset_by_end ON reset (expires_at);

CREATE TABLE avatar (
  "user"  uuid PRIMARY KEY,
  version bigint NOT NULL,
  bytes   bytea NOT NULL             -- PNG
);

-- Who did what to whom.
CREATE TABLE audit (
  id     bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  at     bigint NOT NULL,
  actor  uuid,                       -- NULL: somebody at the command line
  target uuid,                       -- a user
  room   uuid,
  action text NOT NULL,
  detail text NOT NULL
);

CREATE INDEX audit_by_actor ON audit (actor, id);
CREATE INDEX audit_by_target ON audit (target, id) WHERE target IS NOT NULL;

-- Whose messages are being taken away, a few at once.
CREATE TABLE purge (
  "user" uuid PRIMARY KEY,
  at     bigint NOT NULL
);

-- Work that is asked for in the transaction that needs it, and done later. What is done is not here any more.
--
-- Whatever happens to a job moves it in the index, so no update could stay on its page, and no room is left for that. Each
-- leaves a dead entry at the very place where the next job is looked for: so it is cleaned up early, and by how much there
-- is to clean, not by how many jobs wait.
CREATE TABLE job (
  id         uuid PRIMARY KEY,
  lease      uuid,                   -- what the worker who has it shows: another one each time
  asked_at   bigint NOT NULL,
  due_at     bigint NOT NULL,        -- waiting: when it is due; leased: when it is due again; dead: when it was given up
  version    bigint NOT NULL,        -- of the form of the body
  tries      bigint NOT NULL,        -- how often it was leased
  most_tries bigint NOT NULL,
  state      smallint NOT NULL,      -- 0 waiting, 1 leased, 2 dead
  kind       text COLLATE "C" NOT NULL, -- what is to be done: a word like account.export
  body       bytea NOT NULL,
  failures   text NOT NULL           -- the latest ones: JSON, [{"at": …, "reason": …}, …]
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- What is due of a kind, and lists of what is in a state, in the order of their time.
CREATE INDEX job_by_state ON job (state, kind, due_at, id);

-- Processes that share the database, each until its time is over.
CREATE TABLE node (
  id          uuid PRIMARY KEY,      -- another one each time that a process starts
  ends_at     bigint NOT NULL,       -- by the database's clock
  address     text NOT NULL,         -- where the others reach it: host:port
  fingerprint bytea NOT NULL         -- SHA-256 of the certificate that it shows
) WITH (fillfactor = 50);

-- Searching: in which messages of a room a word stands. See commands/search.rs.
CREATE TABLE search_word (
  room   BLOB NOT NULL,
  chunk  INTEGER NOT NULL,           -- of the room's history: seq / 1024
  word   TEXT NOT NULL,              -- chinwag_model::words
  places BLOB NOT NULL,              -- seq % 1024 of the messages that have it: two bytes each, ascending
  PRIMARY KEY (room, chunk, word)
) STRICT, WITHOUT ROWID;

CREATE TABLE search_room (
  room   BLOB PRIMARY KEY,
  below  INTEGER NOT NULL,           -- all messages with a smaller seq are in the index
  due_at INTEGER                     -- since when there is a whole chunk that is not; NULL: there is none
) STRICT, WITHOUT ROWID;

CREATE INDEX search_room_due ON search_room (due_at, room) WHERE due_at IS NOT NULL;

-- What was written before is indexed a chunk at a time, and searched by reading it until then.
INSERT INTO search_room (room, below, due_at) SELECT id, 0, 0 FROM stream WHERE kind = 1 AND head >= 1023;

-- Processes that share the database, each until its time is over.
CREATE TABLE node (
  id          BLOB PRIMARY KEY,      -- another one each time that a process starts
  address     TEXT NOT NULL,         -- where the others reach it: host:port
  fingerprint BLOB NOT NULL,         -- SHA-256 of the certificate that it shows
  ends_at     INTEGER NOT NULL       -- by the database's clock
) STRICT, WITHOUT ROWID;

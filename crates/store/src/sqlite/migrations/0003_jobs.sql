-- Work that is asked for in the transaction that needs it, and done later. What is done is not here any more.
CREATE TABLE job (
  id         BLOB PRIMARY KEY,
  kind       TEXT NOT NULL,          -- what is to be done: a word like account.export
  version    INTEGER NOT NULL,       -- of the form of the body
  state      INTEGER NOT NULL,       -- 0 waiting, 1 leased, 2 dead
  asked_at   INTEGER NOT NULL,
  due_at     INTEGER NOT NULL,       -- waiting: when it is due; leased: when it is due again; dead: when it was given up
  tries      INTEGER NOT NULL,       -- how often it was leased
  most_tries INTEGER NOT NULL,
  lease      BLOB,                   -- what the worker who has it shows: another one each time
  body       BLOB NOT NULL,
  failures   TEXT NOT NULL           -- the latest ones: JSON, [{"at": …, "reason": …}, …]
) STRICT, WITHOUT ROWID;

-- What is due of a kind, and lists of what is in a state, in the order of their time.
CREATE INDEX job_by_state ON job (state, kind, due_at, id);

-- More ways in than a password: accounts at other services, a second factor, access tokens.

-- What somebody has begun and has to end soon: signing in with a second factor, or by another service, and the like.
CREATE TABLE pending (
  key        BLOB PRIMARY KEY,       -- SHA-256 of the token that stands for it
  purpose    TEXT NOT NULL,          -- what has begun: a word like second-factor
  tries      INTEGER NOT NULL,       -- how often it was tried to end it
  expires_at INTEGER NOT NULL,
  body       BLOB NOT NULL           -- what has to be known to end it
) STRICT, WITHOUT ROWID;

CREATE INDEX pending_by_end ON pending (expires_at);

-- Accounts at other services, each of which is one person's here.
CREATE TABLE identity (
  issuer  TEXT NOT NULL,             -- the service: an address
  subject TEXT NOT NULL,             -- who they are there, for ever
  user    BLOB NOT NULL,
  name    TEXT NOT NULL,             -- what they were called there when they came last, for them to recognise
  at      INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX identity_by_user ON identity (user);

-- An app that shows codes which change with the time (RFC 6238).
CREATE TABLE authenticator (
  user      BLOB PRIMARY KEY,
  secret    BLOB NOT NULL,
  at        INTEGER NOT NULL,
  last_step INTEGER NOT NULL         -- codes of this step of time and of those before are used up
) STRICT, WITHOUT ROWID;

-- Codes for whoever has lost it, each good for once.
CREATE TABLE recovery_code (
  user BLOB NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (user, hash)
) STRICT, WITHOUT ROWID;

-- What an access token may be used for: the bits of chinwag_model::Scopes. NULL: it is no access token, and may do all.
ALTER TABLE session ADD COLUMN scopes INTEGER;
ALTER TABLE session ADD COLUMN name TEXT NOT NULL DEFAULT ''; -- what its owner calls an access token

-- Keys by which short-lived tokens are signed, and those by which earlier ones were.
CREATE TABLE signing_key (
  id     BLOB PRIMARY KEY,
  at     INTEGER NOT NULL,
  secret BLOB NOT NULL               -- Ed25519, PKCS #8
) STRICT, WITHOUT ROWID;

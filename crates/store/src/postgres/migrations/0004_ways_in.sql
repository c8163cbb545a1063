-- More ways in than a password: accounts at other services, a second factor, access tokens.

-- What somebody has begun and has to end soon: signing in with a second factor, or by another service, and the like.
CREATE TABLE pending (
  key        bytea PRIMARY KEY,      -- SHA-256 of the token that stands for it
  purpose    text NOT NULL,          -- what has begun: a word like second-factor
  tries      bigint NOT NULL,        -- how often it was tried to end it
  expires_at bigint NOT NULL,
  body       bytea NOT NULL          -- what has to be known to end it
) WITH (fillfactor = 80);

CREATE INDEX pending_by_end ON pending (expires_at);

-- Accounts at other services, each of which is one person's here.
CREATE TABLE identity (
  issuer  text NOT NULL,             -- the service: an address
  subject text NOT NULL,             -- who they are there, for ever
  "user"  uuid NOT NULL,
  name    text NOT NULL,             -- what they were called there when they came last, for them to recognise
  at      bigint NOT NULL,
  PRIMARY KEY (issuer, subject)
);

CREATE INDEX identity_by_user ON identity ("user");

-- An app that shows codes which change with the time (RFC 6238).
CREATE TABLE authenticator (
  "user"    uuid PRIMARY KEY,
  secret    bytea NOT NULL,
  at        bigint NOT NULL,
  last_step bigint NOT NULL          -- codes of this step of time and of those before are used up
) WITH (fillfactor = 80);

-- Codes for whoever has lost it, each good for once.
CREATE TABLE recovery_code (
  "user" uuid NOT NULL,
  hash   bytea NOT NULL,
  PRIMARY KEY ("user", hash)
);

-- What an access token may be used for: the bits of chinwag_model::Scopes. NULL: it is no access token, and may do all.
ALTER TABLE session ADD COLUMN scopes bigint;
ALTER TABLE session ADD COLUMN name text NOT NULL DEFAULT ''; -- what its owner calls an access token

-- Keys by which short-lived tokens are signed, and those by which earlier ones were.
CREATE TABLE signing_key (
  id     uuid PRIMARY KEY,
  at     bigint NOT NULL,
  secret bytea NOT NULL              -- Ed25519, PKCS #8
);

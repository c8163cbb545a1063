-- Fills an installation from the tables that the test has made: made_room and made_person. Everything follows from the
-- numbers of rooms and people, so that two databases that are filled alike are alike.

-- The indexes of the largest tables are built at the end, all at once.
UPDATE pg_index SET indisready = false
 WHERE indrelid IN ('message'::regclass, 'change'::regclass, 'nonce'::regclass, 'job'::regclass, 'search_word'::regclass);

-- What the installation began with is made again with the rest.
DELETE FROM stream WHERE id IN (SELECT id FROM made_room);
DELETE FROM room WHERE id IN (SELECT id FROM made_room);
TRUNCATE change, room_look, room_search;

-- The k-th member of a room. Number 0 is in the first 300 rooms and in no other.
CREATE TEMP TABLE made_member AS
SELECT room.n AS room_number, k, room.id AS room, person.id AS "user", room.at, 2 + 2 * k AS since
  FROM made_room AS room
  CROSS JOIN LATERAL generate_series(0, room.members - 1) AS k
  JOIN made_person AS person ON person.n = CASE
         WHEN k = 0 AND room.n < 300 THEN 0
         ELSE 1 + (room.n * 7919 + k * 13) % ((SELECT count(*)::int FROM made_person) - 1)
       END;
CREATE INDEX ON made_member (room_number, k);
ANALYZE made_member;

INSERT INTO "user" (id, at, muted_until, avatar, role, standing, name, sort_key, status, password_hash)
SELECT id, at, 0, 0, role, standing, name, sort_key, CASE n % 3 WHEN 0 THEN '' ELSE 'in a meeting' END,
       CASE role WHEN 4 THEN '' ELSE '$argon2id$…' END
  FROM made_person;

INSERT INTO room (id, maker, at, rev, members, kind, name, sort_key, people)
SELECT room.id, maker."user", room.at, 1, room.members, room.kind, room.name, room.sort_key, pair.people
  FROM made_room AS room
  JOIN made_member AS maker ON maker.room_number = room.n AND maker.k = 0
  LEFT JOIN LATERAL (
    SELECT string_agg(uuid_send("user"), ''::bytea ORDER BY "user") AS people
      FROM made_member WHERE room_number = room.n AND room.kind = 2
  ) AS pair ON true;

INSERT INTO direct (key, room)
SELECT sha256(people), id FROM room WHERE kind = 2 ON CONFLICT DO NOTHING;

INSERT INTO member (room, "user", since, at, role)
SELECT room, "user", since, at, CASE WHEN k = 0 AND room_number > 0 THEN 1 ELSE 0 END FROM made_member;

-- A room's stream: the room, each member with a line in the history, and then what was written.
INSERT INTO stream (id, head, floor, last_at, kind)
SELECT id, 1 + 2 * members + texts, 0, (SELECT now FROM made_time), 1 FROM made_room;
INSERT INTO stream (id, head, floor, last_at, kind)
SELECT person.id, count(member.room), 0, person.at, 2
  FROM made_person AS person LEFT JOIN made_member AS member ON member."user" = person.id
 GROUP BY person.n, person.id, person.at;
UPDATE stream SET head = (SELECT count(*) FROM made_person) WHERE kind = 3;

INSERT INTO change (stream, rev, kind, target) SELECT id, 1, 3, id FROM made_room;
INSERT INTO change (stream, rev, kind, target) SELECT room, since, 2, "user" FROM made_member;
INSERT INTO change (stream, rev, kind, seq) SELECT room, since + 1, 1, since + 1 FROM made_member;
INSERT INTO change (stream, rev, kind, target)
SELECT "user", row_number() OVER (PARTITION BY "user" ORDER BY room), 4, room FROM made_member;
INSERT INTO change (stream, rev, kind, target)
SELECT (SELECT id FROM stream WHERE kind = 3), n + 1, 5, id FROM made_person;

INSERT INTO message (room, author, seq, rev, at, kind)
SELECT room, "user", since + 1, since + 1, at, 1 FROM made_member;

-- What was written, in the course of 35 days.
CREATE TEMP TABLE made_text AS
SELECT room.id AS room, author."user" AS author, 1 + 2 * room.members + g AS seq, g,
       (SELECT now FROM made_time) - ((room.texts - g)::bigint * 35 * 86400000 / room.texts) AS at
  FROM made_room AS room
  CROSS JOIN LATERAL generate_series(1, room.texts) AS g
  JOIN made_member AS author ON author.room_number = room.n AND author.k = g % room.members;

INSERT INTO message (room, author, seq, rev, at, kind, text)
SELECT room, author, seq, seq, at, 0, 'message ' || g || repeat(' and so on', g % 12) FROM made_text;
INSERT INTO change (stream, rev, kind, seq) SELECT room, seq, 1, seq FROM made_text;

-- What is searched by: the words of all full chunks, but for the last one of some rooms, which is due.
INSERT INTO search_room (room, below, due_at)
SELECT id, (head + 1) / 1024 * 1024 - due * 1024, CASE due WHEN 1 THEN n END
  FROM stream JOIN made_room USING (id)
  CROSS JOIN LATERAL (SELECT CASE WHEN n BETWEEN 2 AND 9 THEN 1 ELSE 0 END AS due) AS last;
INSERT INTO search_word (room, chunk, word, places)
SELECT room, seq / 1024, word, string_agg(int2send((seq % 1024)::smallint), ''::bytea ORDER BY seq)
  FROM made_text JOIN search_room USING (room)
  CROSS JOIN LATERAL unnest(CASE g % 12 WHEN 0 THEN ARRAY['message', g::text]
                                        ELSE ARRAY['message', g::text, 'and', 'so', 'on'] END) AS word
 WHERE seq < below
 GROUP BY room, seq / 1024, word;
INSERT INTO nonce (scope, key, digest, rev, at)
SELECT room, md5(room::text || seq)::uuid, seq * 2654435761, seq, at FROM made_text;

-- Two sessions for everybody, some of which are over, and a hundred for one person.
INSERT INTO session (key, "user", at, used_at, expires_at, ends_at, device, address)
SELECT sha256(uuid_send(id) || int4send(g)), id, now - 86400000, now - n * 1000 - g,
       CASE WHEN n % 20 = 5 AND role <> 4 THEN now - 1000 - n ELSE now + 86400000 + n * 1000 END,
       now + 30 * 86400000::bigint, 'Firefox on Linux', '192.0.2.1'
  FROM made_person
  CROSS JOIN LATERAL generate_series(1, CASE n WHEN 30 THEN 100 ELSE 2 END) AS g
  CROSS JOIN made_time;

-- News of sessions, each of its own transaction, which there were.
CREATE TEMP TABLE made_burnt (i int);
DO $$
BEGIN
  FOR i IN 1..6000 LOOP
    BEGIN
      INSERT INTO made_burnt VALUES (i);
    EXCEPTION WHEN OTHERS THEN
      NULL;
    END;
  END LOOP;
END $$;
INSERT INTO session_news (transaction, at, key, ended)
SELECT g::text::xid8, now - 2 * 3600000 + g * 1000, sha256(int4send(g)), g % 2
  FROM generate_series(1, 6000) AS g CROSS JOIN made_time;

-- Who did what: the oldest of it has had its time.
INSERT INTO audit (at, actor, target, action, detail)
SELECT now - (30000 - g)::bigint * 500 * 86400000 / 30000, actor.id, target.id,
       CASE WHEN g % 5 = 0 THEN 'person.muted' ELSE 'name.changed' END, 'detail ' || g
  FROM generate_series(1, 30000) AS g
  CROSS JOIN made_time
  JOIN made_person AS actor ON actor.n = CASE WHEN g % 5 = 0 THEN g / 5 % 20 ELSE g * 7 % 5000 END
  LEFT JOIN made_person AS target ON g % 5 = 0 AND target.n = g * 11 % 5000;

INSERT INTO invitation (id, maker, at, expires_at, uses, most_uses, key, note)
SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))::uuid, maker.id, now - 200 * 86400000::bigint,
       now - 120 * 86400000::bigint + g * 100000::bigint, 0, 10, sha256(int4send(g)), 'for team ' || g
  FROM generate_series(1, 3000) AS g CROSS JOIN made_time JOIN made_person AS maker ON maker.n = g % 20;

INSERT INTO reset ("user", maker, expires_at, key)
SELECT id, NULL, now - 50000 + n * 1000, sha256(uuid_send(id)) FROM made_person CROSS JOIN made_time WHERE n % 2 = 1;

INSERT INTO avatar ("user", version, bytes)
SELECT id, 1, decode(repeat(md5(n::text), 60), 'hex') FROM made_person WHERE n % 2 = 0;

-- As many jobs as there are texts: some that are due much later, some that were given up, some that are due and of kinds
-- that no worker knows. Among them a few that are due, and a few of which the leases are over.
INSERT INTO job (id, lease, asked_at, due_at, version, tries, most_tries, state, kind, body, failures)
SELECT md5('job' || g)::uuid, NULL, now - 1000000, now + CASE g % 5 WHEN 2 THEN -900000 ELSE 86400000 END + g, 1, 3, 3,
       CASE g % 5 WHEN 0 THEN 2 WHEN 1 THEN 2 ELSE 0 END,
       CASE g % 5 WHEN 2 THEN 'unknown' ELSE (ARRAY['a.export', 'b.purge', 'c.picture'])[1 + g % 3] END,
       '{"user": "somebody"}', '[]'
  FROM made_time CROSS JOIN generate_series(1, (SELECT sum(texts) FROM made_room)) AS g;
INSERT INTO job (id, lease, asked_at, due_at, version, tries, most_tries, state, kind, body, failures)
SELECT md5('due' || g)::uuid, CASE state WHEN 1 THEN md5('lease' || g)::uuid END, now - 1000000, now - 1000000 + g, 1,
       g % 2, 1 + g % 3, state, (ARRAY['a.export', 'b.purge', 'c.picture'])[1 + g % 3], '{"user": "somebody"}', '[]'
  FROM made_time CROSS JOIN generate_series(1, 3000) AS g CROSS JOIN LATERAL (VALUES (g / 7 % 2)) AS stands (state);

UPDATE pg_index SET indisready = true
 WHERE indrelid IN ('message'::regclass, 'change'::regclass, 'nonce'::regclass, 'job'::regclass, 'search_word'::regclass);
REINDEX TABLE message;
REINDEX TABLE change;
REINDEX TABLE nonce;
REINDEX TABLE job;
REINDEX TABLE search_word;

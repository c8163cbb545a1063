//! An installation with a history of any size: a thousand rooms, of which one has half of it, and five thousand people.

use std::time::{SystemTime, UNIX_EPOCH};

use chinwag_model::{RoomId, RoomName, UserId, UserName};
use chinwag_store::Streams;
use chinwag_store::postgres::{Options, PostgresStore};
use tokio_postgres::NoTls;
use uuid::Uuid;
use xtask::Postgres;

/// How many people there are. Number 0 is the owner; the next 20 administrators and moderators; of the others some are
/// guests, and some are suspended.
const PEOPLE: usize = 5_000;
/// How many rooms there are, the lobby among them, with number 0. The last of them are direct conversations.
const ROOMS: usize = 1_000;
/// The number of the room with half of the messages.
pub const BIG: usize = 1;
/// The number of the first direct conversation.
pub const DIRECT: usize = 700;

/// What names are made of.
const BEGINNINGS: [&str; 9] = ["an", "be", "cor", "da", "fe", "ga", "hu", "ka", "to"];
const ENDINGS: [&str; 8] = ["na", "rik", "bo", "dan", "sa", "ta", "vin", "zu"];

/// What was filled in.
pub struct Filled {
    pub rooms: Vec<Room>,
    pub people: Vec<UserId>,
}

/// A room that was filled in.
pub struct Room {
    pub id: RoomId,
    pub members: usize,
    pub texts: usize,
}

impl Room {
    /// The last revision.
    pub fn head(&self) -> u64 {
        (1 + 2 * self.members + self.texts) as u64
    }
}

/// Fills an empty database of this server with so many texts.
pub async fn fill(postgres: &Postgres, url: &str, texts: usize) -> Filled {
    let store = PostgresStore::open(&Options::new(url.parse().unwrap())).await.unwrap();
    store.close().await;
    let (_, database) = url.rsplit_once('/').unwrap();
    let superuser = postgres.superuser_url();
    let (server, _) = superuser.rsplit_once('/').unwrap();
    let (client, connection) = tokio_postgres::connect(&format!("{server}/{database}"), NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("SET search_path = chinwag; SET maintenance_work_mem = '256MB'").await.unwrap();

    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    client
        .batch_execute(&format!("CREATE TEMP TABLE made_time AS SELECT {now}::bigint AS now"))
        .await
        .unwrap();
    let lobby: String =
        client.query_one("SELECT value FROM meta WHERE key = 'landing_room'", &[]).await.unwrap().get(0);
    let people = make_people(&client, now).await;
    let rooms = make_rooms(&client, now, texts, lobby.parse().unwrap()).await;
    client.batch_execute(include_str!("fill.sql")).await.unwrap();
    index_names(&client).await;
    client.batch_execute("VACUUM (ANALYZE)").await.unwrap();
    Filled { rooms, people }
}

/// An id like those that are made in the course of time.
fn id(kind: u128, number: usize) -> Uuid {
    let millis = 1_700_000_000_000 + number as u128 * 60_000;
    Uuid::from_u128(
        (millis << 80)
            | (7 << 76)
            | (kind << 64)
            | (2 << 62)
            | (number as u128 * 0x9E37_79B9_7F4A % (1 << 60)),
    )
}

/// The name with this number: one word of two or two of two syllables.
fn name(number: usize) -> String {
    let word = |number: usize| {
        let word = format!("{}{}", BEGINNINGS[number % 9], ENDINGS[number / 9 % 8]);
        word[..1].to_uppercase() + &word[1..]
    };
    format!("{} {}", word(number % 72), word(number / 72))
}

async fn make_people(client: &tokio_postgres::Client, now: i64) -> Vec<UserId> {
    let people: Vec<UserId> = (0..PEOPLE).map(|number| UserId(id(1, number))).collect();
    let ids: Vec<Uuid> = people.iter().map(|id| id.0).collect();
    let names: Vec<String> = (0..PEOPLE).map(name).collect();
    let keys: Vec<String> = names.iter().map(|name| UserName::parse(name).unwrap().sort_key()).collect();
    client
        .execute(
            "CREATE TEMP TABLE made_person
               (n int PRIMARY KEY, id uuid, name text, sort_key text, at bigint, role int, standing int)",
            &[],
        )
        .await
        .unwrap();
    client
        .execute(
            "INSERT INTO made_person
             SELECT n - 1, id, name, sort_key, $4::bigint - 86400000 + n,
                    CASE WHEN n = 1 THEN 3 WHEN n <= 11 THEN 1 WHEN n <= 21 THEN 2 WHEN n % 50 = 49 THEN 4 ELSE 0 END,
                    CASE WHEN n > 21 AND n % 40 = 39 THEN 1 ELSE 0 END
               FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS made (id, name, sort_key, n)",
            &[&ids, &names, &keys, &now],
        )
        .await
        .unwrap();
    people
}

async fn make_rooms(client: &tokio_postgres::Client, now: i64, texts: usize, lobby: Uuid) -> Vec<Room> {
    // The others share their half by Zipf's law: the n-th has the n-th part of what the first has.
    let parts: f64 = (BIG + 1..ROOMS).map(|number| 1.0 / number as f64).sum();
    let rooms: Vec<Room> = (0..ROOMS)
        .map(|number| {
            let share = texts as f64 / 2.0 / parts / number as f64;
            match number {
                0 => Room { id: RoomId(lobby), members: PEOPLE - 1, texts: 10 },
                BIG => Room { id: RoomId(id(2, number)), members: 3_000, texts: texts / 2 },
                DIRECT.. => Room { id: RoomId(id(2, number)), members: 2, texts: share.ceil() as usize },
                _ => Room {
                    id: RoomId(id(2, number)),
                    members: (1_000.0 / (number as f64).sqrt()) as usize,
                    texts: share.ceil() as usize,
                },
            }
        })
        .collect();
    let names: Vec<String> = (0..ROOMS)
        .map(|number| match number {
            0 => "lobby".to_owned(),
            DIRECT.. => String::new(),
            _ => format!("Team {}", name(number)),
        })
        .collect();
    let keys: Vec<String> = names
        .iter()
        .map(|name| RoomName::parse(name).map_or(String::new(), |name| name.sort_key()))
        .collect();
    let kinds: Vec<i32> = (0..ROOMS)
        .map(|number| match number {
            DIRECT.. => 2,
            _ if number % 10 == 9 => 1,
            _ => 0,
        })
        .collect();
    let ids: Vec<Uuid> = rooms.iter().map(|room| room.id.0).collect();
    let members: Vec<i32> = rooms.iter().map(|room| room.members as i32).collect();
    let texts: Vec<i32> = rooms.iter().map(|room| room.texts as i32).collect();
    client
        .execute(
            "CREATE TEMP TABLE made_room (n int PRIMARY KEY, id uuid, kind int, name text, sort_key text,
               members int, texts int, at bigint)",
            &[],
        )
        .await
        .unwrap();
    client
        .execute(
            "INSERT INTO made_room
             SELECT n - 1, id, kind, name, sort_key, members, texts, $7::bigint - 35 * 86400000::bigint
               FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::int[], $6::int[])
                 WITH ORDINALITY AS made (id, kind, name, sort_key, members, texts, n)",
            &[&ids, &kinds, &names, &keys, &members, &texts, &now],
        )
        .await
        .unwrap();
    rooms
}

/// Lets everybody and every room be found, by the rules of the model.
async fn index_names(client: &tokio_postgres::Client) {
    for (of, column) in [("user", "\"user\""), ("room", "room")] {
        let (mut ids, mut looks, mut keys) = (Vec::new(), Vec::new(), (Vec::new(), Vec::new()));
        for row in
            client.query(&format!("SELECT id, name FROM \"{of}\" WHERE name <> ''"), &[]).await.unwrap()
        {
            let (id, name): (Uuid, String) = (row.get(0), row.get(1));
            let name = RoomName::parse(&name).unwrap();
            ids.push(id);
            looks.push(name.looks()[0].clone());
            for key in name.search_keys() {
                keys.0.push(key);
                keys.1.push(id);
            }
        }
        let look = format!(
            "INSERT INTO {of}_look (look, {column})
             SELECT * FROM unnest($1::text[], $2::uuid[]) ON CONFLICT DO NOTHING"
        );
        client.execute(&look, &[&looks, &ids]).await.unwrap();
        let search =
            format!("INSERT INTO {of}_search (key, {column}) SELECT * FROM unnest($1::text[], $2::uuid[])");
        client.execute(&search, &[&keys.0, &keys.1]).await.unwrap();
    }
}

//! Catching up: what changed after a cursor, each thing once and in its present state, of many streams at once.

use std::collections::HashMap;

use chinwag_model::stream::Standing;
use chinwag_model::{Change, ChangeKind, Cursor, Rev, RoomId, StreamId, UserId};
use uuid::Uuid;

use super::Snapshot;
use super::states::States;
use crate::commands::{Installation, Target};
use crate::database::{DatabaseError, Failed, Row};
use crate::questions::{Budget, ChangeRow, Last};
use crate::rows::stream_kind;
use crate::{Caught, CaughtUp, ChangePage, Followed, FollowedRoom, SYNC_STREAMS};

/// Streams in the order in which they are asked for, each with one's membership if it is a room's.
pub(in crate::postgres) const STREAMS: &str = r#"
    SELECT stream.id, stream.kind, stream.head, stream.floor, member.since
    FROM unnest($1::uuid[]) AS asked (id)
    JOIN stream ON stream.id = asked.id
    LEFT JOIN member ON member.room = stream.id AND member."user" = $2"#;

/// The change rows of some streams, each after a revision and up to another, with how long the text is that a message has
/// now.
pub(in crate::postgres) const CHANGES: &str = r#"
    SELECT change.stream, change.rev, change.kind, change.seq, change.target
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS asked (id, after, through)
    JOIN change ON change.stream = asked.id AND change.rev > asked.after AND change.rev <= asked.through"#;

/// The heads of streams in the order in which they are asked for.
pub(in crate::postgres) const HEADS: &str = "
    SELECT asked.place, stream.head FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (id, place)
    JOIN stream ON stream.id = asked.id";

/// The rooms that people are in.
pub(in crate::postgres) const FOLLOWED: &str = r#"
    SELECT member."user", member.room, stream.head, member.since
    FROM member JOIN stream ON stream.id = member.room WHERE member."user" = ANY($1)"#;

struct Stream {
    kind: i64,
    head: Rev,
    floor: Rev,
    since: Option<Rev>,
}

/// A stream that is behind, and what was found of it.
struct Behind {
    stream: StreamId,
    head: Rev,
    from: Rev,
    through: Rev,
    rows: Vec<ChangeRow>,
}

pub(in crate::postgres) async fn sync(
    snapshot: &Snapshot,
    user: UserId,
    cursors: Vec<(StreamId, Cursor)>,
) -> Result<CaughtUp, Failed> {
    let installation = snapshot.installation();
    let mut more = cursors.len() > SYNC_STREAMS;
    let asked: Vec<Uuid> = cursors.iter().take(SYNC_STREAMS).map(|(id, _)| id.0).collect();
    let known = streams(snapshot, &asked, user).await?;
    let mut budget = Budget::new();
    let (mut answers, mut behind) = (Vec::new(), Vec::new());
    for (id, cursor) in cursors.into_iter().take(SYNC_STREAMS) {
        let standing = match known.get(&id) {
            Some(stream) => {
                stream.standing(id, user, installation, cursor).map(|standing| (stream, standing))
            }
            None => None,
        };
        match standing {
            None => answers.push((id, Some(Caught::Gone))),
            Some((_, Standing::UpToDate)) => {}
            Some((_, Standing::Reset)) => answers.push((id, Some(Caught::Reset))),
            Some((stream, Standing::Behind)) => {
                answers.push((id, None));
                behind.push(Behind::new(id, stream, cursor.rev));
            }
        }
    }
    let mut pages = pages(snapshot, behind, &mut budget).await?;
    let mut streams = Vec::with_capacity(answers.len());
    for (id, answer) in answers {
        match answer.or_else(|| pages.remove(&id).map(Caught::Page)) {
            Some(answer) => streams.push((id, answer)),
            // There was no room for it.
            None => more = true,
        }
    }
    Ok(CaughtUp { epoch: installation.epoch, streams, more })
}

pub(in crate::postgres) async fn changes(
    snapshot: &Snapshot,
    after: Vec<(StreamId, Rev)>,
) -> Result<Vec<(StreamId, Option<ChangePage>)>, Failed> {
    let asked: Vec<Uuid> = after.iter().take(SYNC_STREAMS).map(|(id, _)| id.0).collect();
    let known = streams(snapshot, &asked, UserId(Uuid::nil())).await?;
    let (mut answers, mut behind) = (Vec::with_capacity(asked.len()), Vec::new());
    for (id, from) in after.into_iter().take(SYNC_STREAMS) {
        match known.get(&id).filter(|stream| (stream.floor..=stream.head).contains(&from)) {
            None => answers.push((id, Some(None))),
            Some(stream) if from == stream.head => {
                let page = ChangePage { from, through: from, head: from, changes: Vec::new() };
                answers.push((id, Some(Some(page))));
            }
            Some(stream) => {
                answers.push((id, None));
                behind.push(Behind::new(id, stream, from));
            }
        }
    }
    let mut pages = pages(snapshot, behind, &mut Budget::new()).await?;
    let answered = |(id, answer): (StreamId, Option<Option<ChangePage>>)| {
        // Without a page there was no room for it.
        answer.or_else(|| pages.remove(&id).map(Some)).map(|answer| (id, answer))
    };
    Ok(answers.into_iter().filter_map(answered).collect())
}

pub(in crate::postgres) async fn heads(
    snapshot: &Snapshot,
    streams: &[StreamId],
) -> Result<Vec<Rev>, Failed> {
    let ids: Vec<Uuid> = streams.iter().map(|stream| stream.0).collect();
    let mut heads = vec![Rev(0); ids.len()];
    for row in &snapshot.rows(HEADS, &[&ids]).await? {
        let row: &dyn Row = row;
        let place = row.get::<u64>(0)?.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        if let Some(head) = place.and_then(|place| heads.get_mut(place)) {
            *head = row.get(1)?;
        }
    }
    Ok(heads)
}

pub(in crate::postgres) async fn followed(
    snapshot: &Snapshot,
    users: &[UserId],
) -> Result<Vec<Followed>, Failed> {
    let own: Vec<StreamId> = users.iter().map(|user| StreamId::from(*user)).collect();
    let ids: Vec<Uuid> = users.iter().map(|user| user.0).collect();
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&ids];
    let (own, found) =
        futures_util::future::try_join(heads(snapshot, &own), snapshot.rows(FOLLOWED, &parameters)).await?;
    let mut rooms: HashMap<UserId, Vec<FollowedRoom>> = HashMap::new();
    for row in &found {
        let row: &dyn Row = row;
        let room = FollowedRoom { room: row.get::<RoomId>(1)?, head: row.get(2)?, since: row.get(3)? };
        rooms.entry(row.get(0)?).or_default().push(room);
    }
    let followed = users.iter().zip(own).map(|(user, own)| {
        let rooms = rooms.get(user).cloned().unwrap_or_default();
        Followed { own, rooms }
    });
    Ok(followed.collect())
}

async fn streams(
    snapshot: &Snapshot,
    ids: &[Uuid],
    user: UserId,
) -> Result<HashMap<StreamId, Stream>, Failed> {
    let mut streams = HashMap::with_capacity(ids.len());
    for row in &snapshot.rows(STREAMS, &[&ids, &user.0]).await? {
        let row: &dyn Row = row;
        let stream = Stream { kind: row.get(1)?, head: row.get(2)?, floor: row.get(3)?, since: row.get(4)? };
        streams.insert(StreamId(row.get(0)?), stream);
    }
    Ok(streams)
}

impl Stream {
    /// Where a cursor stands in it; `None`: it is not for this user.
    fn standing(
        &self,
        id: StreamId,
        user: UserId,
        installation: Installation,
        cursor: Cursor,
    ) -> Option<Standing> {
        let since = match self.kind {
            stream_kind::ROOM => self.since?,
            stream_kind::USER if id.as_user() != user => return None,
            _ => Rev(0),
        };
        Some(cursor.standing(installation.epoch, self.floor, self.head, since))
    }
}

impl Behind {
    fn new(stream: StreamId, known: &Stream, from: Rev) -> Self {
        Self { stream, head: known.head, from, through: from, rows: Vec::new() }
    }
}

/// What changed in these streams, as far as there is room in the answer.
async fn pages(
    snapshot: &Snapshot,
    mut behind: Vec<Behind>,
    budget: &mut Budget,
) -> Result<HashMap<StreamId, ChangePage>, Failed> {
    // Every revision above the floor has its row, so it is known before how many there are.
    let mut left = budget.changes;
    behind.retain_mut(|behind| {
        let missing = usize::try_from(behind.head.0 - behind.from.0).unwrap_or(usize::MAX);
        let taken = missing.min(left);
        left -= taken;
        behind.through = Rev(behind.from.0 + taken as u64);
        taken > 0
    });
    if behind.is_empty() {
        return Ok(HashMap::new());
    }
    change_rows(snapshot, &mut behind).await?;
    let mut wanted = Vec::new();
    for behind in &behind {
        let last = Last::of(&behind.rows);
        for row in &behind.rows {
            if let Some(kind) = last.stands_for(row) {
                wanted.push((behind.stream, kind, row.target));
            }
        }
    }
    let mut states = States::load(snapshot, &wanted).await?;
    let mut pages = HashMap::with_capacity(behind.len());
    for Behind { stream, head, from, rows, .. } in behind {
        if budget.is_spent() {
            break;
        }
        let last = Last::of(&rows);
        let mut page = ChangePage { from, through: from, head, changes: Vec::new() };
        for row in rows {
            budget.take_change();
            page.through = row.rev;
            let Some(kind) = last.stands_for(&row) else { continue };
            if let Some(state) = states.take(stream, kind, row.target) {
                let more = budget.take_state(&state);
                page.changes.push(Change { rev: row.rev, state, nonce: None });
                if !more {
                    break;
                }
            }
        }
        pages.insert(stream, page);
    }
    Ok(pages)
}

/// Finds the change rows of each stream.
async fn change_rows(snapshot: &Snapshot, behind: &mut [Behind]) -> Result<(), Failed> {
    let ids: Vec<Uuid> = behind.iter().map(|behind| behind.stream.0).collect();
    let after: Vec<i64> = behind.iter().map(|behind| behind.from.0.cast_signed()).collect();
    let through: Vec<i64> = behind.iter().map(|behind| behind.through.0.cast_signed()).collect();
    let places: HashMap<Uuid, usize> = ids.iter().copied().zip(0..).collect();
    for row in &snapshot.rows(CHANGES, &[&ids, &after, &through]).await? {
        let row: &dyn Row = row;
        let found = change_row(row)?;
        if let Some(behind) = places.get(&row.get(0)?).and_then(|place| behind.get_mut(*place)) {
            behind.rows.push(found);
        }
    }
    for behind in behind {
        behind.rows.sort_unstable_by_key(|row| row.rev);
    }
    Ok(())
}

fn change_row(row: &dyn Row) -> Result<ChangeRow, DatabaseError> {
    let target = match row.get::<Option<Rev>>(3)? {
        Some(seq) => Target::Seq(seq),
        None => Target::Id(row.get(4)?),
    };
    Ok(ChangeRow { rev: row.get(1)?, kind: ChangeKind::from_number(row.get(2)?), target })
}

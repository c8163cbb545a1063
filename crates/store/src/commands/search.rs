//! The search index: which words stand in which messages.
//!
//! Posting writes nothing to it. When a chunk of a room's history is full, so that nothing new comes into it, maintenance
//! writes down its words, all at once and in the order of their key. Messages that are not in the index yet are searched by
//! reading them: see [`questions::search`](crate::questions::search). So what is found does not depend on how far the index
//! is, and a post costs what it did.
//!
//! Whoever changes a message that is in the index changes the index with it, under the same lock: the words of what was
//! deleted stay nowhere. Where messages are removed because they are old, the index loses the whole chunk with the first of
//! them: what is left of it is searched by reading it.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use chinwag_model::change::State;
use chinwag_model::words::words;
use chinwag_model::{Message, Rev, RoomId, StreamId};

use super::{Batch, Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::places::{Places, chunk, fills_chunk, first};

/// Messages that are read at once.
const PAGE: usize = 64;
/// Words of messages after which a step takes no further page, so that no post waits for it for long: a chunk of chat has
/// about ten for each message.
const STEP_WORDS: usize = 16_000;
/// The same in bytes of text.
const STEP_BYTES: usize = 512 * 1024;

/// Of all nodes one does it at a time: the others would lock the same room.
const ALONE: &str = "search index";

/// From now on there is a chunk of this room to be written down.
const DUE: &str = "INSERT INTO search_room (room, below, due_at) VALUES ($1, 0, $2)
                   ON CONFLICT (room) DO UPDATE SET due_at = coalesce(search_room.due_at, excluded.due_at)";

/// A step: writes down a chunk, or what of it is not too much. Answers whether there may be more to do.
#[derive(Clone)]
pub(super) struct IndexWords;

impl Command for IndexWords {
    type Answer = bool;

    fn locks(&self, database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        if !database.is_alone_with(ALONE)? {
            return Ok(Locks::none());
        }
        Ok(due(database)?.map_or_else(Locks::none, |(room, _)| Locks::one(room)))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<bool, Failed> {
        // Whoever does it may be about to end with it, and not see what has come since.
        if !batch.is_alone_with(ALONE)? {
            return Ok(true);
        }
        batch.index_words()
    }
}

/// The room that has waited for longest, and below which of its revisions everything is in the index.
fn due(database: &dyn Database) -> Result<Option<(RoomId, Rev)>, DatabaseError> {
    database.first(
        "SELECT room, below FROM search_room WHERE due_at IS NOT NULL ORDER BY due_at, room LIMIT 1",
        parameters![],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Whether a change is one of a room's own stream.
fn is_of_room(stream: StreamId, state: &State) -> bool {
    match state {
        State::Message(_) | State::Member(_) | State::MemberGone(_) => true,
        State::Room(room) => stream == room.id.into(),
        State::Membership { .. } | State::MembershipGone { .. } | State::Person(_) => false,
    }
}

/// Some messages of a chunk, to be written down.
#[derive(Default)]
struct Words {
    places: BTreeMap<String, Places>,
    count: usize,
    bytes: usize,
}

impl Words {
    fn add(&mut self, seq: Rev, text: &str) {
        self.bytes += text.len();
        for word in words(text) {
            self.count += 1;
            self.places.entry(word).or_default().add(seq);
        }
    }

    fn is_enough(&self) -> bool {
        self.count >= STEP_WORDS || self.bytes >= STEP_BYTES
    }
}

impl Batch<'_> {
    /// To be called with each change: it may have filled a chunk of a room.
    pub(super) fn chunk_may_be_full(
        &self,
        stream: StreamId,
        rev: Rev,
        state: &State,
    ) -> Result<(), DatabaseError> {
        if fills_chunk(rev.previous(), rev) && is_of_room(stream, state) {
            self.write(DUE, parameters![stream, self.now()])?;
        }
        Ok(())
    }

    fn index_words(&mut self) -> Result<bool, Failed> {
        let Some((room, below)) = due(self.database())? else { return Ok(false) };
        let head = self.head(room.into())?;
        let full = chunk(head.next());
        // Nothing is written down of a chunk of which messages were removed.
        let mut below = below.max(bottom(floor(self.database(), room)?).min(first(full)));
        let number = chunk(below);
        if number < full {
            let (words, reached) = self.read_words(room, below, first(number + 1))?;
            self.add_words(room, number, words, below > first(number))?;
            below = reached;
        }
        let due_at = (chunk(below) < full).then(|| self.now());
        self.write(
            "UPDATE search_room SET below = $1, due_at = $2 WHERE room = $3",
            parameters![below, due_at, room],
        )?;
        Ok(true)
    }

    /// The words of messages from a revision to the end of its chunk, as far as that is not too much; and below which
    /// revision all have been read.
    fn read_words(&self, room: RoomId, from: Rev, end: Rev) -> Result<(Words, Rev), DatabaseError> {
        let (mut words, mut from) = (Words::default(), from);
        while from < end && !words.is_enough() {
            let page: Vec<(Rev, Option<String>)> = self.all(
                "SELECT seq, CASE WHEN kind = 0 AND deleted_at IS NULL THEN text END FROM message
                 WHERE room = $1 AND seq >= $2 AND seq < $3 ORDER BY seq LIMIT $4",
                parameters![room, from, end, PAGE],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            from = if page.len() < PAGE { end } else { page.last().map_or(end, |(seq, _)| seq.next()) };
            for (seq, text) in page {
                words.add(seq, &text.unwrap_or_default());
            }
        }
        Ok((words, from))
    }

    /// Adds words to those of a chunk, of which there may be some already.
    fn add_words(
        &mut self,
        room: RoomId,
        chunk: u64,
        mut words: Words,
        is_begun: bool,
    ) -> Result<(), DatabaseError> {
        if is_begun {
            let asked: Vec<&str> = words.places.keys().map(String::as_str).collect();
            for (word, places) in self.database().word_places(room, chunk, &asked)? {
                words.places.entry(word).or_default().add_all(Places::of(&places));
            }
        }
        let words: Vec<(String, Vec<u8>)> =
            words.places.into_iter().map(|(word, places)| (word, places.to_bytes())).collect();
        self.transaction().keep_words(room, chunk, &words)
    }

    /// A message has another text from now on, or none, at this revision: the index says so if it has it.
    pub(super) fn reword(
        &mut self,
        room: RoomId,
        message: &Message,
        text: Option<&str>,
        rev: Rev,
    ) -> Result<(), DatabaseError> {
        let seq = message.seq;
        if chunk(seq) >= chunk(rev.next()) || !indexed(self.database(), room)?.0.contains(&seq) {
            return Ok(());
        }
        let old = message.text().map(words).unwrap_or_default();
        let new = text.map(words).unwrap_or_default();
        let changed: Vec<&str> = old.symmetric_difference(&new).map(String::as_str).collect();
        let known = self.database().word_places(room, chunk(seq), &changed)?;
        let known: HashMap<String, Vec<u8>> = known.into_iter().collect();
        let mut kept = Vec::new();
        for word in changed {
            let mut places = known.get(word).map(|bytes| Places::of(bytes)).unwrap_or_default();
            if new.contains(word) {
                places.add(seq);
            } else {
                places.remove(seq);
            }
            if places.is_empty() {
                self.write(
                    "DELETE FROM search_word WHERE room = $1 AND chunk = $2 AND word = $3",
                    parameters![room, chunk(seq), word],
                )?;
            } else {
                kept.push((word.to_owned(), places.to_bytes()));
            }
        }
        self.transaction().keep_words(room, chunk(seq), &kept)
    }
}

/// The revisions of a room between which everything is in the index, and up to where everything was removed.
pub(crate) fn indexed(database: &dyn Database, room: RoomId) -> Result<(Range<Rev>, Rev), DatabaseError> {
    let found: Option<(Rev, Option<Rev>)> = database.first(
        "SELECT stream.floor, search_room.below FROM stream
         LEFT JOIN search_room ON search_room.room = stream.id WHERE stream.id = $1",
        parameters![room],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let (floor, below) = found.unwrap_or_default();
    let bottom = bottom(floor);
    Ok((bottom..below.unwrap_or_default().max(bottom), floor))
}

/// Up to where messages of a room were removed, and its changes.
pub(super) fn floor(database: &dyn Database, room: RoomId) -> Result<Rev, DatabaseError> {
    let floor = database.first("SELECT floor FROM stream WHERE id = $1", parameters![room], |row| row.get(0));
    Ok(floor?.unwrap_or_default())
}

/// From where on there are whole chunks, where everything up to `floor` was removed.
fn bottom(floor: Rev) -> Rev {
    if floor == Rev(0) { Rev(0) } else { first(chunk(floor) + 1) }
}

//! Finding messages by their words, the newest first.
//!
//! What is not in the index yet (see [`commands::search`](crate::commands)) is read, message by message; the rest is looked
//! up, chunk by chunk. One search does only so much of either, however long the history is, and answers where to go on.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chinwag_model::{Query, Rev, RoomId};

use super::beyond;
use super::rooms::readable;
use crate::commands::indexed;
use crate::database::{Database, DatabaseError, Failed, Row, parameters};
use crate::places::{Places, chunk, first};
use crate::{Found, Search};

/// Messages that are read at once.
const PAGE: usize = 64;
/// Most messages that one search reads.
const READ_MESSAGES: usize = 4_096;
/// Most bytes of their texts.
const READ_BYTES: usize = 1024 * 1024;
/// Most chunks that one search looks into.
const CHUNKS: u64 = 512;
/// Most chunks that are looked into by one statement. It begins with one, and twice as many each time: where much is found
/// the first has a page, where little is found there are few rows in many.
const WINDOW: u64 = 64;
/// Most words with one beginning that one statement answers, in all of its chunks.
const ROWS: usize = 4_096;
/// Most of them that one search goes through.
const ALL_ROWS: usize = 16_384;

/// Where a word stands in some chunks, the newest first. By a cross join SQLite goes from the chunks to the words, and not the
/// other way round, whatever it expects.
const WHOLE: &str = "
    WITH RECURSIVE asked (chunk) AS (
      SELECT CAST($1 AS bigint) UNION ALL SELECT asked.chunk - 1 FROM asked WHERE asked.chunk > $2
    )
    SELECT asked.chunk, found.places FROM asked CROSS JOIN search_word AS found
    WHERE found.room = $3 AND found.chunk = asked.chunk AND found.word = $4";

/// Where words stand that begin alike.
const BEGINNING: &str = "
    WITH RECURSIVE asked (chunk) AS (
      SELECT CAST($1 AS bigint) UNION ALL SELECT asked.chunk - 1 FROM asked WHERE asked.chunk > $2
    )
    SELECT asked.chunk, found.places FROM asked CROSS JOIN search_word AS found
    WHERE found.room = $3 AND found.chunk = asked.chunk AND found.word >= $4 AND found.word < $5
    LIMIT $6";

pub(crate) fn search(database: &dyn Database, search: &Search) -> Result<Found, Failed> {
    readable(database, search.room, search.by)?;
    let (indexed, floor) = indexed(database, search.room)?;
    let before = search.before.unwrap_or(Rev(u64::MAX));
    let mut walk = Walk {
        database,
        room: search.room,
        query: &search.query,
        // One more, to know whether there are more.
        wanted: search.limit.saturating_add(1),
        found: Vec::new(),
        read: Read::default(),
    };
    let mut stopped = walk.read_from(indexed.end, before)?;
    if stopped.is_none() {
        stopped = walk.look_up(indexed.start, indexed.end.min(before))?;
    }
    if stopped.is_none() {
        // What is left of a chunk of which messages were removed. Those that were are not gone through again.
        stopped = walk.read_from(floor.next(), indexed.start.min(before))?;
    }
    let mut seqs = walk.found;
    let more = seqs.len() > search.limit;
    seqs.truncate(search.limit);
    let before = if more { seqs.last().copied() } else { stopped };
    let mut messages = if seqs.is_empty() { Vec::new() } else { database.messages(search.room, &seqs)? };
    // The index says where to look, and the text whether it is so.
    messages.retain(|message| message.text().is_some_and(|text| search.query.matches(text)));
    Ok(Found { messages, before })
}

/// How much was read.
#[derive(Default)]
struct Read {
    messages: usize,
    bytes: usize,
}

/// The places in each of some chunks.
type InChunks = BTreeMap<u64, Places>;

/// A search on its way from the newest message to the oldest. What walks answers where it stopped if it had done enough,
/// and nothing if it came to the end of its part or found all that is wanted.
struct Walk<'a> {
    database: &'a dyn Database,
    room: RoomId,
    query: &'a Query,
    wanted: usize,
    found: Vec<Rev>,
    read: Read,
}

impl Walk<'_> {
    fn is_full(&self) -> bool {
        self.found.len() >= self.wanted
    }

    /// Reads the messages from one revision to before another.
    fn read_from(&mut self, from: Rev, before: Rev) -> Result<Option<Rev>, DatabaseError> {
        let mut before = before;
        while before > from && !self.is_full() {
            if self.read.messages >= READ_MESSAGES || self.read.bytes >= READ_BYTES {
                return Ok(Some(before));
            }
            let page: Vec<(Rev, Option<String>)> = self.database.all(
                "SELECT seq, CASE WHEN kind = 0 AND deleted_at IS NULL THEN text END FROM message
                 WHERE room = $1 AND seq >= $2 AND seq < $3 ORDER BY seq DESC LIMIT $4",
                parameters![self.room, from, before, PAGE],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let is_last = page.len() < PAGE;
            for (seq, text) in page {
                before = seq;
                let text = text.unwrap_or_default();
                self.read.messages += 1;
                self.read.bytes += text.len();
                if !self.is_full() && self.query.matches(&text) {
                    self.found.push(seq);
                }
            }
            if is_last {
                break;
            }
        }
        Ok(None)
    }

    /// Looks up the messages from the first revision of a chunk to before another, between which all are in the index.
    fn look_up(&mut self, from: Rev, before: Rev) -> Result<Option<Rev>, DatabaseError> {
        let lowest = chunk(from);
        let mut next = if before > from { Some(chunk(before.previous())) } else { None };
        let (mut width, mut widest) = (1, WINDOW);
        let (mut chunks, mut rows) = (0, 0);
        while let Some(high) = next
            && !self.is_full()
        {
            if chunks >= CHUNKS || rows >= ALL_ROWS {
                return Ok(Some(before.min(first(high + 1))));
            }
            let low = (high + 1).saturating_sub(width).max(lowest);
            match self.in_chunks(low..=high, &mut rows)? {
                Some(found) => {
                    let seqs = found.iter().rev().flat_map(|(chunk, places)| places.newest_first(*chunk));
                    let left = self.wanted - self.found.len();
                    self.found.extend(seqs.filter(|seq| *seq < before).take(left));
                }
                None if width > 1 => {
                    widest = width / 2;
                    width = widest;
                    continue;
                }
                // So many words begin like this that it is less to read.
                None => {
                    if let Some(stopped) = self.read_from(first(high), before.min(first(high + 1)))? {
                        return Ok(Some(stopped));
                    }
                }
            }
            chunks += high - low + 1;
            next = low.checked_sub(1).filter(|next| *next >= lowest);
            width = (width * 2).min(widest);
        }
        Ok(None)
    }

    /// The places where all words stand, in each of these chunks that has any. `None`: there are too many words with this
    /// beginning. Counts into `rows` how many it went through.
    fn in_chunks(
        &self,
        chunks: RangeInclusive<u64>,
        rows: &mut usize,
    ) -> Result<Option<InChunks>, DatabaseError> {
        let (mut low, mut high) = (*chunks.start(), *chunks.end());
        let mut all: Option<InChunks> = None;
        for word in self.query.whole() {
            let found = self.database.all(WHOLE, parameters![high, low, self.room, word], in_chunk)?;
            let found = intersection(all, found);
            let (Some((oldest, _)), Some((newest, _))) = (found.first_key_value(), found.last_key_value())
            else {
                return Ok(Some(found));
            };
            (low, high) = (*oldest, *newest);
            all = Some(found);
        }
        let beginning = self.query.beginning();
        let found = self.database.all(
            BEGINNING,
            parameters![high, low, self.room, beginning, &beyond(beginning), ROWS],
            in_chunk,
        )?;
        *rows += found.len();
        Ok((found.len() < ROWS).then(|| intersection(all, found)))
    }
}

fn in_chunk(row: &dyn Row) -> Result<(u64, Places), DatabaseError> {
    Ok((row.get(0)?, Places::of(&row.get::<Vec<u8>>(1)?)))
}

/// What was found, as far as it stands in all that there was before.
fn intersection(all: Option<InChunks>, found: Vec<(u64, Places)>) -> InChunks {
    let mut joined = InChunks::new();
    for (chunk, places) in found {
        joined.entry(chunk).or_default().add_all(places);
    }
    if let Some(all) = all {
        joined.retain(|chunk, places| {
            match all.get(chunk) {
                Some(others) => places.keep(others),
                None => *places = Places::default(),
            }
            !places.is_empty()
        });
    }
    joined
}

//! Copying rows, a chunk of them in one transaction. While PostgreSQL takes one the next is read.

use std::sync::Arc;

use rusqlite::types::Value;
use tokio::task::JoinHandle;
use tokio_postgres::Row;
use uuid::Uuid;

use super::error::TransferError;
use super::gauge::Gauge;
use super::reading::{Place, Reading};
use super::rows::Chunk;
use super::tables::{Kind, TABLES, Table};
use super::{Chunks, Way};
use crate::postgres::Cause;
use crate::progress::Part;

/// How much a buffer can take beyond what a chunk is to have.
const MORE: usize = 64 * 1024;

/// Copies every row that has not been.
pub(super) fn copy_all(way: &Way<'_>, reading: &Reading<'_>, chunks: Chunks) -> Result<(), TransferError> {
    let (mut all, mut left, mut places) = (0, 0, Vec::new());
    for table in TABLES {
        let place = place(way, table)?;
        let rows = reading.count(table, None)?;
        all += rows;
        left += if place.is_some() { reading.count(table, place.as_ref())? } else { rows };
        places.push((table, place));
    }
    let bytes = way.source.bytes().map_err(|reason| TransferError::reading(way.folder, reason))?;
    let mut gauge = Gauge::new(reading.progress, Part::Copying, bytes, all);
    gauge.add(all.saturating_sub(left));
    for (table, place) in places {
        let mut copy = Copy { way, table, chunks, chunk: None, under_way: None, gauge: &mut gauge };
        let read = reading.each(table, place.as_ref(), &mut |row| copy.add(row));
        // What is under way is waited for in any case: the next who begins finds where it stopped.
        let copied = if read.is_ok() { copy.send() } else { Ok(()) };
        let ended = copy.wait();
        read.and(copied).and(ended)?;
    }
    Ok(())
}

/// Up to where a table has been copied.
fn place(way: &Way<'_>, table: &'static Table) -> Result<Option<Place>, TransferError> {
    let Some(row) = way.ask(way.target.first(&table.last()))? else { return Ok(None) };
    let key = table.columns.iter().take(table.key).enumerate();
    let place = key.map(|(number, column)| value(&row, number, column.kind)).collect::<Result<_, _>>();
    place.map(Some).map_err(|error| TransferError::at(&way.target, &error.into()))
}

fn value(row: &Row, column: usize, kind: Kind) -> Result<Value, tokio_postgres::Error> {
    Ok(match kind {
        Kind::Id => Value::Blob(row.try_get::<_, Uuid>(column)?.as_bytes().to_vec()),
        Kind::Bytes => Value::Blob(row.try_get(column)?),
        Kind::Integer => Value::Integer(row.try_get(column)?),
        Kind::Small => Value::Integer(row.try_get::<_, i16>(column)?.into()),
        Kind::Text => Value::Text(row.try_get(column)?),
    })
}

/// Copying one table.
struct Copy<'a> {
    way: &'a Way<'a>,
    table: &'static Table,
    chunks: Chunks,
    /// What is read now.
    chunk: Option<Chunk>,
    /// What PostgreSQL is taking.
    under_way: Option<JoinHandle<Result<u64, Cause>>>,
    gauge: &'a mut Gauge,
}

impl Copy<'_> {
    fn add(&mut self, row: &[u8]) -> Result<(), TransferError> {
        let bytes = self.chunks.bytes;
        let chunk = self.chunk.get_or_insert_with(|| Chunk::with_capacity(bytes + MORE));
        chunk.add(row);
        if chunk.rows >= self.chunks.rows || chunk.len() >= bytes { self.send() } else { Ok(()) }
    }

    /// Sends what was read, once PostgreSQL has taken what was sent before.
    fn send(&mut self) -> Result<(), TransferError> {
        self.wait()?;
        if let Some(chunk) = self.chunk.take() {
            let (target, sql) = (Arc::clone(&self.way.target), self.table.copy_in());
            let chunk = chunk.finish();
            let copying = async move { target.copy_in(&sql, chunk).await };
            self.under_way = Some(self.way.runtime.spawn(copying));
        }
        Ok(())
    }

    /// Waits until PostgreSQL has taken what was sent.
    fn wait(&mut self) -> Result<(), TransferError> {
        if let Some(under_way) = self.under_way.take() {
            let rows = self.way.join(under_way)?;
            self.gauge.add(rows);
        }
        Ok(())
    }
}

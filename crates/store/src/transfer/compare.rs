//! Comparing what was copied with what there is: every row is read once more on both sides, each from one snapshot.

use std::sync::Arc;

use futures_util::TryStreamExt;
use sha2::{Digest as _, Sha256};

use super::Way;
use super::error::TransferError;
use super::gauge::Gauge;
use super::reading::Reading;
use super::rows::Reader;
use super::tables::{TABLES, Table};
use crate::postgres::{Cause, Target};
use crate::progress::{Part, Progress};

/// Between two times that it is told how far it is, in rows.
const STEP: u64 = 1_000;

/// What all rows of a table come to, in the order of their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digest {
    pub(super) rows: u64,
    sha256: Vec<u8>,
}

/// Rows that are being digested.
#[derive(Default)]
struct Digesting {
    rows: u64,
    sha256: Sha256,
}

impl Digesting {
    fn add(&mut self, row: &[u8]) {
        self.rows += 1;
        self.sha256.update(row);
    }

    fn finish(self) -> Digest {
        Digest { rows: self.rows, sha256: self.sha256.finalize().to_vec() }
    }
}

/// Compares all tables. Answers how many rows each has.
///
/// # Errors
/// The first one that differs.
pub(super) fn compare_all(
    way: &Way<'_>,
    reading: &Reading<'_>,
) -> Result<Vec<(&'static str, u64)>, TransferError> {
    let bytes = way.source.bytes().map_err(|reason| TransferError::reading(way.folder, reason))?;
    let mut all = 0;
    for table in TABLES {
        all += reading.count(table, None)?;
    }
    let mut gauge = Gauge::new(reading.progress, Part::Checking, bytes, all);
    way.ask(way.target.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))?;
    let mut counts = Vec::new();
    for table in TABLES {
        let (target, progress) = (Arc::clone(&way.target), reading.progress.clone());
        let there = way.runtime.spawn(async move { digest_there(&target, table, &progress).await });
        let here = digest_here(reading, table, &mut gauge)?;
        let there = way.join(there)?;
        if reading.progress.is_stopped() {
            return Err(TransferError::Stopped);
        }
        if here != there {
            way.ask(way.target.run("ROLLBACK"))?;
            return Err(TransferError::Differs {
                address: way.target.address().to_owned(),
                schema: way.target.schema().to_owned(),
                table: table.name,
                found: there.rows,
                wanted: here.rows,
            });
        }
        counts.push((table.name, here.rows));
    }
    way.ask(way.target.run("COMMIT"))?;
    Ok(counts)
}

fn digest_here(reading: &Reading<'_>, table: &Table, gauge: &mut Gauge) -> Result<Digest, TransferError> {
    let mut digesting = Digesting::default();
    reading.each(table, None, &mut |row| {
        digesting.add(row);
        if digesting.rows.is_multiple_of(STEP) {
            gauge.add(STEP);
        }
        Ok(())
    })?;
    gauge.add(digesting.rows % STEP);
    Ok(digesting.finish())
}

async fn digest_there(target: &Target, table: &Table, progress: &Progress) -> Result<Digest, Cause> {
    let mut digesting = Digesting::default();
    let mut reader = Reader::default();
    let rows = target.copy_out(&table.copy_out()).await?;
    let mut rows = std::pin::pin!(rows);
    while let Some(bytes) = rows.try_next().await? {
        reader.push(&bytes, |row| digesting.add(row));
        if progress.is_stopped() {
            break;
        }
    }
    if !reader.is_ended() && !progress.is_stopped() {
        return Err(Cause::Away("it stopped in the middle of its answer".into()));
    }
    Ok(digesting.finish())
}

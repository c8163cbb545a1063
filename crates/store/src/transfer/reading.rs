//! Reading rows from SQLite, as PostgreSQL takes them.

use std::path::Path;

use chinwag_model::Millis;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params_from_iter};

use super::error::TransferError;
use super::nonces;
use super::rows::{Row, shown};
use super::tables::{NONCES, Table};
use crate::progress::Progress;

/// The key of a row.
pub(super) type Place = Vec<Value>;

/// Why rows are not read on.
pub(super) enum Fault {
    Sqlite(rusqlite::Error),
    Other(TransferError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// What is read, and how.
pub(super) struct Reading<'a> {
    pub(super) folder: &'a Path,
    pub(super) connection: &'a Connection,
    pub(super) progress: &'a Progress,
    /// From when on nonces are kept for as long as they have to be.
    pub(super) at: Millis,
}

impl Reading<'_> {
    /// How many rows of a table come after a place; all without one.
    pub(super) fn count(&self, table: &Table, after: Option<&Place>) -> Result<u64, TransferError> {
        let count = if table.name == NONCES {
            nonces::count(self.connection, after.and_then(|key| key.get(1)))
        } else {
            let parameters = params_from_iter(after.into_iter().flatten());
            let count = self
                .connection
                .query_row(&table.count(after.is_some()), parameters, |row| row.get::<_, i64>(0));
            count.map(i64::unsigned_abs)
        };
        count.map_err(|reason| TransferError::reading(self.folder, reason))
    }

    /// Takes each row of a table that comes after a place, all without one, in the order of the keys.
    pub(super) fn each(
        &self,
        table: &Table,
        after: Option<&Place>,
        take: &mut dyn FnMut(&[u8]) -> Result<(), TransferError>,
    ) -> Result<(), TransferError> {
        let mut row = Row::default();
        let mut take = |values: &[ValueRef<'_>]| {
            if self.progress.is_stopped() {
                return Err(Fault::Other(TransferError::Stopped));
            }
            row.begin(values.len());
            for (column, value) in table.columns.iter().zip(values) {
                row.add(column, *value)
                    .map_err(|misfit| Fault::Other(self.damaged(table, values, misfit.0)))?;
            }
            take(row.as_bytes()).map_err(Fault::Other)
        };
        let done = if table.name == NONCES {
            nonces::each(self.connection, self.at, after.and_then(|key| key.get(1)), &mut take)
        } else {
            self.each_of(table, after, &mut take)
        };
        done.map_err(|fault| match fault {
            Fault::Sqlite(reason) => TransferError::reading(self.folder, reason),
            Fault::Other(error) => error,
        })
    }

    fn each_of(
        &self,
        table: &Table,
        after: Option<&Place>,
        take: &mut dyn FnMut(&[ValueRef<'_>]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut statement = self.connection.prepare(&table.select(after.is_some()))?;
        let mut rows = statement.query(params_from_iter(after.into_iter().flatten()))?;
        while let Some(row) = rows.next()? {
            let mut values = [ValueRef::Null; WIDEST];
            let values = values.get_mut(..table.columns.len()).unwrap_or_default();
            for (number, value) in values.iter_mut().enumerate() {
                *value = row.get_ref(number)?;
            }
            take(values)?;
        }
        Ok(())
    }

    fn damaged(&self, table: &Table, values: &[ValueRef<'_>], what: String) -> TransferError {
        let key = table.columns.get(..table.key).unwrap_or_default();
        TransferError::Damaged {
            folder: self.folder.to_owned(),
            table: table.name,
            key: shown(key, values),
            what,
        }
    }
}

/// Most columns of a table.
const WIDEST: usize = 16;

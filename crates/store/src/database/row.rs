//! Values that are found in rows.

use chinwag_model::{MemberRole, Millis, Rev, Role, RoomId, RoomKind, SessionKey, Standing, UserId};
use uuid::Uuid;

use super::DatabaseError;
use crate::rows;

/// A row of what a statement answered. Columns are counted from 0.
pub(crate) trait Row {
    /// Whether there is no value.
    fn is_null(&self, column: usize) -> Result<bool, DatabaseError>;
    /// A whole number, or whether something is so (1) or not (0).
    fn integer(&self, column: usize) -> Result<i64, DatabaseError>;
    /// A text.
    fn text(&self, column: usize) -> Result<String, DatabaseError>;
    /// Bytes.
    fn bytes(&self, column: usize) -> Result<Vec<u8>, DatabaseError>;
    /// An id.
    fn id(&self, column: usize) -> Result<Uuid, DatabaseError>;
}

impl dyn Row + '_ {
    /// The value of a column.
    pub(crate) fn get<T: Column>(&self, column: usize) -> Result<T, DatabaseError> {
        T::of(self, column)
    }
}

/// What can be found in a column.
pub(crate) trait Column: Sized {
    /// Takes it from there.
    fn of(row: &dyn Row, column: usize) -> Result<Self, DatabaseError>;
}

impl<T: Column> Column for Option<T> {
    fn of(row: &dyn Row, column: usize) -> Result<Self, DatabaseError> {
        if row.is_null(column)? { Ok(None) } else { T::of(row, column).map(Some) }
    }
}

/// Lets a type be found in a column, made of what the row says.
macro_rules! columns {
    ($($type:ty: $row:ident, $column:ident => $value:expr;)*) => {
        $(impl Column for $type {
            fn of($row: &dyn Row, $column: usize) -> Result<Self, DatabaseError> {
                Ok($value)
            }
        })*
    };
}

columns! {
    i64: row, column => row.integer(column)?;
    u32: row, column => number(row, column)?;
    u64: row, column => number(row, column)?;
    bool: row, column => row.integer(column)? != 0;
    String: row, column => row.text(column)?;
    Vec<u8>: row, column => row.bytes(column)?;
    Uuid: row, column => row.id(column)?;
    UserId: row, column => Self(row.id(column)?);
    RoomId: row, column => Self(row.id(column)?);
    Rev: row, column => Self(row.integer(column)?.unsigned_abs());
    Millis: row, column => Self(row.integer(column)?);
    Role: row, column => rows::role(row.integer(column)?);
    Standing: row, column => rows::standing(row.integer(column)?);
    RoomKind: row, column => rows::room_kind(row.integer(column)?);
    MemberRole: row, column => rows::member_role(row.integer(column)?);
    SessionKey: row, column => Self(
        row.bytes(column)?.try_into().map_err(|_| DatabaseError::malformed("a key does not have 32 bytes"))?,
    );
}

fn number<T: TryFrom<i64>>(row: &dyn Row, column: usize) -> Result<T, DatabaseError> {
    let number = row.integer(column)?;
    T::try_from(number).map_err(|_| DatabaseError::malformed(format!("{number} is too large or too small")))
}

//! Values on their way to and from PostgreSQL.

use std::error::Error;

use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use super::failure::Cause;
use crate::database::{DatabaseError, Parameter, Row};

/// The parameters of a statement.
pub(super) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

type Fault = Box<dyn Error + Send + Sync>;

impl ToSql for Parameter<'_> {
    fn to_sql(&self, wanted: &Type, out: &mut bytes::BytesMut) -> Result<IsNull, Fault> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) if *wanted == Type::INT2 => i16::try_from(*number)?.to_sql(wanted, out),
            Self::Integer(number) => number.to_sql(wanted, out),
            Self::Text(text) => text.to_sql(wanted, out),
            Self::Bytes(bytes) => bytes.to_sql(wanted, out),
            Self::Id(id) => id.to_sql(wanted, out),
        }
    }

    fn accepts(wanted: &Type) -> bool {
        matches!(*wanted, Type::INT2 | Type::INT8 | Type::TEXT | Type::BYTEA | Type::UUID)
    }

    fn to_sql_checked(&self, wanted: &Type, out: &mut bytes::BytesMut) -> Result<IsNull, Fault> {
        let fits = match self {
            Self::Null => Self::accepts(wanted),
            Self::Integer(_) => matches!(*wanted, Type::INT2 | Type::INT8),
            Self::Text(_) => *wanted == Type::TEXT,
            Self::Bytes(_) => *wanted == Type::BYTEA,
            Self::Id(_) => *wanted == Type::UUID,
        };
        if fits { self.to_sql(wanted, out) } else { Err(format!("{self:?} is no {wanted}").into()) }
    }
}

/// A [`Parameter`] that belongs to a statement which is under way.
#[derive(Debug)]
pub(super) enum Owned {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
    Id(Uuid),
}

impl From<&Parameter<'_>> for Owned {
    fn from(parameter: &Parameter<'_>) -> Self {
        match parameter {
            Parameter::Null => Self::Null,
            Parameter::Integer(number) => Self::Integer(*number),
            Parameter::Text(text) => Self::Text((*text).to_owned()),
            Parameter::Bytes(bytes) => Self::Bytes(bytes.to_vec()),
            Parameter::Id(id) => Self::Id(*id),
        }
    }
}

impl Owned {
    fn borrowed(&self) -> Parameter<'_> {
        match self {
            Self::Null => Parameter::Null,
            Self::Integer(number) => Parameter::Integer(*number),
            Self::Text(text) => Parameter::Text(text),
            Self::Bytes(bytes) => Parameter::Bytes(bytes),
            Self::Id(id) => Parameter::Id(*id),
        }
    }
}

impl ToSql for Owned {
    fn to_sql(&self, wanted: &Type, out: &mut bytes::BytesMut) -> Result<IsNull, Fault> {
        self.borrowed().to_sql_checked(wanted, out)
    }

    fn accepts(wanted: &Type) -> bool {
        Parameter::accepts(wanted)
    }

    to_sql_checked!();
}

impl Row for tokio_postgres::Row {
    fn is_null(&self, column: usize) -> Result<bool, DatabaseError> {
        Ok(self.try_get::<_, Anything>(column).map_err(Cause::from)?.0)
    }

    fn integer(&self, column: usize) -> Result<i64, DatabaseError> {
        Ok(self.try_get::<_, Integer>(column).map_err(Cause::from)?.0)
    }

    fn text(&self, column: usize) -> Result<String, DatabaseError> {
        Ok(self.try_get(column).map_err(Cause::from)?)
    }

    fn bytes(&self, column: usize) -> Result<Vec<u8>, DatabaseError> {
        Ok(self.try_get(column).map_err(Cause::from)?)
    }

    fn id(&self, column: usize) -> Result<Uuid, DatabaseError> {
        Ok(self.try_get(column).map_err(Cause::from)?)
    }
}

/// Whether there is no value, of whatever type.
struct Anything(bool);

impl FromSql<'_> for Anything {
    fn from_sql(_type: &Type, _raw: &[u8]) -> Result<Self, Fault> {
        Ok(Self(false))
    }

    fn from_sql_null(_type: &Type) -> Result<Self, Fault> {
        Ok(Self(true))
    }

    fn accepts(_type: &Type) -> bool {
        true
    }
}

/// A whole number of whatever width, or whether something is so.
struct Integer(i64);

impl FromSql<'_> for Integer {
    fn from_sql(found: &Type, raw: &[u8]) -> Result<Self, Fault> {
        Ok(Self(match *found {
            Type::INT2 => i16::from_sql(found, raw)?.into(),
            Type::INT4 => i32::from_sql(found, raw)?.into(),
            Type::BOOL => bool::from_sql(found, raw)?.into(),
            _ => i64::from_sql(found, raw)?,
        }))
    }

    fn accepts(found: &Type) -> bool {
        matches!(*found, Type::INT2 | Type::INT4 | Type::INT8 | Type::BOOL)
    }
}

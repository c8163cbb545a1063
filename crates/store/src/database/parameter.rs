//! Values that are given to statements.

use chinwag_model::{
    MemberRole, Millis, Rev, Role, RoomId, RoomKind, SessionKey, Standing, StreamId, UserId,
};
use uuid::Uuid;

use crate::rows;

/// A value for a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parameter<'a> {
    Null,
    Integer(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
    Id(Uuid),
}

/// The parameters of a statement, each made of what it is.
macro_rules! parameters {
    ($($value:expr),* $(,)?) => { &[$($crate::database::Parameter::from($value)),*] };
}
pub(crate) use parameters;

impl From<i64> for Parameter<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u32> for Parameter<'_> {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<usize> for Parameter<'_> {
    fn from(number: usize) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u64> for Parameter<'_> {
    fn from(number: u64) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Parameter<'_> {
    fn from(flag: bool) -> Self {
        Self::Integer(flag.into())
    }
}

impl From<Rev> for Parameter<'_> {
    fn from(rev: Rev) -> Self {
        Self::from(rev.0)
    }
}

impl From<Millis> for Parameter<'_> {
    fn from(at: Millis) -> Self {
        Self::Integer(at.0)
    }
}

impl From<Role> for Parameter<'_> {
    fn from(role: Role) -> Self {
        Self::Integer(rows::role_number(role))
    }
}

impl From<Standing> for Parameter<'_> {
    fn from(standing: Standing) -> Self {
        Self::Integer(rows::standing_number(standing))
    }
}

impl From<RoomKind> for Parameter<'_> {
    fn from(kind: RoomKind) -> Self {
        Self::Integer(rows::room_kind_number(kind))
    }
}

impl From<MemberRole> for Parameter<'_> {
    fn from(role: MemberRole) -> Self {
        Self::Integer(rows::member_role_number(role))
    }
}

impl<'a> From<&'a str> for Parameter<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Parameter<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Parameter<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a SessionKey> for Parameter<'a> {
    fn from(key: &'a SessionKey) -> Self {
        Self::Bytes(&key.0)
    }
}

impl From<Uuid> for Parameter<'_> {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

impl From<UserId> for Parameter<'_> {
    fn from(id: UserId) -> Self {
        Self::Id(id.0)
    }
}

impl From<RoomId> for Parameter<'_> {
    fn from(id: RoomId) -> Self {
        Self::Id(id.0)
    }
}

impl From<StreamId> for Parameter<'_> {
    fn from(id: StreamId) -> Self {
        Self::Id(id.0)
    }
}

impl<'a, T: Into<Parameter<'a>>> From<Option<T>> for Parameter<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

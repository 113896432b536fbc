//! Types of columns for which the two databases need different Rust types.

use chrono::{DateTime, SubsecRound as _, Utc};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Postgres, Sqlite, Type};
use std::net::IpAddr;
use std::time::SystemTime;
use uuid::Uuid;

/// An id: `UUID` in PostgreSQL, its text in SQLite, where people look at tables with tools that don't know UUIDs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id(pub Uuid);

/// An address: `INET` in PostgreSQL, its text in SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address(pub IpAddr);

macro_rules! as_text_in_sqlite {
    ($name:ident, $inner:ty) => {
        impl Type<Postgres> for $name {
            fn type_info() -> <Postgres as Database>::TypeInfo {
                <$inner as Type<Postgres>>::type_info()
            }

            fn compatible(ty: &<Postgres as Database>::TypeInfo) -> bool {
                <$inner as Type<Postgres>>::compatible(ty)
            }
        }

        impl Encode<'_, Postgres> for $name {
            fn encode_by_ref(
                &self,
                buffer: &mut <Postgres as Database>::ArgumentBuffer,
            ) -> Result<IsNull, BoxDynError> {
                Encode::<Postgres>::encode_by_ref(&self.0, buffer)
            }
        }

        impl<'r> Decode<'r, Postgres> for $name {
            fn decode(value: <Postgres as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
                <$inner as Decode<Postgres>>::decode(value).map(Self)
            }
        }

        impl Type<Sqlite> for $name {
            fn type_info() -> <Sqlite as Database>::TypeInfo {
                <str as Type<Sqlite>>::type_info()
            }

            fn compatible(ty: &<Sqlite as Database>::TypeInfo) -> bool {
                <str as Type<Sqlite>>::compatible(ty)
            }
        }

        impl Encode<'_, Sqlite> for $name {
            fn encode_by_ref(&self, buffer: &mut <Sqlite as Database>::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                Encode::<Sqlite>::encode(self.0.to_string(), buffer)
            }
        }

        impl<'r> Decode<'r, Sqlite> for $name {
            fn decode(value: <Sqlite as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
                Ok(Self(<&str as Decode<Sqlite>>::decode(value)?.parse()?))
            }
        }
    };
}

as_text_in_sqlite!(Id, Uuid);
as_text_in_sqlite!(Address, IpAddr);

/// A time as both databases keep it: PostgreSQL has microseconds.
pub(super) fn time(at: SystemTime) -> DateTime<Utc> {
    DateTime::<Utc>::from(at).trunc_subsecs(6)
}

/// This moment.
pub(super) fn now() -> DateTime<Utc> {
    time(SystemTime::now())
}

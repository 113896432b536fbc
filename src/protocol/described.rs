//! How data types that are not ours stand in the description of the HTTP interface.

use utoipa::openapi::Object;
use utoipa::openapi::schema::{ObjectBuilder, Type};

/// [`crate::media::protocol::MediaKind`]: `"audio"` or `"video"`.
pub fn media_kind() -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["audio", "video"])).build()
}

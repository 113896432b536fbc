//! `/calls/{id}/recording…`: there for clients that know these routes; this version records nothing.

use super::super::access::Access;
use super::super::problem::{self, Problem};
use super::CallDesk;
use super::names::Names;
use crate::protocol::{ErrorCode, Permission};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;

problem::responses! { Unsupported:
    501 "`UNSUPPORTED`: this version records nothing",
}

macro_rules! unsupported {
    ($name:ident, $method:ident, $path:literal, $operation:literal, $summary:literal, $permission:ident, [$($param:literal),*]) => {
        #[doc = $summary]
        #[utoipa::path($method, path = $path, operation_id = $operation, tag = "recordings",
            security((), ("token" = []), ("apiKey" = [])),
            params(
                ("id" = String, Path, description = "The call's own id, or its `callId`", example = "team-standup"),
                $(($param = String, Path)),*
            ),
            responses(problem::Reading, problem::NoSuchCall, Unsupported))]
        pub(super) async fn $name(
            State(desk): State<CallDesk>,
            Extension(access): Extension<Access>,
            names: Names,
        ) -> Result<(), Problem> {
            desk.find(&access, Permission::$permission, &names.id).await?;
            let detail = "this version records nothing";
            Err(Problem::new(StatusCode::NOT_IMPLEMENTED, ErrorCode::Unsupported, detail))
        }
    };
}

unsupported!(start, post, "/{id}/recording/start", "startRecording", "Start a recording", Record, []);
unsupported!(stop, post, "/{id}/recording/stop", "stopRecording", "Stop a recording", Record, []);
unsupported!(list, get, "/{id}/recordings", "listRecordings", "Recordings of a call", ViewCall, []);
unsupported!(get, get, "/{id}/recording/{recordingId}", "getRecording", "One recording", ViewCall, ["recordingId"]);
unsupported!(
    delete,
    delete,
    "/{id}/recording/{recordingId}",
    "deleteRecording",
    "Delete a recording",
    Record,
    ["recordingId"]
);
unsupported!(
    file,
    get,
    "/{id}/recording/{recordingId}/files/{name}",
    "getRecordingFile",
    "A recording's file",
    ViewCall,
    ["recordingId", "name"]
);

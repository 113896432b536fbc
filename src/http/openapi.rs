//! `GET /openapi.json`: every endpoint as it is described where it is written, put together once.

use super::problem::{self, Problem};
use axum::http::header;
use axum::routing::{MethodRouter, get};
use bytes::Bytes;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

/// What does not belong to one endpoint.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "colloquy",
        description = "Calls by HTTP: for the backend of an application, for operators and for probes. \
            Clients take part in calls by Socket.IO, which is described elsewhere.\n\n\
            Answers with data are JSON. Errors are problem details (RFC 9457, `application/problem+json`) whose `code` \
            is one of a fixed list, for programs; `detail` is for people, and names the field or the limit."
    ),
    components(schemas(Problem)),
    modifiers(&Ways),
    tags(
        (name = "probes", description = "Whether the server is alive, and what goes on. Open to everybody who reaches \
            them: let the proxy in front keep the public from them."),
        (name = "media", description = "What clients need to find a path for their media."),
        (name = "calls", description = "A call is there from its booking, or from its room's opening, to its end. Its \
            `callId` is the name that clients join by. The same routes are at `/video-calls`."),
        (name = "participants", description = "A participant is one stay of somebody in a call; its id is that of the \
            peer in signaling."),
        (name = "recordings", description = "This version records nothing: these routes answer `UNSUPPORTED`."),
        (name = "tokens", description = "Letting people in: tokens are made for who has an API key, and shown by clients."),
        (name = "operation", description = "Taking a server out of service. Open to who has `server.admin_token`.")
    )
)]
struct Description;

/// How callers say who they are.
struct Ways;

impl Modify for Ways {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let http = |scheme, description: &str| {
            SecurityScheme::Http(HttpBuilder::new().scheme(scheme).description(Some(description)).build())
        };
        let admin = http(HttpAuthScheme::Bearer, "The secret of `server.admin_token`.");
        components.add_security_scheme("adminToken", admin);
        let key = http(HttpAuthScheme::Basic, "The id and the secret of an API key: all calls that the key is for.");
        components.add_security_scheme("apiKey", key);
        let mut token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
        token = token.description(Some("What the token's role or permissions allow, in the calls that it is for."));
        components.add_security_scheme("token", SecurityScheme::Http(token.build()));
    }
}

problem::responses! {
    /// Who is not let in; where `auth.required` is off, only those who show something that is not good, or too little.
    Denied:
    401 "No token or key where one is needed, or one that is not good",
    403 "The permission is missing, or the call is none of the caller's",
}

/// The description without any endpoint.
pub(super) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// Serves it as it is then.
///
/// # Panics
/// What utoipa builds is JSON.
pub(super) fn serve<S: Clone + Send + Sync + 'static>(openapi: &utoipa::openapi::OpenApi) -> MethodRouter<S> {
    let text = Bytes::from(serde_json::to_vec(openapi).expect("a description is JSON"));
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    get(async move || (headers, text))
}

//! Calls over HTTP: one verb a file. What a caller may see or do is decided in one place, [`find`], and what goes on in
//! a room by the room.

mod answer;
mod conditions;
mod create;
mod desk;
mod end;
mod errors;
mod find;
mod get;
mod kick;
mod list;
mod moderate;
mod mute;
mod names;
mod pace;
mod paging;
mod participants;
mod recording;
mod repeat;
mod role;
mod turns;
mod update;

pub use desk::{CallDesk, CallDeskSettings};

use super::{HttpState, problem};
use axum::http::{HeaderValue, header};
use axum::middleware;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The same routes again, for clients that know them by that name.
pub(super) const OTHER_NAME: &str = "/video-calls";

/// All routes, to be mounted at `/calls`.
pub(super) fn router(desk: CallDesk) -> OpenApiRouter<HttpState> {
    let no_store = HeaderValue::from_static("no-store");
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(get::get, update::update, end::end))
        .routes(routes!(participants::participants))
        .routes(routes!(kick::kick))
        .routes(routes!(mute::mute))
        .routes(routes!(role::set_role))
        .routes(routes!(recording::start))
        .routes(routes!(recording::stop))
        .routes(routes!(recording::list))
        .routes(routes!(recording::get, recording::delete))
        .routes(routes!(recording::file))
        .fallback(problem::no_such_path)
        .layer(middleware::from_fn_with_state(desk, pace::pace))
        .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, no_store))
}

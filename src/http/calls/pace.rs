//! How often calls may be asked about: counted by API key, or by address for those without one.

use super::super::access::Access;
use super::super::problem::Problem;
use super::CallDesk;
use crate::limits::{ClientAddress, Limit};
use crate::protocol::{ErrorCode, UserId};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

/// By whom requests are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Asker {
    /// An API key, by its id.
    Key(UserId),
    /// Whoever else comes from there.
    Address(ClientAddress),
}

/// Lets a request through if its caller is known and not too quick, with its [`Access`] as an extension. One that shows
/// something wrong counts for its address.
pub(super) async fn pace(
    State(desk): State<CallDesk>,
    Extension(address): Extension<ClientAddress>,
    access: Result<Access, Problem>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let key = access.as_ref().ok().filter(|access| access.caller.operator);
    let key = key.and_then(|access| access.caller.user_id.clone());
    desk.paces.step(key.map_or(Asker::Address(address), Asker::Key)).map_err(|wait| {
        (desk.on_limit)(Limit::RestRequests);
        let detail = format!("more requests of this key or address than {} allows", Limit::RestRequests);
        Problem::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited, detail).retry_after(wait)
    })?;
    request.extensions_mut().insert(access?);
    Ok(next.run(request).await)
}

//! Who may use `/admin`: whoever has the token. Guessing it is slow.

use super::problem::Problem;
use crate::limits::{ClientAddress, Limit, OnLimit, Paces, Rate};
use crate::protocol::ErrorCode;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use subtle::ConstantTimeEq as _;
use tokio_util::sync::CancellationToken;

/// Between two looks at which addresses can be forgotten.
const WATCH: Duration = Duration::from_secs(10);

/// Holds the token, and who tried wrong ones.
pub struct AdminGuard {
    /// Empty: nobody may.
    token: String,
    wrong: Paces,
    /// Until when an address is not listened to.
    shut_out: Mutex<HashMap<ClientAddress, Instant>>,
    on_limit: OnLimit,
}

impl AdminGuard {
    /// Lets in who has the token; none is let in if that is empty. Of wrong ones each address has so many a minute.
    pub fn new(token: String, attempts_per_minute: u32, on_limit: OnLimit) -> Self {
        let wrong = Paces::new(Rate::per_minute(attempts_per_minute));
        Self { token, wrong, shut_out: Mutex::default(), on_limit }
    }

    /// Forgets who has not tried for long.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let mut looks = tokio::time::interval(WATCH);
        while stop.run_until_cancelled(looks.tick()).await.is_some() {
            self.wrong.forget();
            let now = Instant::now();
            self.shut_out().retain(|_, until| *until > now);
        }
    }

    fn admit(&self, address: Option<ClientAddress>, headers: &HeaderMap) -> Result<(), Problem> {
        if self.token.is_empty() {
            let detail = "no token is set: server.admin_token opens /admin";
            return Err(Problem::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, detail));
        }
        if let Some(wait) = address.and_then(|address| self.shut_out_for(address)) {
            return Err(self.too_many(wait));
        }
        let given = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes());
        let Some(given) = given.and_then(bearer) else {
            let detail = "Authorization: Bearer with server.admin_token is needed";
            return Err(Problem::new(StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated, detail));
        };
        if given.ct_eq(self.token.as_bytes()).into() {
            return Ok(());
        }
        if let Some(address) = address
            && let Err(wait) = self.wrong.step(address)
        {
            self.shut_out().insert(address, Instant::now() + wait);
            return Err(self.too_many(wait));
        }
        Err(Problem::new(StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated, "the token is not server.admin_token"))
    }

    fn too_many(&self, wait: Duration) -> Problem {
        (self.on_limit)(Limit::AdminAttempts);
        let detail = format!("too many wrong tokens from this address ({})", Limit::AdminAttempts);
        Problem::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited, detail).retry_after(wait)
    }

    fn shut_out_for(&self, address: ClientAddress) -> Option<Duration> {
        let until = *self.shut_out().get(&address)?;
        Some(until.saturating_duration_since(Instant::now())).filter(|wait| !wait.is_zero())
    }

    fn shut_out(&self) -> MutexGuard<'_, HashMap<ClientAddress, Instant>> {
        self.shut_out.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The token of `Bearer <token>`; the scheme's case does not matter (RFC 7235).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    const SCHEME: &[u8] = b"Bearer ";
    let (scheme, token) = value.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then(|| token.trim_ascii())
}

pub(super) async fn guard(State(guard): State<Arc<AdminGuard>>, request: Request, next: Next) -> Response {
    let address = request.extensions().get::<ClientAddress>().copied();
    match guard.admit(address, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn status(guard: &AdminGuard, last: u8, authorization: &str) -> u16 {
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, authorization.parse().expect("ASCII"))]);
        let address = ClientAddress::from(IpAddr::from([192, 0, 2, last]));
        guard.admit(Some(address), &headers).map_or_else(|problem| problem.into_response().status().as_u16(), |()| 200)
    }

    #[test]
    fn who_has_the_token_gets_in_and_who_guesses_is_not_listened_to() {
        let guard = AdminGuard::new("secret".to_owned(), 2, Arc::new(|_| {}));
        assert_eq!(
            ["Bearer secret", "bearer  secret ", "secret", "Basic secret"].map(|text| status(&guard, 1, text)),
            [200, 200, 401, 401]
        );
        let guesses = ["Bearer ", "Bearer secre", "Bearer secretx"];
        assert_eq!(guesses.map(|text| status(&guard, 1, text)), [401, 401, 429]);
        assert_eq!(status(&guard, 1, "Bearer secret"), 429, "shut out, right or wrong");
        assert_eq!(status(&guard, 2, "Bearer secret"), 200, "another address");
    }

    #[test]
    fn without_a_token_nobody_gets_in() {
        let guard = AdminGuard::new(String::new(), 2, Arc::new(|_| {}));
        assert_eq!(["Bearer ", "Bearer x", ""].map(|text| status(&guard, 1, text)), [403; 3]);
    }
}

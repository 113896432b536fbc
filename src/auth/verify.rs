//! Whether a token is good. The algorithm is ours to choose, never the token's.

use super::claims::{Claims, seconds};
use super::refusal::Flaw;
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, dangerous, decode, decode_header};
use serde::Deserialize;
use std::time::{Duration, SystemTime};

/// Bytes of a token at most: what fits into the head of a request.
const LONGEST: usize = 8192;

/// What says which key a token has to be verified with; nothing of it is believed until that is done.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub issuer: String,
    pub kid: Option<String>,
}

/// What a good token has.
pub(super) struct Demand<'a> {
    pub issuer: &'a str,
    pub audience: &'a str,
    /// By which clocks may differ.
    pub leeway: Duration,
    /// Whether it has to name itself and its calls, as those of our own do.
    pub own: bool,
}

/// Reads where a token says it comes from.
pub(super) fn label(token: &str) -> Result<Label, Flaw> {
    #[derive(Deserialize)]
    struct Issued {
        iss: String,
    }
    if token.len() > LONGEST {
        return Err(Flaw::TooLong);
    }
    let header = decode_header(token).map_err(|error| match error.kind() {
        // A name that the library does not know, such as `none`.
        ErrorKind::Json(_) if has_header(token) => Flaw::Algorithm,
        _ => Flaw::Shape,
    })?;
    if header.alg != Algorithm::RS256 {
        return Err(Flaw::Algorithm);
    }
    if header.crit.is_some() {
        return Err(Flaw::Critical);
    }
    let issued: Issued = dangerous::insecure_decode_claims(token).map_err(|_| Flaw::Claims)?;
    Ok(Label { issuer: issued.iss, kid: header.kid })
}

/// Whether it begins with a header of any algorithm.
fn has_header(token: &str) -> bool {
    use base64::Engine as _;
    #[derive(Deserialize)]
    struct Header {
        #[serde(rename = "alg")]
        _alg: String,
    }
    let header = token.split('.').next().unwrap_or_default();
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
    serde_json::from_slice::<Header>(&text).is_ok()
}

/// Checks the signature, then what it covers.
pub(super) fn verify(token: &str, key: &DecodingKey, demand: &Demand<'_>, now: SystemTime) -> Result<Claims, Flaw> {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    validation.set_issuer(&[demand.issuer]);
    validation.set_audience(&[demand.audience]);
    // Below, by the time that is given.
    validation.validate_exp = false;
    let claims: Claims = decode(token, key, &validation).map_err(|error| flaw(&error))?.claims;
    let (now, leeway) = (seconds(now), demand.leeway.as_secs());
    if claims.exp.saturating_add(leeway) <= now {
        return Err(Flaw::Expired);
    }
    if claims.nbf.is_some_and(|from| from > now.saturating_add(leeway)) {
        return Err(Flaw::NotYet);
    }
    if claims.expires_at().is_none() || demand.own && (claims.call_id.is_none() || claims.jti.is_none()) {
        return Err(Flaw::Claims);
    }
    Ok(claims)
}

fn flaw(error: &Error) -> Flaw {
    match error.kind() {
        ErrorKind::InvalidSignature => Flaw::Signature,
        ErrorKind::InvalidAudience => Flaw::Audience,
        ErrorKind::InvalidIssuer => Flaw::Issuer,
        ErrorKind::InvalidAlgorithm => Flaw::Algorithm,
        ErrorKind::Json(_) | ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => Flaw::Claims,
        _ => Flaw::Shape,
    }
}

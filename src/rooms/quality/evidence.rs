//! What the figures of both directions say about each symptom.

use super::counters::Outcome;
use crate::protocol::{Direction, Symptom};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How well media got through one way, at the last look; none: nothing flowed that could tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// Share of the packets that did not arrive, repaired or not: from 0 to 1.
    pub packet_loss: Option<f64>,
    /// Interarrival jitter (RFC 3550): of audio, or of video if there is no audio; the worst track's.
    pub jitter_ms: Option<f64>,
    /// To the client and back.
    pub rtt_ms: Option<f64>,
    /// What went over the transports, in bit/s.
    pub bitrate_bps: Option<u64>,
    /// What the path to the client is estimated to carry, in bit/s; only when video is received.
    pub available_bitrate_bps: Option<u64>,
    /// The worst track's, from 0 to 10.
    pub score: Option<u8>,
}

/// What is to be held against a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::rooms) enum Evidence {
    /// Nothing is known that was not known before.
    Unknown,
    /// There is nothing that could be bad.
    Nothing,
    Value(f64),
}

/// The worse of both ways, and which that is.
pub(in crate::rooms) fn evidence(symptom: Symptom, sending: &Outcome, receiving: &Outcome) -> (Evidence, Direction) {
    let of = |outcome: &Outcome, direction| value(symptom, outcome, direction).map(|value| (value, direction));
    let both = [of(sending, Direction::Send), of(receiving, Direction::Recv)].into_iter().flatten();
    let worst = both.reduce(|one, other| {
        let one_is_worse = match symptom {
            Symptom::PacketLoss | Symptom::Jitter | Symptom::Rtt => one.0 >= other.0,
            Symptom::Bitrate | Symptom::Score => one.0 <= other.0,
        };
        if one_is_worse { one } else { other }
    });
    match worst {
        Some((value, direction)) => (Evidence::Value(value), direction),
        None if sending.silent || receiving.silent => (Evidence::Unknown, Direction::Recv),
        None => (Evidence::Nothing, Direction::Recv),
    }
}

fn value(symptom: Symptom, outcome: &Outcome, direction: Direction) -> Option<f64> {
    // What does not arrive tells nothing.
    if outcome.silent {
        return None;
    }
    let figures = &outcome.figures;
    match (symptom, direction) {
        (Symptom::PacketLoss, _) => figures.packet_loss,
        (Symptom::Jitter, _) => figures.jitter_ms,
        (Symptom::Rtt, _) => figures.rtt_ms,
        (Symptom::Score, _) => figures.score.map(f64::from),
        // How much a client sends is its own affair.
        (Symptom::Bitrate, Direction::Send) => None,
        (Symptom::Bitrate, Direction::Recv) => {
            // A narrow path matters to whom it keeps something from: an estimate of what is hardly used is worth little.
            let available = figures.available_bitrate_bps?;
            let narrow = outcome.starved || figures.bitrate_bps.unwrap_or(0) >= available / 2;
            narrow.then_some(available as f64)
        }
    }
}

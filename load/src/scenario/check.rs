//! What a scenario has to be so that it can be run.

use super::{Audio, Kind, Scenario, ScenarioError, Video};
use std::fmt::Display;
use std::ops::RangeInclusive;

/// Milliseconds of sound that a packet of Opus may hold here.
const FRAME_MS: [u32; 4] = [10, 20, 40, 60];

/// Checks every field, and what they are to each other.
pub fn check(scenario: &Scenario) -> Result<(), ScenarioError> {
    within("rooms", scenario.rooms, 1..=100_000)?;
    within("publishers", scenario.publishers, 0..=100_000)?;
    within("viewers", scenario.viewers, 0..=100_000)?;
    if scenario.publishers + scenario.viewers == 0 {
        return Err(ScenarioError::field("publishers", "with viewers, at least one takes part"));
    }
    within("joins_per_second", scenario.joins_per_second, 0.01..=100_000.0)?;
    within("duration", scenario.duration, 0.1..=604_800.0)?;
    optional("stay", scenario.stay, 0.1..=604_800.0)?;
    optional("requests_per_second", scenario.requests_per_second, 0.001..=1_000_000.0)?;
    if let Some(audio) = &scenario.publish.audio {
        check_audio(audio, scenario.publishers)?;
    }
    if let Some(video) = &scenario.publish.video {
        check_video(video)?;
    }
    let publishes = scenario.publish.audio.is_some() || scenario.publish.video.is_some();
    if scenario.kind == Kind::Media && scenario.publishers > 0 && !publishes {
        return Err(ScenarioError::field("publish", "publishers need publish.audio or publish.video"));
    }
    check_subscriptions(scenario)?;
    optional("limits.max_loss", scenario.limits.max_loss, 0.0..=1.0)?;
    optional("limits.max_latency_p99_ms", scenario.limits.max_latency_p99_ms, 0.0..=3_600_000.0)?;
    optional("limits.max_join_p99_ms", scenario.limits.max_join_p99_ms, 0.0..=3_600_000.0)
}

fn check_audio(audio: &Audio, publishers: u32) -> Result<(), ScenarioError> {
    within("publish.audio.bitrate", audio.bitrate, 6_000..=510_000)?;
    if !FRAME_MS.contains(&audio.frame_ms) {
        return Err(ScenarioError::field("publish.audio.frame_ms", "10, 20, 40 or 60"));
    }
    optional("publish.audio.speakers", audio.speakers, 0..=publishers)
}

fn check_video(video: &Video) -> Result<(), ScenarioError> {
    if !(1..=3).contains(&video.bitrates.len()) {
        return Err(ScenarioError::field("publish.video.bitrates", "one to three of them"));
    }
    for (index, bitrate) in video.bitrates.iter().enumerate() {
        within(&format!("publish.video.bitrates[{index}]"), *bitrate, 10_000..=100_000_000)?;
    }
    within("publish.video.frame_rate", video.frame_rate, 1..=120)?;
    within("publish.video.temporal_layers", video.temporal_layers, 1..=3)?;
    optional("publish.video.key_frame_interval", video.key_frame_interval, 0.1..=86_400.0)
}

fn check_subscriptions(scenario: &Scenario) -> Result<(), ScenarioError> {
    let subscribe = &scenario.subscribe;
    if subscribe.limit.is_some() && subscribe.active_speakers.is_some() {
        return Err(ScenarioError::field("subscribe.active_speakers", "not together with subscribe.limit"));
    }
    optional("subscribe.active_speakers", subscribe.active_speakers, 1..=10_000)?;
    if let Some((spatial, temporal)) = subscribe.preferred_layers {
        within("subscribe.preferred_layers[0]", spatial, 0..=2)?;
        within("subscribe.preferred_layers[1]", temporal, 0..=2)?;
    }
    within("subscribe.freeze_ms", subscribe.freeze_ms, 50..=60_000)
}

/// What is not a number is within nothing.
fn within<T: PartialOrd + Display>(field: &str, value: T, allowed: RangeInclusive<T>) -> Result<(), ScenarioError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let (start, end) = allowed.into_inner();
    Err(ScenarioError::field(field, format!("{value} is not between {start} and {end}")))
}

fn optional<T: PartialOrd + Display>(
    field: &str,
    value: Option<T>,
    allowed: RangeInclusive<T>,
) -> Result<(), ScenarioError> {
    value.map_or(Ok(()), |value| within(field, value, allowed))
}

//! What the configuration says about workers, codecs and transports.

use crate::config::{AudioCodec, Config, SpeakersConfig, VideoCodec, WorkerLogLevel};
use crate::media::{
    Codec, Isolation, MediaLogLevel, OpusSettings, PoolSettings, SpeakerSettings, Supervision, TransportSettings,
};

pub(super) fn settings(config: &Config, isolation: Isolation) -> PoolSettings {
    use MediaLogLevel as Level;
    let (rtc, codecs, workers) = (&config.rtc, &config.codecs, &config.workers);
    let audio = codecs.audio.iter().map(|codec| match codec {
        AudioCodec::Opus => {
            Codec::Opus(OpusSettings { dtx: codecs.opus_dtx, fec: codecs.opus_fec, stereo: codecs.opus_stereo })
        }
    });
    let video = codecs.video.iter().map(|codec| match codec {
        VideoCodec::Vp8 => Codec::Vp8,
        VideoCodec::Vp9 => Codec::Vp9,
        VideoCodec::H264 => Codec::H264,
        VideoCodec::H264High => Codec::H264High,
        VideoCodec::Av1 => Codec::Av1,
    });
    PoolSettings {
        workers: workers.effective_count(),
        isolation,
        supervision: Supervision {
            heartbeat_interval: workers.heartbeat_interval(),
            heartbeat_misses: workers.heartbeat_misses,
            max_failures: workers.max_failures,
            min_uptime: workers.min_uptime(),
        },
        log_level: match workers.log_level {
            WorkerLogLevel::Debug => Level::Debug,
            WorkerLogLevel::Warn => Level::Warn,
            WorkerLogLevel::Error => Level::Error,
            WorkerLogLevel::None => Level::None,
        },
        deadline: workers.request_deadline(),
        listen_ip: rtc.listen_ip,
        announced_address: rtc.announced().map(ToOwned::to_owned),
        first_port: rtc.min_port,
        codecs: audio.chain(video).collect(),
        transport: TransportSettings {
            enable_udp: rtc.enable_udp,
            enable_tcp: rtc.enable_tcp,
            prefer_udp: rtc.prefer_udp,
            initial_outgoing_bitrate_bps: rtc.initial_outgoing_bitrate_bps,
            max_outgoing_bitrate_bps: rtc.max_outgoing_bitrate_bps,
            max_incoming_bitrate_bps: rtc.max_incoming_bitrate_bps,
            ice_consent_timeout_s: rtc.ice_consent_timeout_s,
            max_data_message_bytes: config.data.message_bytes(),
        },
        speakers: speaker_settings(config),
    }
}

/// None where nobody is to be told anyway.
fn speaker_settings(config: &Config) -> Option<SpeakerSettings> {
    let SpeakersConfig { active_speaker, audio_levels, interval_ms, threshold_dbov, max_levels } = config.speakers;
    (active_speaker || audio_levels).then_some(SpeakerSettings { interval_ms, threshold_dbov, max_levels })
}

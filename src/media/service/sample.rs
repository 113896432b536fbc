//! Looks at many objects at once. What is looked at is not kept alive by that: a room may close it meanwhile.

use super::Service;
use super::kept::Made;
use super::work::Work;
use crate::ids::{ConsumerId, ProducerId, TransportId};
use crate::media::objects::AnyTransport;
use crate::media::protocol::MediaReply;
use crate::media::sample::{Samples, StreamSample, Subjects, TransportSample};
use futures_util::future::{BoxFuture, ready};
use futures_util::{StreamExt as _, stream};
use mediasoup::consumer::ConsumerRtpStreamStat;
use mediasoup::prelude::{RtpParameters, TransportGeneric as _};
use mediasoup::producer::ProducerStat;

/// Questions that the worker's thread has at once: media and other requests must get through between them.
const AT_ONCE: usize = 8;

/// One look; none if the object is gone.
type Look<T> = BoxFuture<'static, Option<T>>;

impl Service {
    pub(super) fn sample(&self, subjects: &Subjects) -> Work {
        let transports: Vec<_> = subjects.transports.iter().filter_map(|id| self.look_at_transport(*id)).collect();
        let producers: Vec<_> = subjects.producers.iter().filter_map(|id| self.look_at_producer(*id)).collect();
        let consumers: Vec<_> = subjects.consumers.iter().filter_map(|id| self.look_at_consumer(*id)).collect();
        Box::pin(async move {
            let samples = Samples {
                transports: all(transports).await,
                producers: all(producers).await.into_iter().flatten().collect(),
                consumers: all(consumers).await,
            };
            Ok(Made::Nothing(MediaReply::Samples(Box::new(samples))))
        })
    }

    fn look_at_transport(&self, id: TransportId) -> Option<Look<(TransportId, TransportSample)>> {
        let AnyTransport::WebRtc(transport) = &self.objects.transports.get(&id)?.transport else { return None };
        let transport = transport.downgrade();
        Some(Box::pin(async move {
            let stat = transport.upgrade()?.get_stats().await.ok()?.pop()?;
            let sample = TransportSample {
                bytes_received: stat.bytes_received,
                media_received: stat.rtp_bytes_received,
                media_sent: stat.rtp_bytes_sent,
                round_trip_ms: stat.round_trip_time,
                available_bps: stat.available_outgoing_bitrate,
            };
            Some((id, sample))
        }))
    }

    fn look_at_producer(&self, id: ProducerId) -> Option<Look<Vec<(ProducerId, StreamSample)>>> {
        let producer = &self.objects.producers.get(&id)?.producer;
        let (clock_hz, producer) = (clock_hz(producer.rtp_parameters()), producer.downgrade());
        Some(Box::pin(async move {
            let stats = producer.upgrade()?.get_stats().await.ok()?;
            let sample = |stat: ProducerStat| StreamSample {
                ssrc: stat.ssrc,
                packets: stat.packet_count,
                expected: stat.packet_count.saturating_sub(stat.packets_repaired) + count(stat.packets_lost),
                lost: count(stat.packets_lost),
                jitter_ms: jitter_ms(stat.jitter, clock_hz),
                score: stat.score,
            };
            Some(stats.into_iter().map(|stat| (id, sample(stat))).collect())
        }))
    }

    fn look_at_consumer(&self, id: ConsumerId) -> Option<Look<(ConsumerId, StreamSample)>> {
        let consumer = &self.objects.consumers.get(&id)?.consumer;
        let (clock_hz, consumer) = (clock_hz(consumer.rtp_parameters()), consumer.downgrade());
        Some(Box::pin(async move {
            let stats = consumer.upgrade()?.get_stats().await.ok()?;
            let out = stats.into_iter().find_map(|stat| match stat {
                ConsumerRtpStreamStat::Outbound(stat) => Some(stat),
                ConsumerRtpStreamStat::Inbound(_) => None,
            })?;
            let sample = StreamSample {
                ssrc: out.ssrc,
                packets: out.packet_count,
                expected: out.packet_count,
                lost: count(out.packets_lost),
                jitter_ms: jitter_ms(out.jitter, clock_hz),
                score: out.score,
            };
            Some((id, sample))
        }))
    }
}

async fn all<T: Send + 'static>(looks: Vec<Look<T>>) -> Vec<T> {
    stream::iter(looks).buffered(AT_ONCE).filter_map(ready).collect().await
}

/// RTCP lets it fall below zero: when packets arrive twice.
fn count(lost: i32) -> u64 {
    u64::from(lost.max(0).unsigned_abs())
}

/// Of the timestamps of a track's packets.
fn clock_hz(parameters: &RtpParameters) -> u32 {
    parameters.codecs.first().map_or(u32::MAX, |codec| codec.clock_rate().get())
}

/// mediasoup has jitter in units of the timestamps.
fn jitter_ms(jitter: u32, clock_hz: u32) -> f32 {
    (f64::from(jitter) * 1000.0 / f64::from(clock_hz)) as f32
}

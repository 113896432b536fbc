//! All callbacks that are given to mediasoup. They run on the worker's thread while its channel is locked, where making
//! or dropping any object would wait for ever: so each one captures ids and a sender, and only sends.
//!
//! What an object says once goes into a channel without a bound of its own, because the objects bound it; what it says
//! again and again goes where only the latest is kept.

use super::latest::LatestQueue;
use super::protocol::{AudioLevel, MediaEvent, MediaObject};
use super::queue;
use crate::ids::{ConsumerId, DataConsumerId, DataProducerId, ProducerId, RouterId, TransportId};
use mediasoup::active_speaker_observer::ActiveSpeakerObserver;
use mediasoup::audio_level_observer::AudioLevelObserver;
use mediasoup::consumer::Consumer;
use mediasoup::data_consumer::DataConsumer;
use mediasoup::data_producer::DataProducer;
use mediasoup::prelude::{PipeTransport, Transport as _, WebRtcTransport, Worker};
use mediasoup::producer::Producer;
use mediasoup_types::data_structures::IceState;
use std::any::Any;
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use uuid::Uuid;

/// The registrations of one object: dropping them unsubscribes, so they stay beside its handle.
pub(super) type Registrations = Box<dyn Any + Send + Sync>;

/// What a mediasoup worker says once by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    /// The object was closed with what it stands on, or with what it receives.
    Closed(MediaObject),
    /// The worker's thread ended.
    WorkerDead,
}

/// Where callbacks leave what they hear. Cheap to clone.
#[derive(Clone)]
pub(super) struct Callbacks {
    notices: UnboundedSender<Notice>,
    reports: Arc<LatestQueue<MediaEvent>>,
}

/// Where the service reads it.
pub(super) struct Heard {
    pub notices: UnboundedReceiver<Notice>,
    pub reports: Arc<LatestQueue<MediaEvent>>,
}

impl Callbacks {
    pub fn new() -> (Self, Heard) {
        let (sender, notices) = queue::bounded_by_objects();
        let reports = Arc::<LatestQueue<_>>::default();
        (Self { notices: sender, reports: Arc::clone(&reports) }, Heard { notices, reports })
    }

    fn notice(&self, notice: Notice) -> impl FnOnce() + Send + Sync + 'static {
        let notices = self.notices.clone();
        move || {
            // A service that is gone has nothing left to keep in order.
            let _ = notices.send(notice);
        }
    }

    fn report(&self) -> impl Fn(MediaEvent) + Send + Sync + 'static {
        let reports = Arc::clone(&self.reports);
        move |event| reports.push(event.reports_on(), event)
    }

    fn closed(&self, object: MediaObject) -> impl FnOnce() + Send + Sync + 'static {
        self.notice(Notice::Closed(object))
    }

    pub fn of_worker(&self, worker: &Worker) -> Registrations {
        let dead = self.notice(Notice::WorkerDead);
        Box::new(worker.on_dead(move |_| dead()))
    }

    pub fn of_webrtc_transport(&self, id: TransportId, transport: &WebRtcTransport) -> Registrations {
        let (by_router, by_server) = (self.closed(MediaObject::Transport(id)), self.closed(MediaObject::Transport(id)));
        let report = self.report();
        Box::new((
            transport.on_router_close(Box::new(by_router)),
            transport.on_webrtc_server_close(Box::new(by_server)),
            transport.on_ice_state_change(move |state| {
                let connected = match state {
                    IceState::New => return,
                    IceState::Connected | IceState::Completed => true,
                    IceState::Disconnected => false,
                };
                report(MediaEvent::IceConnected { transport: id, connected });
            }),
        ))
    }

    pub fn of_pipe_transport(&self, id: TransportId, transport: &PipeTransport) -> Registrations {
        Box::new(transport.on_router_close(Box::new(self.closed(MediaObject::Transport(id)))))
    }

    pub fn of_producer(&self, id: ProducerId, producer: &Producer) -> Registrations {
        let report = self.report();
        Box::new((
            producer.on_transport_close(self.closed(MediaObject::Producer(id))),
            producer.on_score(move |score| report(MediaEvent::ProducerScore { producer: id, score: score.to_vec() })),
        ))
    }

    pub fn of_data_producer(&self, id: DataProducerId, producer: &DataProducer) -> Registrations {
        Box::new(producer.on_transport_close(self.closed(MediaObject::DataProducer(id))))
    }

    pub fn of_data_consumer(&self, id: DataConsumerId, consumer: &DataConsumer) -> Registrations {
        Box::new((
            consumer.on_data_producer_close(self.closed(MediaObject::DataConsumer(id))),
            consumer.on_transport_close(self.closed(MediaObject::DataConsumer(id))),
        ))
    }

    pub fn of_consumer(&self, id: ConsumerId, consumer: &Consumer) -> Registrations {
        let (scored, changed) = (self.report(), self.report());
        Box::new((
            consumer.on_producer_close(self.closed(MediaObject::Consumer(id))),
            consumer.on_transport_close(self.closed(MediaObject::Consumer(id))),
            consumer.on_score(move |score| scored(MediaEvent::ConsumerScore { consumer: id, score: score.clone() })),
            consumer.on_layers_change(move |layers| {
                changed(MediaEvent::ConsumerLayers { consumer: id, layers: *layers });
            }),
        ))
    }

    /// What these callbacks are given holds producers: see [`super::speakers`] for why none of them is the last handle.
    pub fn of_levels(&self, router: RouterId, observer: &AudioLevelObserver) -> Registrations {
        let (heard, silent) = (self.report(), self.report());
        Box::new((
            observer.on_volumes(move |volumes| {
                let levels = volumes.iter().map(|volume| AudioLevel {
                    producer: ProducerId::from(Uuid::from(volume.producer.id())),
                    dbov: volume.volume,
                });
                heard(MediaEvent::AudioLevels { router, levels: levels.collect() });
            }),
            observer.on_silence(move || silent(MediaEvent::AudioLevels { router, levels: Vec::new() })),
        ))
    }

    /// The same holds for these.
    pub fn of_active_speaker(&self, router: RouterId, observer: &ActiveSpeakerObserver) -> Registrations {
        let report = self.report();
        Box::new(observer.on_dominant_speaker(move |speaker| {
            let producer = ProducerId::from(Uuid::from(speaker.producer.id()));
            report(MediaEvent::ActiveSpeaker { router, producer });
        }))
    }
}

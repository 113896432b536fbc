//! All callbacks that are given to mediasoup. They run on the worker's thread while its channel is locked, where making
//! or dropping any object would wait for ever: so each one captures ids and a sender, and only sends.
//!
//! What an object says once goes into a channel without a bound of its own, because the objects bound it; what it says
//! again and again goes where only the latest is kept.

use super::latest::LatestQueue;
use super::protocol::{MediaEvent, MediaObject};
use super::queue;
use crate::ids::{ConsumerId, ProducerId, TransportId};
use mediasoup::consumer::Consumer;
use mediasoup::prelude::{PipeTransport, Transport as _, WebRtcTransport, Worker};
use mediasoup::producer::Producer;
use mediasoup_types::data_structures::IceState;
use std::any::Any;
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

/// The registrations of one object: dropping them unsubscribes, so they stay beside its handle.
pub(super) type Registrations = Box<dyn Any + Send + Sync>;

/// What a mediasoup worker says once by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    /// The consumer's producer was closed below us.
    ConsumerClosed(ConsumerId),
    /// The producer was closed with its transport.
    ProducerClosed(ProducerId),
    /// The transport was closed with its router or server.
    TransportClosed(TransportId),
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

    pub fn of_worker(&self, worker: &Worker) -> Registrations {
        let dead = self.notice(Notice::WorkerDead);
        Box::new(worker.on_dead(move |_| dead()))
    }

    pub fn of_webrtc_transport(&self, id: TransportId, transport: &WebRtcTransport) -> Registrations {
        let (by_router, by_server) =
            (self.notice(Notice::TransportClosed(id)), self.notice(Notice::TransportClosed(id)));
        let reports = Arc::clone(&self.reports);
        Box::new((
            transport.on_router_close(Box::new(by_router)),
            transport.on_webrtc_server_close(Box::new(by_server)),
            transport.on_ice_state_change(move |state| {
                let connected = match state {
                    IceState::New => return,
                    IceState::Connected | IceState::Completed => true,
                    IceState::Disconnected => false,
                };
                let event = MediaEvent::IceConnected { transport: id, connected };
                reports.push(Some(MediaObject::Transport(id)), event);
            }),
        ))
    }

    pub fn of_pipe_transport(&self, id: TransportId, transport: &PipeTransport) -> Registrations {
        Box::new(transport.on_router_close(Box::new(self.notice(Notice::TransportClosed(id)))))
    }

    pub fn of_producer(&self, id: ProducerId, producer: &Producer) -> Registrations {
        let reports = Arc::clone(&self.reports);
        Box::new((
            producer.on_transport_close(self.notice(Notice::ProducerClosed(id))),
            producer.on_score(move |score| {
                let event = MediaEvent::ProducerScore { producer: id, score: score.to_vec() };
                reports.push(Some(MediaObject::Producer(id)), event);
            }),
        ))
    }

    pub fn of_consumer(&self, id: ConsumerId, consumer: &Consumer) -> Registrations {
        let reports = Arc::clone(&self.reports);
        Box::new((
            consumer.on_producer_close(self.notice(Notice::ConsumerClosed(id))),
            consumer.on_transport_close(self.notice(Notice::ConsumerClosed(id))),
            consumer.on_score(move |score| {
                let event = MediaEvent::ConsumerScore { consumer: id, score: score.clone() };
                reports.push(Some(MediaObject::Consumer(id)), event);
            }),
        ))
    }
}

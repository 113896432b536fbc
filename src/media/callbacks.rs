//! All callbacks that are given to mediasoup. They run on the worker's thread while its channel is locked, where making
//! or dropping any object would wait for ever: so each one captures ids and a sender, and only sends.
//!
//! The channel has no bound of its own: every object says at most one thing, so what waits in it is bounded by the
//! number of live objects, which has its own limits.

use crate::ids::{ConsumerId, ProducerId, TransportId};
use mediasoup::consumer::Consumer;
use mediasoup::prelude::{Transport, WebRtcTransport, Worker};
use mediasoup::producer::Producer;
use std::any::Any;
use tokio::sync::mpsc::UnboundedSender;

/// The registrations of one object: dropping them unsubscribes, so they stay beside its handle.
pub(super) type Registrations = Box<dyn Any + Send + Sync>;

/// What a mediasoup worker says by itself.
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

fn tell(notices: &UnboundedSender<Notice>, notice: Notice) {
    // A service that is gone has nothing left to keep in order.
    let _ = notices.send(notice);
}

pub(super) fn of_worker(worker: &Worker, notices: &UnboundedSender<Notice>) -> Registrations {
    let notices = notices.clone();
    Box::new(worker.on_dead(move |_| tell(&notices, Notice::WorkerDead)))
}

pub(super) fn of_transport(
    id: TransportId,
    transport: &WebRtcTransport,
    notices: &UnboundedSender<Notice>,
) -> Registrations {
    let (by_router, by_server) = (notices.clone(), notices.clone());
    Box::new((
        transport.on_router_close(Box::new(move || tell(&by_router, Notice::TransportClosed(id)))),
        transport.on_webrtc_server_close(Box::new(move || tell(&by_server, Notice::TransportClosed(id)))),
    ))
}

pub(super) fn of_producer(id: ProducerId, producer: &Producer, notices: &UnboundedSender<Notice>) -> Registrations {
    let notices = notices.clone();
    Box::new(producer.on_transport_close(move || tell(&notices, Notice::ProducerClosed(id))))
}

pub(super) fn of_consumer(id: ConsumerId, consumer: &Consumer, notices: &UnboundedSender<Notice>) -> Registrations {
    let (by_producer, by_transport) = (notices.clone(), notices.clone());
    Box::new((
        consumer.on_producer_close(move || tell(&by_producer, Notice::ConsumerClosed(id))),
        consumer.on_transport_close(move || tell(&by_transport, Notice::ConsumerClosed(id))),
    ))
}

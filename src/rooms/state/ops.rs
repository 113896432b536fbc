//! What the room has asked of workers and has no answer to yet.

use super::State;
use super::spokes::End;
use crate::ids::{ConsumerId, PeerId, ProducerId, RouterId, TransportId};
use crate::media::protocol::{
    MediaError, MediaObject, MediaObjectKind, MediaReply, MediaRequest, RouterRtpCapabilities,
};
use crate::protocol::{Direction, Produce, ProduceData};
use crate::rooms::any::{AnyConsumer, AnyProducer};
use crate::rooms::command::{OpId, Output, Ticket};
use std::time::Instant;

/// A request to a worker under way, with what its answer is needed for.
#[derive(Debug)]
pub(super) enum Op {
    OpenHome,
    OpenSpoke,
    /// Makes one end of the link between home and a spoke.
    MakeEnd(RouterId, End),
    ConnectEnd(RouterId),
    /// From home into the link.
    PipeOut(RouterId, AnyProducer),
    /// Out of the link, onto the spoke.
    PipeIn {
        spoke: RouterId,
        producer: AnyProducer,
        consumer: AnyConsumer,
        paused: bool,
    },
    CreateTransport {
        direction: Direction,
    },
    Connect {
        transport: TransportId,
    },
    RestartIce {
        transport: TransportId,
    },
    Produce {
        request: Box<Produce>,
    },
    Consume {
        transport: TransportId,
        producer: AnyProducer,
        /// On a spoke, what brings the producer there.
        pipe: Option<AnyConsumer>,
    },
    ProduceData {
        request: Box<ProduceData>,
    },
    PauseProducer {
        producer: ProducerId,
        paused: bool,
    },
    /// For somebody who keeps order.
    Mute {
        producer: ProducerId,
    },
    PauseConsumer {
        consumer: ConsumerId,
        paused: bool,
    },
    PreferLayers {
        consumer: ConsumerId,
        spatial_layer: u8,
    },
    /// Only asks.
    Stats,
    /// Looks how well media gets through, for these.
    Look {
        peers: Vec<PeerId>,
    },
    /// Something of a consumer that leaves no trace in the books.
    Adjust {
        consumer: ConsumerId,
    },
}

/// Who waits for an operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker {
    pub ticket: Ticket,
    pub peer: PeerId,
}

/// An operation under way.
#[derive(Debug)]
pub(super) struct Pending {
    pub asker: Option<Asker>,
    /// Where it is carried out; none for opening one.
    pub router: Option<RouterId>,
    pub op: Op,
}

impl State {
    fn begin(&mut self, pending: Pending) -> OpId {
        let id = OpId(self.next_op);
        self.next_op += 1;
        self.ops.insert(id, pending);
        id
    }

    pub(super) fn open_router(&mut self, op: Op) {
        let id = self.begin(Pending { asker: None, router: None, op });
        self.outputs.push(Output::OpenRouter(id));
    }

    pub(super) fn run(&mut self, asker: Option<Asker>, router: RouterId, op: Op, request: MediaRequest) {
        let id = self.begin(Pending { asker, router: Some(router), op });
        self.outputs.push(Output::Media(Some(id), router, request));
    }

    /// Asks a router's worker for what nobody waits for.
    pub(super) fn send(&mut self, router: RouterId, request: MediaRequest) {
        self.outputs.push(Output::Media(None, router, request));
    }

    /// Closes an object; on a router that is gone there is nothing left to close.
    pub(super) fn close_media(&mut self, router: RouterId, object: MediaObject) {
        if self.has_router(router) {
            self.send(router, MediaRequest::Close(object));
        }
    }

    pub(super) fn has_router(&self, router: RouterId) -> bool {
        self.home == Some(router) || self.spokes.contains(router)
    }

    pub(super) fn router_opened(
        &mut self,
        id: OpId,
        result: Result<(RouterId, Box<RouterRtpCapabilities>), MediaError>,
        now: Instant,
    ) {
        let Some(pending) = self.ops.remove(&id) else { return };
        match (pending.op, result) {
            // Closed, or no longer needed: given back as it comes.
            (_, Ok((router, _))) if self.closed() => self.outputs.push(Output::CloseRouter(router)),
            (Op::OpenSpoke, Ok((router, _))) => self.spoke_opened(router),
            (Op::OpenSpoke, Err(_)) => self.no_spoke(now),
            (_, Ok((router, rtp_capabilities))) => self.home_opened(router, rtp_capabilities, now),
            (_, Err(_)) => self.home_failed(now),
        }
    }

    pub(super) fn media_done(&mut self, id: OpId, result: Result<MediaReply, MediaError>, now: Instant) {
        let router = self.ops.get(&id).and_then(|pending| pending.router);
        // Such an answer may come before the news itself.
        if let (Some(router), Err(MediaError::WorkerLost)) = (router, &result)
            && self.has_router(router)
        {
            self.router_lost(router, now);
        }
        let Some(Pending { asker, router: Some(router), op }) = self.ops.remove(&id) else { return };
        // What was made on a router that is gone is gone with it, and so is what it would have stood on.
        let gone = match op {
            Op::CreateTransport { .. } => MediaError::WorkerLost,
            _ => MediaError::NotFound(MediaObjectKind::Transport),
        };
        let result = if self.has_router(router) || self.closed() { result } else { Err(gone) };
        match asker {
            Some(asker) => {
                let answer = self.commit(id, router, asker.peer, op, result, now);
                self.answer(asker.ticket, answer);
            }
            None => self.own_done(id, router, op, result, now),
        }
    }

    /// What the room asked for by itself.
    fn own_done(&mut self, id: OpId, router: RouterId, op: Op, result: Result<MediaReply, MediaError>, now: Instant) {
        let made = result.as_ref().ok().and_then(MediaReply::created);
        let taken = match op {
            Op::MakeEnd(spoke, end) => self.end_made(spoke, end, result, now),
            Op::ConnectEnd(spoke) => self.end_connected(spoke, result, now),
            Op::PipeOut(spoke, producer) => self.piped_out(spoke, producer, result),
            Op::PipeIn { spoke, producer, consumer, paused } => {
                self.piped_in(spoke, producer, consumer, paused, result)
            }
            Op::Look { peers } => {
                self.looked(&peers, result, now);
                true
            }
            Op::Mute { producer } => {
                self.mute_done(id, producer, result);
                true
            }
            Op::OpenHome
            | Op::OpenSpoke
            | Op::CreateTransport { .. }
            | Op::Connect { .. }
            | Op::RestartIce { .. }
            | Op::Stats
            | Op::Produce { .. }
            | Op::Consume { .. }
            | Op::ProduceData { .. }
            | Op::PauseProducer { .. }
            | Op::PauseConsumer { .. }
            | Op::PreferLayers { .. }
            | Op::Adjust { .. } => true,
        };
        if !taken && let Some(object) = made {
            self.close_media(router, object);
        }
    }
}

//! A model of the worker: knows which objects there are, and notices what should not happen.

use crate::ids::{ConsumerId, ProducerId, RouterId, TransportId};
use crate::media::protocol::{ConsumerType, MediaError, MediaObject, MediaObjectKind, MediaReply, MediaRequest};
use crate::rooms::command::OpId;
use std::collections::{BTreeMap, HashSet};

pub(super) fn router_reply() -> MediaReply {
    let rtp_capabilities = serde_json::from_str(r#"{ "codecs": [], "headerExtensions": [] }"#).expect("capabilities");
    MediaReply::Router { rtp_capabilities }
}

#[derive(Default)]
pub(super) struct ModelWorker {
    pub routers: HashSet<RouterId>,
    pub transports: HashSet<TransportId>,
    pub producers: BTreeMap<ProducerId, TransportId>,
    pub consumers: BTreeMap<ConsumerId, (TransportId, ProducerId)>,
    pub pending: Vec<(OpId, MediaRequest)>,
    closed: HashSet<MediaObject>,
}

impl ModelWorker {
    pub fn take(&mut self, op: Option<OpId>, request: MediaRequest) {
        match (op, request) {
            (None, MediaRequest::Close(object)) => {
                assert!(self.closed.insert(object), "closed twice: {object:?}");
                self.close(object);
            }
            (Some(op), request) => self.pending.push((op, request)),
            (None, request) => panic!("nobody waits for {request:?}"),
        }
    }

    /// Closes with all that stands on it, as the real one does.
    pub fn close(&mut self, object: MediaObject) {
        match object {
            MediaObject::Router(id) => {
                self.routers.remove(&id);
                self.transports.clear();
                self.producers.clear();
                self.consumers.clear();
            }
            MediaObject::Transport(id) => {
                self.transports.remove(&id);
                let producers: Vec<_> = self.producers.iter().filter(|(_, on)| **on == id).map(|(id, _)| *id).collect();
                producers.into_iter().for_each(|producer| self.close(MediaObject::Producer(producer)));
                self.consumers.retain(|_, (on, _)| *on != id);
            }
            MediaObject::Producer(id) => {
                self.producers.remove(&id);
                self.consumers.retain(|_, (_, of)| *of != id);
            }
            MediaObject::Consumer(id) => drop(self.consumers.remove(&id)),
        }
    }

    /// Answers one of the requests under way: as it ought to be, or with a failure.
    pub fn answer(&mut self, index: usize, fail: bool) -> Option<(OpId, Result<MediaReply, MediaError>)> {
        if self.pending.is_empty() {
            return None;
        }
        let (op, request) = self.pending.remove(index % self.pending.len());
        let result = if fail { Err(MediaError::Failed("model".to_owned())) } else { self.carry_out(request) };
        Some((op, result))
    }

    fn carry_out(&mut self, request: MediaRequest) -> Result<MediaReply, MediaError> {
        let needs = |there: bool, kind| if there { Ok(()) } else { Err(MediaError::NotFound(kind)) };
        match request {
            MediaRequest::CreateRouter { router } => {
                self.routers.insert(router);
                Ok(router_reply())
            }
            MediaRequest::CreateTransport { router } => {
                needs(self.routers.contains(&router), MediaObjectKind::Router)?;
                let transport = TransportId::random();
                self.transports.insert(transport);
                Ok(transport_reply(transport))
            }
            MediaRequest::ConnectTransport { transport, .. } => {
                needs(self.transports.contains(&transport), MediaObjectKind::Transport)?;
                Ok(MediaReply::Done)
            }
            MediaRequest::Produce { transport, .. } => {
                needs(self.transports.contains(&transport), MediaObjectKind::Transport)?;
                let producer = ProducerId::random();
                self.producers.insert(producer, transport);
                Ok(MediaReply::Producer { producer })
            }
            MediaRequest::Consume { transport, producer, .. } => {
                needs(self.transports.contains(&transport), MediaObjectKind::Transport)?;
                needs(self.producers.contains_key(&producer), MediaObjectKind::Producer)?;
                let consumer = ConsumerId::random();
                self.consumers.insert(consumer, (transport, producer));
                Ok(MediaReply::Consumer {
                    consumer,
                    kind: crate::media::protocol::MediaKind::Audio,
                    rtp_parameters: Box::default(),
                    r#type: ConsumerType::Simple,
                })
            }
            MediaRequest::PauseProducer(id) | MediaRequest::ResumeProducer(id) => {
                needs(self.producers.contains_key(&id), MediaObjectKind::Producer)?;
                Ok(MediaReply::Done)
            }
            MediaRequest::PauseConsumer(id) | MediaRequest::ResumeConsumer(id) => {
                needs(self.consumers.contains_key(&id), MediaObjectKind::Consumer)?;
                Ok(MediaReply::Done)
            }
            other => panic!("not asked by a room so far: {other:?}"),
        }
    }
}

fn transport_reply(transport: TransportId) -> MediaReply {
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    MediaReply::Transport {
        transport,
        ice_parameters: serde_json::from_value(parse(
            r#"{ "usernameFragment": "u", "password": "p", "iceLite": true }"#,
        ))
        .expect("ICE parameters"),
        ice_candidates: Vec::new(),
        dtls_parameters: serde_json::from_value(parse(r#"{ "role": "auto", "fingerprints": [] }"#))
            .expect("DTLS parameters"),
    }
}

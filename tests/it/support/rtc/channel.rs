//! Data channels of an endpoint, by their SCTP streams.

use std::collections::HashMap;
use str0m::Rtc;
use str0m::channel::{ChannelConfig, ChannelId, Reliability};

/// How a channel is opened, on the same terms as `produceData`.
#[derive(Debug, Clone)]
pub struct ChannelSpec {
    /// The SCTP stream.
    pub stream: u16,
    /// Reliable and in order if there is none; otherwise how often a message is sent again.
    pub max_retransmits: Option<u16>,
}

impl ChannelSpec {
    /// Reliable and in order.
    pub fn reliable(stream: u16) -> Self {
        Self { stream, max_retransmits: None }
    }

    /// Each message is sent once, and arrives or not.
    pub fn fleeting(stream: u16) -> Self {
        Self { stream, max_retransmits: Some(0) }
    }

    fn config(&self) -> ChannelConfig {
        let reliability = self
            .max_retransmits
            .map_or(Reliability::Reliable, |retransmits| Reliability::MaxRetransmits { retransmits });
        let (label, protocol) = Default::default();
        ChannelConfig {
            label,
            protocol,
            ordered: self.max_retransmits.is_none(),
            reliability,
            negotiated: Some(self.stream),
        }
    }
}

/// A channel, and what came over it.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// Whether messages can be sent.
    pub open: bool,
    /// Whether the other side has closed it.
    pub closed: bool,
    /// All messages, in the order in which they came.
    pub messages: Vec<Vec<u8>>,
}

/// The channels there are.
#[derive(Default)]
pub(super) struct Channels {
    ids: HashMap<u16, ChannelId>,
}

impl Channels {
    /// Opens one; the first starts SCTP.
    pub fn open(&mut self, rtc: &mut Rtc, spec: &ChannelSpec) {
        let mut direct = rtc.direct_api();
        if self.ids.is_empty() {
            direct.start_sctp(true);
        }
        let id = direct.create_data_channel(spec.config());
        self.ids.insert(spec.stream, id);
    }

    /// Sends a message on one that is open.
    pub fn say(&self, rtc: &mut Rtc, stream: u16, message: &[u8]) {
        let id = self.ids[&stream];
        let mut channel = rtc.channel(id).expect("the channel is open");
        assert!(channel.write(true, message).expect("is written"), "the channel does not keep up");
    }

    /// The stream of a channel.
    pub fn stream(&self, id: ChannelId) -> Option<u16> {
        self.ids.iter().find(|(_, known)| **known == id).map(|(stream, _)| *stream)
    }
}

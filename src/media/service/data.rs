//! Data channels: over WebRTC transports to clients, and over pipes between routers.

use super::Service;
use super::failures::{consume_data_failed, failed, produce_data_failed};
use super::kept::Made;
use super::work::Work;
use crate::ids::{DataProducerId, TransportId};
use crate::media::objects::AnyTransport;
use crate::media::protocol::{MediaError, MediaObjectKind, SctpStreamParameters};
use mediasoup::data_consumer::DataConsumerOptions;
use mediasoup::data_producer::DataProducerOptions;

/// Streams that browsers number. mediasoup counts the streams to a client on and on, and takes no number again while
/// there are higher ones: so this is how many data consumers a transport can have one after the other.
const BROWSER_STREAMS: u16 = 1024;

impl Service {
    pub(super) fn produce_data(
        &self,
        transport_id: TransportId,
        producer: Option<DataProducerId>,
        parameters: SctpStreamParameters,
        label: &str,
        protocol: &str,
    ) -> Result<Work, MediaError> {
        let transport = self.any_transport(transport_id)?;
        let mut own = self.objects.data_producers.values().filter(|entry| entry.transport == transport_id);
        let stream = |entry: &crate::media::objects::DataProducerEntry| entry.producer.sctp_stream_parameters();
        if own.any(|entry| stream(entry).is_some_and(|other| other.stream_id == parameters.stream_id)) {
            let taken = "sctpStreamParameters.streamId: another data producer of this transport has it";
            return Err(MediaError::InvalidParameters(taken.to_owned()));
        }
        let mut options = match producer {
            // The worker has one name space for all its routers.
            Some(id) if self.objects.data_producers.contains_key(&id) => {
                return Err(MediaError::Failed("a data producer of that id exists".to_owned()));
            }
            Some(id) => {
                let id = id.to_string().parse().map_err(|error| failed(&error))?;
                DataProducerOptions::new_pipe_transport(id, parameters)
            }
            None => DataProducerOptions::new_sctp(parameters),
        };
        (options.label, options.protocol) = (label.to_owned(), protocol.to_owned());
        Ok(Box::pin(async move {
            let producer = transport.get().produce_data(options).await.map_err(produce_data_failed)?;
            Ok(Made::DataProducer(transport_id, producer))
        }))
    }

    pub(super) fn consume_data(&self, transport_id: TransportId, id: DataProducerId) -> Result<Work, MediaError> {
        let transport = self.any_transport(transport_id)?;
        let entry = self.objects.data_producers.get(&id);
        let producer = entry.ok_or(MediaError::NotFound(MediaObjectKind::DataProducer))?.producer.id();
        let to_browser = matches!(transport, AnyTransport::WebRtc(_));
        Ok(Box::pin(async move {
            let options = DataConsumerOptions::new_sctp(producer);
            let consumer = transport.get().consume_data(options).await.map_err(consume_data_failed)?;
            let stream = consumer.sctp_stream_parameters().map_or(0, |parameters| parameters.stream_id);
            if to_browser && stream >= BROWSER_STREAMS {
                return Err(MediaError::StreamsUsedUp);
            }
            Ok(Made::DataConsumer(transport_id, id, consumer))
        }))
    }

    fn any_transport(&self, id: TransportId) -> Result<AnyTransport, MediaError> {
        let entry = self.objects.transports.get(&id).ok_or(MediaError::NotFound(MediaObjectKind::Transport))?;
        Ok(entry.transport.clone())
    }
}

//! mediasoup's errors in the protocol's words.

use crate::media::protocol::{MediaError, MediaObjectKind};
use mediasoup::ortc::RtpParametersMappingError;
use mediasoup::prelude::{ConsumeDataError, ConsumeError, ProduceDataError, ProduceError};
use mediasoup::worker::RequestError;

pub(super) fn failed(error: &dyn std::error::Error) -> MediaError {
    MediaError::Failed(error.to_string())
}

pub(super) fn request_failed(error: RequestError) -> MediaError {
    match error {
        RequestError::ChannelClosed => MediaError::WorkerLost,
        error => failed(&error),
    }
}

pub(super) fn produce_failed(error: ProduceError) -> MediaError {
    match error {
        ProduceError::FailedRtpParametersMapping(RtpParametersMappingError::UnsupportedCodec { mime_type, .. }) => {
            MediaError::Unsupported(format!(
                "rtpParameters.codecs: rooms here don't carry {} as offered",
                mime_type.as_str()
            ))
        }
        ProduceError::FailedRtpParametersMapping(error) => MediaError::InvalidParameters(error.to_string()),
        ProduceError::IncorrectRtpParameters(error) => MediaError::InvalidParameters(error.to_string()),
        ProduceError::AlreadyExists(_) => MediaError::Failed("a producer of that id exists".to_owned()),
        // The worker refuses what only it can see, such as an SSRC or MID that another producer has.
        ProduceError::Request(RequestError::Response { reason }) => {
            MediaError::InvalidParameters(format!("the worker refused the rtpParameters ({reason})"))
        }
        ProduceError::Request(error) => request_failed(error),
    }
}

pub(super) fn consume_failed(error: ConsumeError) -> MediaError {
    match error {
        ConsumeError::ProducerNotFound(_) => MediaError::NotFound(MediaObjectKind::Producer),
        ConsumeError::FailedRtpCapabilitiesValidation(error) => MediaError::InvalidParameters(error.to_string()),
        ConsumeError::BadConsumerRtpParameters(_) => MediaError::CannotConsume,
        ConsumeError::Request(error) => request_failed(error),
    }
}

pub(super) fn produce_data_failed(error: ProduceDataError) -> MediaError {
    match error {
        ProduceDataError::AlreadyExists(_) => MediaError::Failed("a data producer of that id exists".to_owned()),
        ProduceDataError::SctpStreamParametersRequired => failed(&error),
        // Another data producer that was under way has the stream.
        ProduceDataError::Request(RequestError::Response { reason }) => {
            MediaError::InvalidParameters(format!("the worker refused the sctpStreamParameters ({reason})"))
        }
        ProduceDataError::Request(error) => request_failed(error),
    }
}

pub(super) fn consume_data_failed(error: ConsumeDataError) -> MediaError {
    match error {
        ConsumeDataError::DataProducerNotFound(_) => MediaError::NotFound(MediaObjectKind::DataProducer),
        ConsumeDataError::NoSctpStreamId => MediaError::CannotConsume,
        ConsumeDataError::Request(error) => request_failed(error),
    }
}

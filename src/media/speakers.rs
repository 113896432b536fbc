//! Who speaks on a router, by mediasoup's observers.
//!
//! The library gives their callbacks handles of producers, and drops those inside of the callback. Were such a handle
//! the last one, its drop would wait for the very lock under which the callback runs, for ever. So a producer that is
//! heard by observers is first taken away from them, and its handle dropped only after the worker has answered: nothing
//! that names the producer comes behind that answer.

use super::callbacks::{Callbacks, Registrations};
use crate::ids::RouterId;
use futures_util::future::join;
use mediasoup::active_speaker_observer::{ActiveSpeakerObserver, ActiveSpeakerObserverOptions};
use mediasoup::audio_level_observer::{AudioLevelObserver, AudioLevelObserverOptions};
use mediasoup::prelude::{Router, RtpObserver, RtpObserverAddProducerOptions};
use mediasoup::producer::{Producer, ProducerId};
use mediasoup::worker::RequestError;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU16;
use std::sync::Arc;

/// How closely routers listen to who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeakerSettings {
    /// Milliseconds between two looks.
    pub interval_ms: u16,
    /// The average level within them, in dBov from -127 to 0, from which on somebody is heard at all.
    pub threshold_dbov: i8,
    /// How many are named at once; the loudest.
    pub max_levels: NonZeroU16,
}

/// The observers of one router. Cheap to clone.
#[derive(Clone)]
pub(super) struct Speakers {
    levels: AudioLevelObserver,
    active: ActiveSpeakerObserver,
    _registrations: Arc<Registrations>,
}

impl Speakers {
    pub async fn observe(
        id: RouterId,
        router: &Router,
        settings: SpeakerSettings,
        callbacks: &Callbacks,
    ) -> Result<Self, RequestError> {
        let mut options = AudioLevelObserverOptions::default();
        options.interval = settings.interval_ms;
        options.threshold = settings.threshold_dbov;
        options.max_entries = settings.max_levels;
        let levels = router.create_audio_level_observer(options).await?;
        let mut options = ActiveSpeakerObserverOptions::default();
        options.interval = settings.interval_ms;
        let active = router.create_active_speaker_observer(options).await?;
        let registrations: Registrations =
            Box::new((callbacks.of_levels(id, &levels), callbacks.of_active_speaker(id, &active)));
        Ok(Self { levels, active, _registrations: Arc::new(registrations) })
    }

    /// Listens to a producer of audio.
    pub async fn hear(&self, producer: ProducerId) -> Result<(), RequestError> {
        self.levels.add_producer(RtpObserverAddProducerOptions::new(producer)).await?;
        self.active.add_producer(RtpObserverAddProducerOptions::new(producer)).await
    }

    /// Lets go of a producer's handle as soon as no observer can name it any more.
    pub async fn part_with(self, producer: Producer) {
        // A worker that is gone names nobody.
        let id = producer.id();
        drop(join(self.levels.remove_producer(id), self.active.remove_producer(id)).await);
        drop(producer);
    }

    /// After this nothing is heard of any producer.
    pub async fn stop(&self) {
        drop(join(self.levels.pause(), self.active.pause()).await);
    }
}

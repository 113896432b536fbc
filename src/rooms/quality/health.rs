//! The connection of one peer, both ways: what is looked at, what came of it, and the warnings that hold.

use super::counters::{Counters, Outcome, Seen};
use super::{Change, Figures, QualityNote, QualitySettings, Tracker, evidence};
use crate::ids::ConsumerId;
use crate::protocol::{Direction, Symptom, Warning};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Consumers that are looked at, of all that a peer has. They share a path: some tell for all, and the cost of a look
/// does not grow with the square of the room.
const WATCHED: usize = 4;

/// Loss is that of at least this time: clients report it once a second or so.
const MIN_WINDOW: Duration = Duration::from_secs(3);

/// What one look at a peer sees.
#[derive(Debug, Default)]
pub(in crate::rooms) struct Look {
    pub sending: Seen,
    pub receiving: Seen,
}

/// A symptom got a warning, another one, or none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::rooms) enum Told {
    Warning(Warning),
    Recovered(Symptom),
}

#[derive(Debug, Default)]
pub(in crate::rooms) struct Health {
    sending: Counters,
    receiving: Counters,
    figures: Option<[Figures; 2]>,
    trackers: [Tracker; 5],
    warnings: [Option<Warning>; 5],
    /// The oldest first: it is the next to make room for another.
    watched: VecDeque<ConsumerId>,
    /// The last that was thought of, for going on behind it.
    cursor: Option<ConsumerId>,
    under_way: Option<Look>,
}

impl Health {
    /// The figures of the last look, of what the peer sends and of what it receives.
    pub fn figures(&self) -> Option<[Figures; 2]> {
        self.figures
    }

    /// What holds.
    pub fn warnings(&self) -> Vec<Warning> {
        self.warnings.iter().flatten().copied().collect()
    }

    /// Whether something of a track that the peer sends arrived at the last look.
    pub fn sends(&self, track: Uuid) -> bool {
        self.sending.flows(track)
    }

    /// Behind which consumer to go on looking for others.
    pub fn cursor(&self) -> Option<ConsumerId> {
        self.cursor
    }

    /// The consumers that are looked at.
    pub fn watched(&self) -> impl Iterator<Item = ConsumerId> {
        self.watched.iter().copied()
    }

    /// Chooses the consumers to look at this time: those of the last time that are still worth it, but for the oldest if
    /// there are others; and of the others, in their order and with whether each is worth it, as many as fit.
    pub fn watch(&mut self, still: &[ConsumerId], others: &[(ConsumerId, bool)]) {
        self.watched.retain(|id| still.contains(id));
        for (other, worth) in others.iter().copied() {
            self.cursor = Some(other);
            if !worth || self.watched.contains(&other) {
                continue;
            }
            let full = self.watched.len() == WATCHED;
            if full {
                self.watched.pop_front();
            }
            self.watched.push_back(other);
            // One new face a time: a rate takes two looks at the same consumer.
            if full {
                break;
            }
        }
    }

    /// A look begins.
    pub fn begin(&mut self) {
        self.under_way = Some(Look::default());
    }

    /// The look under way, unless it failed.
    pub fn look(&mut self) -> Option<&mut Look> {
        self.under_way.as_mut()
    }

    /// The look under way failed: there is none until the next.
    pub fn spoil(&mut self) {
        self.under_way = None;
    }

    /// The look is complete: what it changed, and what is worth counting. Nothing of a look that failed.
    pub fn judge(&mut self, now: Instant, settings: &QualitySettings) -> (Vec<Told>, Vec<QualityNote>) {
        let Some(Look { sending, receiving }) = self.under_way.take() else { return Default::default() };
        let window = MIN_WINDOW.max(2 * settings.interval);
        let sending = self.sending.take(&sending, now, window);
        let receiving = self.receiving.take(&receiving, now, window);
        self.figures = Some([sending.figures, receiving.figures]);
        let mut notes = vec![
            QualityNote::Figures(Direction::Send, sending.figures),
            QualityNote::Figures(Direction::Recv, receiving.figures),
        ];
        let told: Vec<_> = Symptom::ALL
            .into_iter()
            .filter_map(|symptom| self.track(symptom, &sending, &receiving, settings))
            .collect();
        notes.extend(told.iter().filter_map(|told| match told {
            Told::Warning(warning) => Some(QualityNote::Warned(warning.r#type, warning.severity)),
            Told::Recovered(_) => None,
        }));
        (told, notes)
    }

    fn track(
        &mut self,
        symptom: Symptom,
        sending: &Outcome,
        receiving: &Outcome,
        settings: &QualitySettings,
    ) -> Option<Told> {
        let (evidence, direction) = evidence(symptom, sending, receiving);
        let holds = &mut self.warnings[symptom as usize];
        Some(match self.trackers[symptom as usize].look(symptom, evidence, settings)? {
            Change::Warning { severity, threshold } => {
                let value = match (evidence, &holds) {
                    (super::Evidence::Value(value), _) => rounded(symptom, value),
                    (_, Some(before)) => before.value,
                    (_, None) => threshold,
                };
                let warning = Warning { r#type: symptom, value, threshold, severity, direction };
                *holds = Some(warning);
                Told::Warning(warning)
            }
            Change::Recovered => {
                *holds = None;
                Told::Recovered(symptom)
            }
        })
    }
}

/// As many digits as are worth reading.
fn rounded(symptom: Symptom, value: f64) -> f64 {
    let digits = match symptom {
        Symptom::PacketLoss => 10_000.0,
        Symptom::Jitter | Symptom::Rtt => 10.0,
        Symptom::Bitrate | Symptom::Score => 1.0,
    };
    (value * digits).round() / digits
}

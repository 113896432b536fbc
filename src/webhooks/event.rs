//! What endpoints are told: every type, and its JSON.

use crate::ids::PeerId;
use crate::protocol::{CallId, DisplayName, Reason, Role, UserId, Warning};
use crate::rooms::Happening;
use serde::Serialize;
use std::time::SystemTime;
use uuid::Uuid;

/// The types, as endpoints subscribe to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventType {
    /// A call's room is there.
    CallStarted,
    /// The call is over.
    CallEnded,
    /// Somebody came.
    ParticipantJoined,
    /// Somebody is gone for good.
    ParticipantLeft,
    /// Media gets through badly to or from somebody.
    QualityWarning,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::CallStarted, Self::CallEnded, Self::ParticipantJoined, Self::ParticipantLeft, Self::QualityWarning];

    /// The name in bodies and in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CallStarted => "call.started",
            Self::CallEnded => "call.ended",
            Self::ParticipantJoined => "participant.joined",
            Self::ParticipantLeft => "participant.left",
            Self::QualityWarning => "quality.warning",
        }
    }
}

/// The call that something happened in.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallRef<'a> {
    /// Of this one call, as in REST.
    pub id: Uuid,
    /// Its name on the wire of Socket.IO, which a later call may have again.
    pub call_id: &'a CallId,
}

/// Who came or went, or whose connection is bad.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Participant<'a> {
    /// Its id in the room.
    pub peer_id: PeerId,
    /// Who it is for the application.
    pub user_id: &'a UserId,
    /// How it is shown, as far as this is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<&'a DisplayName>,
    /// What it is, as far as this is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// Something to tell.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged)]
pub enum Notice<'a> {
    /// `call.started`
    CallStarted,
    /// `call.ended`
    CallEnded {
        /// Why.
        reason: Why<'a>,
    },
    /// `participant.joined`
    ParticipantJoined {
        /// Who.
        participant: Participant<'a>,
    },
    /// `participant.left`
    ParticipantLeft {
        /// Who.
        participant: Participant<'a>,
        /// Why.
        reason: Why<'a>,
    },
    /// `quality.warning`
    QualityWarning {
        /// Whose connection it is.
        participant: Participant<'a>,
        /// What is wrong with it.
        warning: &'a Warning,
    },
}

/// Why something ended: as the room says, or as its books say where the room could not.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged)]
pub enum Why<'a> {
    /// The room's reason.
    Room(Reason),
    /// The books'.
    Books(&'a str),
}

/// What is sent.
#[derive(Debug, Serialize)]
struct Body<'a> {
    r#type: &'static str,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Debug, Serialize)]
struct Data<'a> {
    call: CallRef<'a>,
    #[serde(flatten)]
    notice: Notice<'a>,
}

impl<'a> Notice<'a> {
    /// What is to be told of something that happened; none: endpoints are not told of it. That a room opens is told by
    /// the books, which know whether a call begins with it.
    pub fn of(happening: &'a Happening) -> Option<Self> {
        let participant = |peer_id: &PeerId, user_id: &'a UserId| Participant {
            peer_id: *peer_id,
            user_id,
            display_name: None,
            role: None,
        };
        Some(match happening {
            Happening::Closed { reason } => Self::CallEnded { reason: Why::Room(*reason) },
            Happening::Joined { peer_id, user_id, display_name, role, .. } => {
                let participant = participant(peer_id, user_id);
                let display_name = display_name.as_ref();
                Self::ParticipantJoined { participant: Participant { display_name, role: Some(*role), ..participant } }
            }
            Happening::Left { peer_id, user_id, reason } => {
                Self::ParticipantLeft { participant: participant(peer_id, user_id), reason: Why::Room(*reason) }
            }
            Happening::Quality(warning) => {
                let participant = participant(&warning.peer_id, &warning.user_id);
                Self::QualityWarning { participant, warning: &warning.warning }
            }
            Happening::Opened | Happening::Moderated { .. } => return None,
        })
    }

    /// Of which type.
    pub fn event_type(&self) -> EventType {
        match self {
            Self::CallStarted => EventType::CallStarted,
            Self::CallEnded { .. } => EventType::CallEnded,
            Self::ParticipantJoined { .. } => EventType::ParticipantJoined,
            Self::ParticipantLeft { .. } => EventType::ParticipantLeft,
            Self::QualityWarning { .. } => EventType::QualityWarning,
        }
    }

    /// What is sent, as JSON.
    pub fn body(self, call: CallRef<'_>, at: SystemTime) -> String {
        let timestamp = humantime::format_rfc3339_millis(at).to_string();
        let body = Body { r#type: self.event_type().as_str(), timestamp, data: Data { call, notice: self } };
        serde_json::to_string(&body).expect("plain data with string keys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Direction, KickPeer, Moderation, QualityWarning, Severity, Symptom};
    use std::time::{Duration, UNIX_EPOCH};

    fn happenings() -> Vec<Happening> {
        let peer_id = PeerId::from(Uuid::from_u128(2));
        let user_id = || UserId::new("anna").expect("a name");
        let display_name = DisplayName::new("Anna").expect("a name");
        let warning = Warning {
            r#type: Symptom::PacketLoss,
            value: 0.125,
            threshold: 0.1,
            severity: Severity::High,
            direction: Direction::Send,
        };
        vec![
            Happening::Joined {
                peer_id,
                user_id: user_id(),
                display_name: Some(display_name),
                role: Role::Host,
                address: Some([192, 0, 2, 1].into()),
            },
            Happening::Quality(QualityWarning { peer_id, user_id: user_id(), warning }),
            Happening::Left { peer_id, user_id: user_id(), reason: Reason::Left },
            Happening::Closed { reason: Reason::ServerShutdown },
        ]
    }

    #[test]
    fn each_type_has_its_shape() {
        let call_id = CallId::new("team").expect("a name");
        let call = CallRef { id: Uuid::from_u128(1), call_id: &call_id };
        let at = UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        let happenings = happenings();
        let told = happenings.iter().filter_map(Notice::of);
        let notices: Vec<_> = [Notice::CallStarted].into_iter().chain(told).collect();
        let bodies: Vec<_> = notices.iter().map(|notice| notice.body(call, at)).collect();
        insta::assert_snapshot!(bodies.join("\n"), @r#"
        {"type":"call.started","timestamp":"2023-11-14T22:13:20.123Z","data":{"call":{"id":"00000000-0000-0000-0000-000000000001","callId":"team"}}}
        {"type":"participant.joined","timestamp":"2023-11-14T22:13:20.123Z","data":{"call":{"id":"00000000-0000-0000-0000-000000000001","callId":"team"},"participant":{"peerId":"00000000-0000-0000-0000-000000000002","userId":"anna","displayName":"Anna","role":"host"}}}
        {"type":"quality.warning","timestamp":"2023-11-14T22:13:20.123Z","data":{"call":{"id":"00000000-0000-0000-0000-000000000001","callId":"team"},"participant":{"peerId":"00000000-0000-0000-0000-000000000002","userId":"anna"},"warning":{"type":"packet_loss","value":0.125,"threshold":0.1,"severity":"high","direction":"send"}}}
        {"type":"participant.left","timestamp":"2023-11-14T22:13:20.123Z","data":{"call":{"id":"00000000-0000-0000-0000-000000000001","callId":"team"},"participant":{"peerId":"00000000-0000-0000-0000-000000000002","userId":"anna"},"reason":"left"}}
        {"type":"call.ended","timestamp":"2023-11-14T22:13:20.123Z","data":{"call":{"id":"00000000-0000-0000-0000-000000000001","callId":"team"},"reason":"server_shutdown"}}
        "#);
        let mut types: Vec<_> = notices.iter().map(Notice::event_type).collect();
        types.sort_unstable();
        assert_eq!(types, EventType::ALL);
    }

    #[test]
    fn of_moderation_nobody_is_told() {
        let action = Moderation::Kick(KickPeer { peer_id: PeerId::random(), ban: false });
        assert!(Notice::of(&Happening::Moderated { by: None, user_id: None, action }).is_none());
    }

    #[test]
    fn what_the_books_say_is_a_reason_too() {
        let call_id = CallId::new("team").expect("a name");
        let notice = Notice::CallEnded { reason: Why::Books("server_lost") };
        let body = notice.body(CallRef { id: Uuid::nil(), call_id: &call_id }, UNIX_EPOCH);
        assert!(body.ends_with(r#""reason":"server_lost"}}"#), "{body}");
    }
}

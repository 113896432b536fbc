//! Messages: who gets them, how many may be sent, and what is kept of them.

use super::room::Room;
use super::*;
use crate::ids::MessageId;
use crate::protocol::{Message, SendMessage};

fn say(to: Option<PeerId>, data: &str) -> Request {
    let data = serde_json::value::to_raw_value(data).expect("encodes");
    let request = format!(r#"{{ "to": {}, "topic": "t", "data": {data} }}"#, serde_json::json!(to));
    Request::SendMessage(serde_json::from_str::<SendMessage>(&request).expect("a message"))
}

fn sent(room: &mut Room, session: SessionId, to: Option<PeerId>, data: &str) -> MessageId {
    // Each has its turn: the rate is another test's.
    room.now += Duration::from_secs(1);
    match room.ask(session, say(to, data)) {
        Ok(Reply::Sent(stamp)) => stamp.id,
        answer => panic!("{answer:?}"),
    }
}

fn ids<'a>(messages: impl IntoIterator<Item = &'a Arc<Message>>) -> Vec<MessageId> {
    messages.into_iter().map(|message| message.id).collect()
}

/// What a session was told and did not look at yet.
fn got(room: &mut Room, session: SessionId) -> Vec<MessageId> {
    let told = std::mem::take(&mut room.told).into_iter();
    let messages: Vec<_> = told
        .filter_map(|(to, event)| match event {
            Event::Message(message) if to == session => Some(message),
            _ => None,
        })
        .collect();
    ids(&messages)
}

#[test]
fn one_to_all_reaches_all_others_and_one_to_one_only_that_one() {
    let mut room = Room::open(1, settings());
    let [(anna, _), (ben, bens), (carl, _)] = ["anna", "ben", "carl"].map(|user| room.joined(user));
    room.told.clear();
    let to_all = sent(&mut room, anna, None, "a");
    let heard: BTreeSet<_> = room.told.iter().map(|(to, _)| *to).collect();
    assert_eq!(heard, BTreeSet::from([ben, carl]));
    assert_eq!(got(&mut room, ben), [to_all]);
    let to_ben = sent(&mut room, anna, Some(bens.peer_id), "b");
    assert!(room.told.iter().all(|(to, _)| *to == ben));
    assert_eq!(got(&mut room, ben), [to_ben]);
}

#[test]
fn nobody_is_no_recipient_and_neither_is_oneself() {
    let mut room = Room::open(1, settings());
    let (anna, joined) = room.joined("anna");
    for to in [PeerId::random(), joined.peer_id] {
        assert_eq!(room.ask(anna, say(Some(to), "a")).unwrap_err(), RoomError::PeerNotFound);
    }
    assert_eq!(room.ask(SessionId::random(), say(None, "a")).unwrap_err(), RoomError::NotJoined);
}

#[test]
fn a_peer_that_says_too_much_is_told_when_to_go_on() {
    let mut room = Room::open(1, settings());
    let (anna, _) = room.joined("anna");
    for _ in 0..3 {
        room.ask(anna, say(None, "a")).expect("within the burst");
    }
    let wait = Duration::from_millis(500);
    let refused = RoomError::RateLimited { limit: Limit::Messages, wait };
    assert_eq!(room.ask(anna, say(None, "a")).unwrap_err(), refused);
    assert_eq!(refused.retry_after(), Some(wait));
    let (ben, _) = room.joined("ben");
    room.ask(ben, say(None, "a")).expect("has a pace of his own");
    room.now += wait;
    room.ask(anna, say(None, "a")).expect("in time");
}

#[test]
fn a_message_has_its_size() {
    let mut room = Room::open(1, settings());
    let (anna, _) = room.joined("anna");
    sent(&mut room, anna, None, &"x".repeat(18));
    let error = room.ask(anna, say(None, &"x".repeat(19))).unwrap_err();
    assert_eq!(error.to_string(), "messages.max_bytes allows 20");
}

#[test]
fn who_joins_gets_the_last_that_everybody_got() {
    let mut room = Room::open(1, settings());
    let (anna, annas) = room.joined("anna");
    let (ben, _) = room.joined("ben");
    let all: Vec<_> = ["a", "b", "c"].map(|text| sent(&mut room, anna, None, text)).into();
    for text in ["d", "e", "f"] {
        sent(&mut room, ben, Some(annas.peer_id), text);
    }
    let (_, joined) = room.joined("carl");
    assert_eq!(ids(&joined.messages), all[1..]);
    assert_eq!(room.state.messages.len(), [2, 2]);
    room.ask(anna, Request::LeaveRoom).expect("leaves");
    assert_eq!(room.state.messages.len(), [2, 0]);
}

#[test]
fn who_was_away_gets_what_it_missed_and_nothing_else() {
    let mut room = Room::open(1, RoomSettings { kept_messages: 10, ..settings() });
    let (anna, annas) = room.joined("anna");
    let (ben, bens) = room.joined("ben");
    let (_, carls) = room.joined("carl");
    sent(&mut room, ben, None, "before");
    room.now += Duration::from_secs(1);
    room.give(Input::Disconnected(anna));
    let mut missed = vec![sent(&mut room, ben, Some(annas.peer_id), "to her")];
    sent(&mut room, ben, Some(carls.peer_id), "to another");
    missed.push(sent(&mut room, ben, None, "to all"));
    let again = SessionId::random();
    let resumed = room.join(again, "anna", Some(annas.resume_token)).expect("resumes");
    assert_eq!(ids(&resumed.messages), missed);
    // Nobody saw this one go: it may have missed anything but what it said itself.
    sent(&mut room, again, None, "from her");
    sent(&mut room, again, Some(bens.peer_id), "from her to him");
    let resumed = room.join(SessionId::random(), "anna", Some(annas.resume_token)).expect("resumes");
    assert_eq!(resumed.messages.len(), 3);
    assert!(resumed.messages.iter().all(|message| message.peer_id == bens.peer_id));
}

#[test]
fn nothing_is_kept_unless_wanted() {
    let mut room = Room::open(1, RoomSettings { kept_messages: 0, ..settings() });
    let (anna, annas) = room.joined("anna");
    let (ben, _) = room.joined("ben");
    room.give(Input::Disconnected(anna));
    sent(&mut room, ben, None, "to all");
    sent(&mut room, ben, Some(annas.peer_id), "to her");
    let resumed = room.join(SessionId::random(), "anna", Some(annas.resume_token)).expect("resumes");
    assert!(resumed.messages.is_empty() && room.joined("carl").1.messages.is_empty());
}

//! What the books are told of a room.

use super::room::Room;
use super::*;
use crate::protocol::DisplayName;

#[test]
fn everybody_who_came_has_gone_before_the_end() {
    let mut room = Room::open(1, settings());
    let (anna, joined) = room.joined("anna");
    let (_, other) = room.joined("ben");
    room.ask(anna, Request::LeaveRoom).expect("leaves");
    room.give(Input::Close(Reason::ServerShutdown));
    let come = |joined: &crate::protocol::Joined, user: &str| Happening::Joined {
        peer_id: joined.peer_id,
        user_id: UserId::new(user).expect("a name"),
        display_name: None,
        role: Role::Participant,
        address: None,
    };
    let gone = |joined: &crate::protocol::Joined, user: &str, reason| Happening::Left {
        peer_id: joined.peer_id,
        user_id: UserId::new(user).expect("a name"),
        reason,
    };
    let expected = [
        Happening::Opened,
        come(&joined, "anna"),
        come(&other, "ben"),
        gone(&joined, "anna", Reason::Left),
        gone(&other, "ben", Reason::ServerShutdown),
        Happening::Closed { reason: Reason::ServerShutdown },
    ];
    assert_eq!(room.books, expected);
}

#[test]
fn who_comes_back_has_not_come_twice() {
    let mut room = Room::open(1, settings());
    let (anna, joined) = room.joined("anna");
    room.give(Input::Disconnected(anna));
    room.join(SessionId::random(), "anna", Some(joined.resume_token)).expect("goes on");
    assert_eq!(room.books.len(), 2, "{:?}", room.books);
}

#[test]
fn what_is_known_of_a_caller_holds_and_not_what_the_client_says() {
    let mut room = Room::open(1, settings());
    let (user_id, name) = (UserId::new("u-1").expect("a name"), DisplayName::new("Anna A.").expect("a name"));
    let known = Caller {
        user_id: Some(user_id.clone()),
        display_name: Some(name.clone()),
        address: Some([192, 0, 2, 1].into()),
        ..Caller::anonymous(Role::Host, None)
    };
    let session = room.session_of(known);
    let joined = room.join(session, "somebody-else", None).expect("joins");
    let expected = Happening::Joined {
        peer_id: joined.peer_id,
        user_id: user_id.clone(),
        display_name: Some(name),
        role: Role::Host,
        address: Some([192, 0, 2, 1].into()),
    };
    assert_eq!(room.books[1], expected);
    let (_, other) = room.joined("ben");
    assert_eq!((&other.peers[0].user_id, other.peers[0].role), (&user_id, Role::Host));
}

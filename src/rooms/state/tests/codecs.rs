//! Who has no codec for what another publishes.

use super::room::Room;
use super::*;

/// One who publishes, and one who has asked for it with capabilities that don't fit.
fn refused() -> (Room, SessionId, ProducerId, SessionId, TransportId) {
    let mut room = Room::open(1, settings());
    let (anna, _) = room.joined("anna");
    let sends = room.transport(anna, Direction::Send);
    let producer = room.produce(anna, sends);
    let (ben, _) = room.joined("ben");
    let receives = room.transport(ben, Direction::Recv);
    let ticket = room.send(ben, Room::consume_request(receives, producer));
    room.model.carry_out(0, true);
    let answer = room.model.answer(0).expect("is carried out");
    room.give(answer);
    let answer = room.answer(ticket);
    assert!(matches!(answer, Some(Err(RoomError::Media(MediaError::CannotConsume)))), "{answer:?}");
    (room, anna, producer, ben, receives)
}

fn cannot(room: &Room, session: SessionId) -> Vec<ProducerId> {
    room.state.peers[&room.state.sessions[&session]].cannot_consume.iter().copied().collect()
}

#[test]
fn what_a_peer_cannot_receive_is_kept_until_it_can() {
    let (mut room, anna, producer, ben, receives) = refused();
    assert_eq!((cannot(&room, anna), cannot(&room, ben)), (vec![], vec![producer]));
    room.consume(ben, receives, producer);
    assert_eq!(cannot(&room, ben), []);
}

#[test]
fn what_a_peer_cannot_receive_is_forgotten_with_the_producer() {
    let (mut room, anna, producer, ben, _) = refused();
    room.ask(anna, Request::CloseProducer(producer)).expect("is closed");
    assert_eq!(cannot(&room, ben), []);

    let (mut room, _, _, ben, _) = refused();
    let home = room.state.home.expect("is there");
    room.lose(home);
    assert_eq!(cannot(&room, ben), []);
}

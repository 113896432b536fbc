//! Workers that die.

use super::room::Room;
use super::*;

/// Anna publishes, Ben receives.
fn call(workers: usize) -> (Room, SessionId, SessionId) {
    let mut room = Room::open(workers, settings());
    let ((anna, _), (ben, _)) = (room.joined("anna"), room.joined("ben"));
    let (sends, receives) = (room.transport(anna, Direction::Send), room.transport(ben, Direction::Recv));
    let producer = room.produce(anna, sends);
    room.consume(ben, receives, producer);
    for session in [anna, ben] {
        room.heard(session);
    }
    (room, anna, ben)
}

fn home(room: &Room) -> RouterId {
    room.state.home.expect("is there")
}

#[test]
fn a_lost_worker_costs_the_media_and_nobody_the_room() {
    let (mut room, anna, ben) = call(2);
    let lost = home(&room);
    room.lose(lost);
    assert!(room.heard(anna).is_empty(), "not before there is another router");
    let early = room.ask(anna, Request::CreateTransport(Direction::Send));
    room.settle();
    assert!(matches!(early, Err(RoomError::MediaResetting) | Ok(_)), "{early:?}");
    for session in [anna, ben] {
        assert_eq!(room.heard(session), ["mediaReset"], "and no more than that");
    }
    assert_ne!(home(&room), lost);
    let sends = room.transport(anna, Direction::Send);
    room.produce(anna, sends);
    assert_eq!(room.heard(ben), ["newProducer"]);
}

#[test]
fn until_it_is_told_a_peer_cannot_ask_for_what_it_would_lose() {
    let (mut room, anna, _) = call(2);
    room.lose(home(&room));
    let ticket = room.send(anna, Request::CreateTransport(Direction::Send));
    assert!(matches!(room.answer(ticket), Some(Err(RoomError::MediaResetting))));
}

#[test]
fn who_joins_meanwhile_has_lost_nothing_and_waits_for_the_next_router() {
    let (mut room, _, _) = call(2);
    room.lose(home(&room));
    let session = SessionId::random();
    let joining = room.send(session, join_request());
    assert!(matches!(room.answer(joining), Some(Ok(Reply::Joined(_)))));
    let making = room.send(session, Request::CreateTransport(Direction::Recv));
    assert!(room.answer(making).is_none());
    room.settle();
    assert!(matches!(room.answer(making), Some(Ok(Reply::Transport(_)))));
    assert!(room.heard(session).is_empty());
}

#[test]
fn who_was_away_hears_of_the_reset_on_return() {
    let mut room = Room::open(2, settings());
    let (anna, joined) = room.joined("anna");
    room.transport(anna, Direction::Send);
    room.give(Input::Disconnected(anna));
    room.lose(home(&room));
    room.settle();
    let again = SessionId::random();
    let resumed = room.join(again, "anna", Some(joined.resume_token)).expect("resumes");
    assert!(resumed.own.expect("is told").transports.is_empty());
    assert_eq!(room.heard(again), ["mediaReset"]);
    room.transport(again, Direction::Send);
}

#[test]
fn a_room_without_a_worker_looks_for_one_for_a_while() {
    let (mut room, anna, _) = call(1);
    // The only worker's place is taken until its router is given back, which is now.
    room.model.workers = 0;
    room.lose(home(&room));
    room.settle();
    room.pass(settings().media_reset_deadline - Duration::from_secs(1));
    assert!(room.state.open());
    room.model.workers = 1;
    room.pass(Duration::from_millis(200));
    assert_eq!(room.heard(anna), ["mediaReset"]);
}

#[test]
fn and_then_it_closes() {
    let (mut room, anna, _) = call(1);
    room.model.workers = 0;
    room.lose(home(&room));
    room.settle();
    room.pass(settings().media_reset_deadline);
    assert_eq!(room.heard(anna), ["roomClosed"]);
    assert!(room.state.closed());
}

#[test]
fn a_room_that_takes_worker_after_worker_down_is_closed() {
    let (mut room, anna, _) = call(2);
    for _ in 0..settings().max_media_resets_per_minute {
        room.lose(home(&room));
        room.settle();
        room.transport(anna, Direction::Send);
    }
    room.heard(anna);
    room.lose(home(&room));
    assert_eq!((room.heard(anna), room.limits), (vec!["roomClosed"], vec![Limit::MediaResets]));
}

#[test]
fn losses_of_long_ago_do_not_count() {
    let (mut room, _, _) = call(2);
    for _ in 0..3 * settings().max_media_resets_per_minute {
        room.pass(Duration::from_secs(20));
        room.lose(home(&room));
        room.settle();
    }
    assert!(room.state.open());
}

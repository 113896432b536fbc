//! Sockets that are lost, and peers that come back.

use super::room::Room;
use super::*;

const GRACE: Duration = Duration::from_secs(15);

#[test]
fn a_lost_socket_leaves_the_peer_its_time_to_come_back() {
    let mut room = Room::open(1, settings());
    let ((anna, _), (ben, _)) = (room.joined("anna"), room.joined("ben"));
    let sends = room.transport(anna, Direction::Send);
    room.produce(anna, sends);
    room.heard(ben);
    room.give(Input::Disconnected(anna));
    assert_eq!(room.heard(ben), ["peerReconnecting"]);
    room.pass(GRACE - Duration::from_millis(1));
    assert_eq!(room.state.counts(), Counts { peers: 2, transports: 1, producers: 1, ..Counts::default() });
    room.pass(Duration::from_millis(1));
    assert_eq!(room.heard(ben), ["producerClosed", "peerLeft"]);
    assert_eq!(room.state.counts(), Counts { peers: 1, ..Counts::default() });
}

#[test]
fn who_comes_back_has_all_it_had_and_hears_what_changed() {
    let mut room = Room::open(1, settings());
    let ((anna, joined), (ben, _)) = (room.joined("anna"), room.joined("ben"));
    let (sends, receives) = (room.transport(anna, Direction::Send), room.transport(anna, Direction::Recv));
    let own = room.produce(anna, sends);
    let bens = room.transport(ben, Direction::Send);
    let (kept, closed) = (room.produce(ben, bens), room.produce(ben, bens));
    let consumers = [kept, closed].map(|producer| room.consume(anna, receives, producer));
    room.give(Input::Disconnected(anna));
    room.ask(ben, Request::CloseProducer(closed)).expect("closes");
    room.ask(ben, Request::PauseProducer(kept)).expect("pauses");
    room.heard(ben);

    let again = SessionId::random();
    let resumed = room.join(again, "anna", Some(joined.resume_token)).expect("resumes");
    assert_eq!((resumed.peer_id, resumed.resumed), (joined.peer_id, true));
    let media = resumed.own.expect("is told");
    assert_eq!(media.transports.into_iter().collect::<BTreeSet<_>>(), BTreeSet::from([sends, receives]));
    assert_eq!(media.producers.iter().map(|own| (own.producer_id, own.paused)).collect::<Vec<_>>(), [(own, false)]);
    let received: Vec<_> = media.consumers.iter().map(|own| (own.consumer_id, own.producer_paused)).collect();
    assert_eq!(received, [(consumers[0], true)]);
    assert_eq!(room.heard(ben), ["peerResumed"]);
    // Its time to come back is over, and means nothing any more.
    room.pass(GRACE);
    assert_eq!(room.state.peers(), 2);
    room.ask(again, Request::ResumeConsumer(consumers[0])).expect("goes on");
}

#[test]
fn of_two_sessions_with_a_token_the_newer_wins() {
    let mut room = Room::open(1, settings());
    let ((older, joined), (ben, _)) = (room.joined("anna"), room.joined("ben"));
    for session in [older, ben] {
        room.heard(session);
    }
    let newer = SessionId::random();
    room.join(newer, "anna", Some(joined.resume_token)).expect("resumes");
    assert_eq!(room.heard(older), ["kicked"]);
    assert_eq!(room.released, [older]);
    // The end of the older connection is nobody's any more.
    room.give(Input::Disconnected(older));
    assert!(room.heard(ben).is_empty());
    assert_eq!(room.ask(older, Request::GetProducers(call_id())).unwrap_err(), RoomError::NotJoined);
    room.ask(newer, Request::GetProducers(call_id())).expect("is inside");
}

#[test]
fn a_token_is_good_for_its_user_and_as_long_as_its_peer() {
    let mut room = Room::open(1, settings());
    let (anna, joined) = room.joined("anna");
    let token = joined.resume_token;
    let other = ResumeToken::random(joined.peer_id);
    for (user, token) in [("ben", token), ("anna", other), ("anna", ResumeToken::random(PeerId::random()))] {
        let session = SessionId::random();
        assert_eq!(room.join(session, user, Some(token)).unwrap_err(), RoomError::ResumeRefused);
        assert!(room.released.contains(&session), "is outside");
    }
    room.ask(anna, Request::LeaveRoom).expect("leaves");
    assert_eq!(room.join(SessionId::random(), "anna", Some(token)).unwrap_err(), RoomError::ResumeRefused);
}

#[test]
fn a_user_that_joins_anew_replaces_its_lost_self_and_no_other() {
    let mut room = Room::open(1, settings());
    let ((lost, _), (phone, _), (ben, _)) = (room.joined("anna"), room.joined("anna"), room.joined("ben"));
    room.give(Input::Disconnected(lost));
    room.heard(ben);
    let (_, joined) = room.joined("anna");
    assert_eq!(joined.peers.len(), 2, "the phone and Ben");
    assert_eq!(room.heard(ben), ["peerLeft", "peerJoined"]);
    assert!(room.told.iter().all(|(_, event)| !matches!(event, Event::Kicked { .. })));
    room.ask(phone, Request::GetProducers(call_id())).expect("is inside");
}

#[test]
fn without_a_grace_period_a_lost_socket_is_the_end() {
    let mut room = Room::open(1, RoomSettings { resume_grace: Duration::ZERO, ..settings() });
    let ((anna, _), (ben, _)) = (room.joined("anna"), room.joined("ben"));
    room.heard(ben);
    room.give(Input::Disconnected(anna));
    assert_eq!(room.heard(ben), ["peerLeft"]);
}

#[test]
fn who_has_no_path_and_says_nothing_is_taken_out() {
    let mut room = Room::open(1, settings());
    let dead_peer = settings().dead_peer;
    let ((anna, _), (ben, _)) = (room.joined("anna"), room.joined("ben"));
    let transports = [Direction::Send, Direction::Recv].map(|direction| room.transport(anna, direction));
    let router = room.state.home.expect("is there");
    let path = |room: &mut Room, transport, connected| {
        room.give(Input::Media(router, MediaEvent::IceConnected { transport, connected }));
    };
    transports.into_iter().for_each(|transport| path(&mut room, transport, true));
    path(&mut room, transports[0], false);
    room.pass(dead_peer);
    assert_eq!(room.state.peers(), 2, "one path is left");
    path(&mut room, transports[1], false);
    room.pass(dead_peer / 2);
    room.ask(anna, Request::GetProducers(call_id())).expect("is heard of");
    room.pass(dead_peer - Duration::from_millis(1));
    assert_eq!(room.state.peers(), 2, "was heard of since");
    room.heard(ben);
    room.pass(Duration::from_millis(1));
    assert_eq!(room.heard(ben), ["peerLeft"]);
    assert_eq!(room.heard(anna), ["peerJoined", "kicked"]);
}

//! Keeping order: who may do what to whom, and that it holds.

use super::room::Room;
use super::*;
use crate::media::protocol::MediaKind;
use crate::protocol::{
    KickPeer, LockRoom, Moderation, MutePeer, MuteTarget, Permission, Permissions, RoleChange, SetPeerRole,
};

pub(super) fn of_role(role: Role) -> Caller {
    Caller::anonymous(role, None)
}

pub(super) fn kick(peer_id: PeerId, ban: bool) -> Request {
    Request::Moderate(Moderation::Kick(KickPeer { peer_id, ban }))
}

pub(super) fn mute(peer_id: PeerId, target: MuteTarget, muted: bool) -> Request {
    let (producer_id, kind) = match target {
        MuteTarget::ProducerId(id) => (Some(id), None),
        MuteTarget::Kind(kind) => (None, Some(kind)),
    };
    Request::Moderate(Moderation::Mute(MutePeer { peer_id, producer_id, kind, muted }))
}

pub(super) fn set_role(peer_id: PeerId, role: Role) -> Request {
    Request::Moderate(Moderation::SetRole(SetPeerRole { peer_id, role }))
}

pub(super) fn lock(locked: bool) -> Request {
    Request::Moderate(Moderation::Lock(LockRoom { locked }))
}

pub(super) const VIDEO: MuteTarget = MuteTarget::Kind(MediaKind::Video);

/// A host and a participant who publishes video.
pub(super) struct Scene {
    pub room: Room,
    pub host: SessionId,
    pub host_id: PeerId,
    pub anna: SessionId,
    pub anna_id: PeerId,
    pub sends: TransportId,
    pub video: ProducerId,
}

impl Scene {
    pub fn set() -> Self {
        let mut room = Room::open(1, settings());
        let (host, joined) = room.joined_as(of_role(Role::Host), "host");
        let host_id = joined.peer_id;
        let (anna, joined) = room.joined_as(of_role(Role::Participant), "anna");
        let sends = room.transport(anna, Direction::Send);
        let video = room.produce(anna, sends);
        room.told.clear();
        Self { room, host, host_id, anna, anna_id: joined.peer_id, sends, video }
    }

    pub fn heard(&mut self, session: SessionId) -> Vec<Event> {
        let told = std::mem::take(&mut self.room.told);
        told.into_iter().filter(|(to, _)| *to == session).map(|(_, event)| event).collect()
    }

    /// In the worker, where it counts.
    pub fn paused(&self, producer: ProducerId) -> bool {
        self.room.model.routers.values().any(|router| router.paused.contains(&producer))
    }
}

#[test]
fn who_is_kicked_is_out_and_may_come_again_unless_banned() {
    let mut scene = Scene::set();
    for (ban, reason) in [(false, Reason::Kicked), (true, Reason::Banned)] {
        scene.room.ask(scene.host, kick(scene.anna_id, ban)).expect("is allowed");
        let events = scene.heard(scene.anna);
        let by = Some(scene.host_id);
        assert!(
            matches!(&events[..], [Event::Kicked { reason: told, by: who }] if *told == reason && *who == by),
            "{events:?}"
        );
        assert_eq!(scene.room.released.pop(), Some(scene.anna));
        assert_eq!(scene.room.state.counts(), Counts { peers: 1, ..Counts::default() });
        match scene.room.join(scene.anna, "anna", None) {
            Ok(joined) if !ban => scene.anna_id = joined.peer_id,
            answer => assert_eq!(answer.expect_err("banned"), RoomError::Banned),
        }
    }
    scene.room.joined_as(of_role(Role::Participant), "ben");
}

#[test]
fn a_ban_takes_out_all_that_the_user_has_inside() {
    let mut scene = Scene::set();
    let (other, _) = scene.room.joined_as(of_role(Role::Participant), "anna");
    scene.room.ask(scene.host, kick(scene.anna_id, true)).expect("is allowed");
    assert_eq!((scene.room.state.peers(), scene.room.released.contains(&other)), (1, true));
}

#[test]
fn another_role_closes_what_it_may_not_have() {
    let mut scene = Scene::set();
    let sends = scene.room.transport(scene.host, Direction::Send);
    let shown = scene.room.produce(scene.host, sends);
    let receives = scene.room.transport(scene.anna, Direction::Recv);
    scene.room.consume(scene.anna, receives, shown);
    let channel = scene.room.produce_data(scene.anna, scene.sends);
    scene.room.told.clear();
    scene.room.ask(scene.host, set_role(scene.anna_id, Role::Viewer)).expect("is allowed");
    let counts = scene.room.state.counts();
    assert_eq!((counts.producers, counts.data_producers, counts.consumers), (1, 0, 1), "still receives: {channel}");
    let [Event::PeerRoleChanged(change), Event::ProducerClosed(video), Event::DataProducerClosed(data)] =
        &scene.heard(scene.anna)[..]
    else {
        panic!("something else");
    };
    let expected = RoleChange {
        peer_id: scene.anna_id,
        user_id: UserId::new("anna").expect("a name"),
        role: Role::Viewer,
        permissions: Roles::default().viewer,
        by: Some(scene.host_id),
    };
    assert_eq!(*change, expected);
    assert_eq!([video.reason, data.reason], [Some(Reason::Forbidden); 2]);
    let refused = scene.room.ask(scene.anna, Room::produce_request(scene.sends)).expect_err("a viewer");
    assert_eq!(refused, RoomError::Forbidden(Permission::PublishVideo));
}

#[test]
fn what_is_under_way_when_the_role_changes_comes_to_nothing() {
    let mut scene = Scene::set();
    let ticket = scene.room.send(scene.anna, Room::produce_request(scene.sends));
    scene.room.ask(scene.host, set_role(scene.anna_id, Role::Viewer)).expect("is allowed");
    let answer = scene.room.answer(ticket).expect("is answered").clone();
    assert_eq!(answer.expect_err("a viewer"), RoomError::Forbidden(Permission::PublishVideo));
    assert!(scene.room.model.routers.values().all(|router| router.producers.is_empty()));
}

#[test]
fn nobody_acts_upon_who_is_more_nor_makes_others_more_than_itself() {
    let mut room = Room::open(1, settings());
    let (_, host) = room.joined_as(of_role(Role::Host), "host");
    let (moderator, own) = room.joined_as(of_role(Role::Moderator), "moderator");
    let (_, anna) = room.joined_as(of_role(Role::Participant), "anna");
    for upon_host in [kick(host.peer_id, false), mute(host.peer_id, VIDEO, true), set_role(host.peer_id, Role::Viewer)]
    {
        assert_eq!(room.ask(moderator, upon_host).expect_err("is more"), RoomError::PeerIsMore);
    }
    assert_eq!(room.ask(moderator, set_role(anna.peer_id, Role::Host)).expect_err("is more"), RoomError::RoleIsMore);
    for upon_itself in [kick(own.peer_id, false), mute(own.peer_id, VIDEO, true), set_role(own.peer_id, Role::Viewer)] {
        assert_eq!(room.ask(moderator, upon_itself).expect_err("itself"), RoomError::Oneself);
    }
    assert_eq!(room.ask(moderator, kick(PeerId::random(), false)).expect_err("nobody"), RoomError::NoSuchPeer);
    room.ask(moderator, set_role(anna.peer_id, Role::Moderator)).expect("as much as itself");
}

#[test]
fn a_role_may_what_its_permissions_say_and_no_more() {
    let roles = Roles::default();
    for role in Role::ALL {
        let mut room = Room::open(1, settings());
        let (asker, _) = room.joined_as(of_role(role), "asker");
        let (_, other) = room.joined_as(of_role(Role::Viewer), "other");
        let actions = [
            (Permission::Mute, mute(other.peer_id, VIDEO, true)),
            (Permission::SetRole, set_role(other.peer_id, role)),
            (Permission::Lock, lock(true)),
            (Permission::Kick, kick(other.peer_id, false)),
            (Permission::CloseRoom, Request::Moderate(Moderation::Close)),
        ];
        for (permission, action) in actions {
            let expected =
                if roles.of(role).allow(permission) { Ok(()) } else { Err(RoomError::Forbidden(permission)) };
            assert_eq!(room.ask(asker, action.clone()).map(drop), expected, "{role:?} {action:?}");
        }
    }
}

#[test]
fn a_token_may_allow_what_the_role_does_not_until_the_role_changes() {
    let mut room = Room::open(1, settings());
    let own: Permissions = [Permission::Mute].into_iter().collect();
    let (asker, joined) = room.joined_as(Caller { permissions: Some(own.clone()), ..of_role(Role::Participant) }, "a");
    assert_eq!(joined.permissions, own);
    let (host, _) = room.joined_as(of_role(Role::Host), "host");
    let (_, other) = room.joined_as(of_role(Role::Viewer), "other");
    room.ask(asker, mute(other.peer_id, VIDEO, true)).expect("is allowed");
    let publish = room.ask(asker, Request::CreateTransport(Direction::Send)).expect_err("nothing else is");
    assert_eq!(publish, RoomError::MayNotPublish);
    room.ask(host, set_role(joined.peer_id, Role::Participant)).expect("is allowed");
    let refused = room.ask(asker, mute(other.peer_id, VIDEO, false)).expect_err("the list is gone");
    assert_eq!(refused, RoomError::Forbidden(Permission::Mute));
    room.transport(asker, Direction::Send);
}

#[test]
fn a_locked_room_lets_in_who_may_open_it_and_who_comes_back() {
    let mut scene = Scene::set();
    scene.room.ask(scene.host, lock(true)).expect("is allowed");
    let outside = scene.room.session_of(of_role(Role::Participant));
    assert_eq!(scene.room.join(outside, "ben", None).expect_err("is locked"), RoomError::Locked);
    let (_, joined) = scene.room.joined_as(of_role(Role::Moderator), "moderator");
    assert!(joined.locked);
    let (session, joined) = {
        let token = scene.room.state.peers[&scene.anna_id].token;
        scene.room.give(Input::Disconnected(scene.anna));
        let session = SessionId::random();
        (session, scene.room.join(session, "anna", Some(token)).expect("was inside"))
    };
    assert!(joined.resumed);
    scene.room.told.clear();
    scene.room.ask(scene.host, lock(false)).expect("is allowed");
    assert!(matches!(&scene.heard(session)[..], [Event::RoomLocked { locked: false, by: Some(_) }]));
    scene.room.join(outside, "ben", None).expect("is open");
}

#[test]
fn who_ends_the_call_ends_it_for_everybody_and_has_its_answer() {
    let mut scene = Scene::set();
    scene.room.ask(scene.host, Request::Moderate(Moderation::Close)).expect("is allowed");
    for session in [scene.host, scene.anna] {
        let told = scene.room.told.iter().filter(|(to, _)| *to == session);
        let told: Vec<_> = told.map(|(_, event)| event).collect();
        assert!(matches!(told[..], [Event::RoomClosed { reason: Reason::Ended, .. }]), "{told:?}");
    }
    assert!(scene.room.state.closed() && scene.room.model.routers.is_empty());
}

#[test]
fn an_operator_acts_upon_everybody_from_outside() {
    let mut scene = Scene::set();
    let operator = Arc::new(Caller { operator: true, ..of_role(Role::Viewer) });
    let mut ask = |action: Moderation| {
        let ticket = Ticket(u64::MAX - scene.room.books.len() as u64);
        scene.room.give(Input::Moderate { ticket, caller: Arc::clone(&operator), action });
        scene.room.answer(ticket).expect("at once").clone().map(drop)
    };
    let role = SetPeerRole { peer_id: scene.host_id, role: Role::Participant };
    ask(Moderation::SetRole(role)).expect("is allowed");
    ask(Moderation::Kick(KickPeer { peer_id: scene.host_id, ban: false })).expect("is allowed");
    let told = scene.heard(scene.host);
    assert!(matches!(told[..], [Event::PeerRoleChanged(_), Event::Kicked { by: None, .. }]), "{told:?}");
}

#[test]
fn options_hold_from_when_they_change_and_put_nobody_out() {
    let mut scene = Scene::set();
    scene.room.give(Input::Options(RoomOptions { max_peers: Some(1), locked: false }));
    assert_eq!(scene.room.state.peers(), 2);
    let late = scene.room.session_of(of_role(Role::Host));
    assert_eq!(scene.room.join(late, "late", None).expect_err("full"), RoomError::RoomFull(1));
    scene.room.give(Input::Options(RoomOptions { max_peers: Some(usize::MAX), locked: true }));
    assert!(matches!(&scene.heard(scene.anna)[..], [Event::RoomLocked { locked: true, by: None }]));
    scene.room.join(late, "late", None).expect("a host enters");
}

#[test]
fn a_token_has_its_time_and_its_calls() {
    let mut room = Room::open(1, settings());
    let now = std::time::SystemTime::now();
    let expired = Caller { expires_at: Some(now - Duration::from_secs(1)), ..of_role(Role::Host) };
    let session = room.session_of(expired);
    assert_eq!(room.join(session, "a", None).expect_err("too late"), RoomError::TokenExpired);
    let other = Caller { calls: crate::protocol::CallPattern::new("other-*"), ..of_role(Role::Host) };
    let session = room.session_of(other);
    assert_eq!(room.join(session, "a", None).expect_err("another call"), RoomError::OtherCall);
}

#[test]
fn a_revoked_caller_is_out_at_once_also_while_its_socket_is_gone() {
    let mut scene = Scene::set();
    scene.room.give(Input::Disconnected(scene.anna));
    scene.room.give(Input::Expelled(scene.host));
    assert_eq!(scene.room.state.peers(), 1);
    let all = scene.room.state.peers_of(|caller| caller.role == Role::Participant);
    scene.room.give(Input::Revoked(all));
    assert_eq!(scene.room.state.counts(), Counts::default());
    let left = |happening: &Happening| matches!(happening, Happening::Left { reason: Reason::Kicked, .. });
    assert_eq!(scene.room.books.iter().filter(|happening| left(happening)).count(), 2);
}

#[test]
fn a_role_that_was_lowered_stays_so_for_who_comes_again_and_a_name_raises_nobody() {
    let mut scene = Scene::set();
    let (moderator, joined) = scene.room.joined_as(of_role(Role::Moderator), "ben");
    scene.room.ask(scene.host, set_role(joined.peer_id, Role::Viewer)).expect("is allowed");
    scene.room.ask(scene.host, lock(true)).expect("is allowed");
    scene.room.ask(moderator, Request::LeaveRoom).expect("leaves");
    assert_eq!(scene.room.join(moderator, "ben", None).expect_err("no moderator any more"), RoomError::Locked);
    scene.room.ask(scene.host, lock(false)).expect("is allowed");
    assert_eq!(scene.room.join(moderator, "ben", None).expect("comes again").role, Role::Viewer);
    scene.room.ask(scene.host, set_role(scene.anna_id, Role::Host)).expect("is allowed");
    scene.room.ask(scene.anna, Request::LeaveRoom).expect("leaves");
    assert_eq!(scene.room.join(scene.anna, "anna", None).expect("comes again").role, Role::Participant);
}

#[test]
fn who_comes_back_is_known_in_the_same_way_and_by_either_token() {
    let token = |id: &str| Caller {
        user_id: Some(UserId::new("anna").expect("a name")),
        token_id: Some(crate::protocol::TokenId::new(id)),
        ..of_role(Role::Host)
    };
    let mut room = Room::open(1, settings());
    let (session, joined) = room.joined_as(token("first"), "anna");
    room.give(Input::Disconnected(session));
    let claimed = room.join(SessionId::random(), "anna", Some(joined.resume_token));
    assert_eq!(claimed.expect_err("by a name alone"), RoomError::ResumeRefused);
    let session = room.session_of(token("second"));
    room.join(session, "anna", Some(joined.resume_token)).expect("is the same user");
    for id in ["first", "second"] {
        let of = |caller: &Caller| caller.token_id.as_ref().is_some_and(|token| token.as_str() == id);
        assert_eq!(room.state.peers_of(of), [joined.peer_id], "{id}");
    }
}

#[test]
fn nobody_gives_what_it_may_not_itself() {
    let mut room = Room::open(1, settings());
    let own: Permissions = [Permission::SetRole].into_iter().collect();
    let (asker, _) = room.joined_as(Caller { permissions: Some(own), ..of_role(Role::Moderator) }, "a");
    let (_, other) = room.joined_as(of_role(Role::Participant), "other");
    assert_eq!(room.ask(asker, set_role(other.peer_id, Role::Moderator)).expect_err("more"), RoomError::RoleIsMore);
    room.ask(asker, set_role(other.peer_id, Role::Viewer)).expect("less is allowed");
    assert_eq!(room.ask(asker, set_role(other.peer_id, Role::Participant)).expect_err("more"), RoomError::RoleIsMore);
}

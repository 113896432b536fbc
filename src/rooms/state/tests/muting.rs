//! Muting: it holds in the worker, whatever its owner does, until it is let go of.

use super::moderation::{Scene, VIDEO, lock, mute, of_role, set_role};
use super::room::Room;
use super::*;
use crate::media::protocol::MediaKind;
use crate::protocol::{MuteTarget, Muting};

#[test]
fn what_is_muted_is_paused_in_the_worker_and_its_owner_cannot_resume_it() {
    for target in [None, Some(VIDEO)] {
        let mut scene = Scene::set();
        let target = target.unwrap_or(MuteTarget::ProducerId(scene.video));
        scene.room.ask(scene.host, mute(scene.anna_id, target, true)).expect("is allowed");
        assert!(scene.paused(scene.video));
        let events = scene.heard(scene.anna);
        let by = Some(scene.host_id);
        assert!(matches!(&events[..], [Event::Muted(muting)] if *muting == Muting { target, by }), "{events:?}");
        let resume = Request::ResumeProducer(scene.video);
        assert_eq!(scene.room.ask(scene.anna, resume.clone()).expect_err("is muted"), RoomError::Muted);
        scene.room.ask(scene.host, mute(scene.anna_id, target, false)).expect("is allowed");
        assert!(scene.paused(scene.video), "letting go resumes nothing");
        assert!(matches!(&scene.heard(scene.anna)[..], [Event::Unmuted(_)]));
        scene.room.ask(scene.anna, resume).expect("is let go of");
        assert!(!scene.paused(scene.video));
    }
}

#[test]
fn what_changes_nothing_is_told_to_nobody() {
    let mut scene = Scene::set();
    scene.room.ask(scene.host, mute(scene.anna_id, VIDEO, true)).expect("is allowed");
    scene.room.ask(scene.host, lock(true)).expect("is allowed");
    scene.room.ask(scene.host, set_role(scene.anna_id, Role::Moderator)).expect("is allowed");
    let books = scene.room.books.len();
    scene.room.told.clear();
    for again in [mute(scene.anna_id, VIDEO, true), lock(true), set_role(scene.anna_id, Role::Moderator)] {
        scene.room.ask(scene.host, again).expect("is so already");
    }
    assert!(scene.room.told.is_empty(), "{:?}", scene.room.told);
    assert_eq!(scene.room.books.len(), books);
}

#[test]
fn a_kind_that_is_muted_holds_for_what_is_published_later() {
    let mut scene = Scene::set();
    scene.room.ask(scene.host, mute(scene.anna_id, VIDEO, true)).expect("is allowed");
    let later = scene.room.produce(scene.anna, scene.sends);
    assert!(scene.paused(later));
    assert_eq!(scene.room.ask(scene.anna, Request::ResumeProducer(later)).expect_err("is muted"), RoomError::Muted);
}

#[test]
fn a_kind_that_is_muted_while_it_begins_is_paused_all_the_same() {
    let mut scene = Scene::set();
    let request = Room::produce_request(scene.sends);
    let ticket = scene.room.send(scene.anna, request);
    scene.room.ask(scene.host, mute(scene.anna_id, VIDEO, true)).expect("is allowed");
    let Some(Ok(Reply::Produced(produced))) = scene.room.answer(ticket) else { panic!("is there") };
    let produced = produced.clone();
    assert!(produced.muted && produced.paused && scene.paused(produced.id));
}

#[test]
fn a_mute_outlives_the_producer_the_media_and_the_peer() {
    let mut scene = Scene::set();
    scene.room.ask(scene.host, mute(scene.anna_id, MuteTarget::ProducerId(scene.video), true)).expect("is allowed");
    scene.room.ask(scene.anna, Request::CloseProducer(scene.video)).expect("is its own");
    let second = scene.room.produce(scene.anna, scene.sends);
    assert!(scene.paused(second), "published again");

    let home = scene.room.state.home.expect("is open");
    scene.room.model.lose(home);
    scene.room.give(Input::Media(home, MediaEvent::WorkerLost));
    scene.room.settle();
    let sends = scene.room.transport(scene.anna, Direction::Send);
    let third = scene.room.produce(scene.anna, sends);
    assert!(scene.paused(third), "after its worker was lost");

    scene.room.ask(scene.anna, Request::LeaveRoom).expect("leaves");
    let joined = scene.room.join(scene.anna, "anna", None).expect("comes again");
    let sends = scene.room.transport(scene.anna, Direction::Send);
    let fourth = scene.room.produce(scene.anna, sends);
    assert!(scene.paused(fourth), "as a new peer");
    scene.room.ask(scene.host, mute(joined.peer_id, VIDEO, false)).expect("is allowed");
    scene.room.ask(scene.anna, Request::ResumeProducer(fourth)).expect("is let go of");
}

#[test]
fn who_comes_back_hears_what_is_muted() {
    let mut scene = Scene::set();
    scene.room.ask(scene.host, mute(scene.anna_id, VIDEO, true)).expect("is allowed");
    scene.room.ask(scene.anna, Request::LeaveRoom).expect("leaves");
    scene.room.told.clear();
    let joined = scene.room.join(scene.anna, "anna", None).expect("comes again");
    assert!(matches!(&scene.heard(scene.anna)[..], [Event::Muted(Muting { target: VIDEO, by: None })]));
    let sends = scene.room.transport(scene.anna, Direction::Send);
    let video = scene.room.produce(scene.anna, sends);
    scene.room.give(Input::Disconnected(scene.anna));
    let resumed = scene.room.join(SessionId::random(), "anna", Some(joined.resume_token)).expect("goes on");
    let muted = resumed.own.expect("resumed").muted;
    assert_eq!((muted.kinds, muted.producer_ids), (vec![MediaKind::Video], vec![video]));
}

#[test]
fn a_resume_under_way_ends_muted_whichever_answer_comes_first() {
    for order in [[0, 0], [1, 0]] {
        let mut scene = Scene::set();
        scene.room.ask(scene.anna, Request::PauseProducer(scene.video)).expect("is its own");
        scene.room.send(scene.anna, Request::ResumeProducer(scene.video));
        scene.room.send(scene.host, mute(scene.anna_id, VIDEO, true));
        for _ in order {
            scene.room.model.carry_out(0, false);
        }
        for index in order {
            let answer = scene.room.model.answer(index).expect("is under way");
            scene.room.give(answer);
        }
        assert!(scene.paused(scene.video));
        assert!(scene.room.state.peers[&scene.anna_id].producers[&scene.video].paused, "{order:?}");
    }
}

#[test]
fn what_cannot_be_paused_is_closed() {
    let mut scene = Scene::set();
    scene.room.send(scene.host, mute(scene.anna_id, VIDEO, true));
    scene.room.model.carry_out(0, true);
    scene.room.settle();
    assert_eq!(scene.room.state.counts().producers, 0);
    let events = scene.heard(scene.anna);
    let closed = |event: &Event| matches!(event, Event::ProducerClosed(it) if it.reason == Some(Reason::Forbidden));
    assert!(events.iter().any(closed), "{events:?}");
}

#[test]
fn a_second_peer_of_the_same_user_is_muted_as_well() {
    let mut scene = Scene::set();
    scene.room.ask(scene.host, mute(scene.anna_id, VIDEO, true)).expect("is allowed");
    for _ in 0..2 {
        let (second, _) = scene.room.joined_as(of_role(Role::Participant), "anna");
        let sends = scene.room.transport(second, Direction::Send);
        let video = scene.room.produce(second, sends);
        assert!(scene.paused(video));
    }
}

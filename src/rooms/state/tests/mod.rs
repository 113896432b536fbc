//! The rules under random interleavings: clients that do anything at any moment, a worker that answers late, fails, and
//! closes things by itself.

mod books;
mod check;
mod codecs;
mod looks;
mod losing;
mod messaging;
mod moderation;
mod muting;
mod random;
mod resuming;
mod room;
mod simulation;
mod width;
mod worker;

use super::*;
use crate::ids::TransportId;
use crate::limits::{Limit, Rate};
use crate::media::protocol::{MediaError, MediaObject, MediaReply, MediaRequest};
use crate::protocol::{CreateRoom, JoinRoom, Produce, Reply, Request, ResumeToken, Role, Roles, UserId};
use crate::rooms::command::Fresh;
use crate::rooms::{Bitrates, Creation, QualitySettings, Thresholds};
use std::time::Duration;
use worker::Model;

fn settings() -> RoomSettings {
    RoomSettings {
        max_rooms: 10,
        max_peers: 4,
        roles: Roles::default(),
        creation: Creation::Anyone,
        max_bookings: 10,
        empty_close: Duration::from_secs(10),
        queue: 10,
        max_transports_per_peer: 4,
        max_audio_producers_per_peer: 2,
        max_video_producers_per_peer: 2,
        max_consumers_per_peer: 5,
        resume_grace: Duration::from_secs(15),
        dead_peer: Duration::from_secs(30),
        max_consumers_per_router: 1,
        max_media_resets_per_minute: 5,
        media_reset_deadline: Duration::from_secs(10),
        max_app_data_bytes: 100,
        max_screens: 1,
        layers_release: Duration::from_secs(3),
        bitrates: Bitrates {
            floor: 1_500_000,
            microphone: 100_000,
            screen_audio: 200_000,
            camera: 1_000_000,
            camera_layers: 3_000_000,
            screen: 2_000_000,
            screen_layers: 5_000_000,
        },
        active_speaker: true,
        audio_levels: true,
        data: true,
        max_data_producers_per_peer: 2,
        max_data_consumers_per_peer: 3,
        quality: QualitySettings {
            interval: Duration::ZERO,
            bad_samples: 2,
            good_samples: 2,
            recovery: 0.8,
            thresholds: [
                Some(Thresholds([0.02, 0.05, 0.1])),
                Some(Thresholds([10.0, 20.0, 40.0])),
                Some(Thresholds([100.0, 200.0, 400.0])),
                Some(Thresholds([300_000.0, 200_000.0, 100_000.0])),
                Some(Thresholds([6.0, 4.0, 2.0])),
            ],
        },
        messages: Rate::per_second(2, 3),
        max_message_bytes: 20,
        kept_messages: 2,
    }
}

fn call_id() -> CallId {
    CallId::new("call").expect("a name")
}

/// Somebody of whom nothing is known.
fn caller() -> Arc<Caller> {
    Arc::new(Caller::anonymous(Role::Participant, None))
}

fn join_request() -> Request {
    Request::JoinRoom(Box::new(JoinRoom {
        call_id: call_id(),
        user_id: UserId::new("user").expect("a name"),
        rtp_capabilities: Default::default(),
        display_name: None,
        resume_token: None,
    }))
}

/// A room whose router is there, and the moment.
fn open_room() -> (State, Instant) {
    let now = Instant::now();
    let (mut state, outputs) = State::new(call_id(), Arc::new(settings()), RoomOptions::default(), now);
    let [Output::OpenRouter(op)] = outputs[..] else { panic!("{outputs:?}") };
    assert!(!state.open());
    state.handle(Input::RouterOpened(op, Ok((RouterId::random(), worker::capabilities()))), now);
    assert!(state.open());
    (state, now)
}

fn ask(state: &mut State, session: SessionId, request: Request, now: Instant) -> Vec<Output> {
    state.handle(Input::Request { ticket: Ticket(0), session, caller: caller(), fresh: Fresh::random(), request }, now)
}

fn create_request() -> Request {
    Request::CreateRoom(CreateRoom { call_id: call_id() })
}

#[test]
fn only_the_first_to_ask_has_made_the_room() {
    let (mut state, now) = open_room();
    for created in [true, false, false] {
        let outputs = ask(&mut state, SessionId::random(), create_request(), now);
        let [Output::Answer(_, Ok(Reply::Room(room)))] = &outputs[..] else { panic!("{outputs:?}") };
        assert_eq!(room.created, created);
    }
}

#[test]
fn an_empty_room_closes_after_its_time_and_not_before() {
    let (mut state, now) = open_room();
    assert_eq!(state.deadline(), Some(now + settings().empty_close));
    let session = SessionId::random();
    ask(&mut state, session, join_request(), now);
    assert_eq!(state.deadline(), None);
    let left = now + Duration::from_secs(60);
    ask(&mut state, session, Request::LeaveRoom, left);
    assert_eq!(state.deadline(), Some(left + settings().empty_close));
    assert!(state.handle(Input::Tick, left + Duration::from_secs(9)).is_empty());
    let outputs = state.handle(Input::Tick, left + Duration::from_secs(10));
    assert!(matches!(outputs[..], [Output::Record(_), Output::CloseRouter(_), Output::Closed]));
    assert!(state.closed());
}

#[test]
fn asking_for_an_empty_room_gives_it_time_anew() {
    let (mut state, now) = open_room();
    let later = now + Duration::from_secs(9);
    ask(&mut state, SessionId::random(), create_request(), later);
    assert_eq!(state.deadline(), Some(later + settings().empty_close));
}

#[test]
fn a_room_without_its_router_is_over() {
    let now = Instant::now();
    let (mut state, _) = State::new(call_id(), Arc::new(settings()), RoomOptions::default(), now);
    let outputs = state.handle(Input::RouterOpened(OpId(0), Err(MediaError::Deadline)), now);
    assert!(matches!(outputs[..], [Output::Closed]), "{outputs:?}");
    assert!(!state.was_open());
}

#[test]
fn a_router_that_comes_too_late_is_closed() {
    let now = Instant::now();
    let (mut state, _) = State::new(call_id(), Arc::new(settings()), RoomOptions::default(), now);
    assert!(matches!(state.handle(Input::Close(Reason::ServerShutdown), now)[..], [Output::Closed]));
    let opened = Input::RouterOpened(OpId(0), Ok((RouterId::random(), worker::capabilities())));
    let outputs = state.handle(opened, now);
    assert!(matches!(outputs[..], [Output::CloseRouter(_)]), "{outputs:?}");
}

#[test]
fn of_two_pauses_the_later_request_counts_whichever_answer_comes_first() {
    let now = Instant::now();
    let (mut state, outputs) = State::new(call_id(), Arc::new(settings()), RoomOptions::default(), now);
    let mut model = Model::new(1, random::Random::new(0));
    outputs.into_iter().for_each(|output| model.take(output));
    let session = SessionId::random();
    let give = |state: &mut State, model: &mut Model, request: Request| {
        ask(state, session, request, now).into_iter().for_each(|output| model.take(output));
    };
    let answer = |state: &mut State, model: &mut Model, index: usize| {
        model.carry_out(index, false);
        state.handle(model.answer(0).expect("is under way"), now);
    };
    answer(&mut state, &mut model, 0);
    ask(&mut state, session, join_request(), now);
    give(&mut state, &mut model, Request::CreateTransport(Direction::Send));
    answer(&mut state, &mut model, 0);
    let produce = Produce {
        transport_id: *state.peers.values().next().expect("is in").transports.keys().next().expect("is there"),
        kind: crate::media::protocol::MediaKind::Audio,
        rtp_parameters: Default::default(),
        app_data: Default::default(),
        paused: false,
    };
    give(&mut state, &mut model, Request::Produce(Box::new(produce)));
    answer(&mut state, &mut model, 0);
    let producer = *state.owners.keys().next().expect("is there");
    give(&mut state, &mut model, Request::PauseProducer(producer));
    give(&mut state, &mut model, Request::ResumeProducer(producer));
    answer(&mut state, &mut model, 1);
    answer(&mut state, &mut model, 0);
    assert!(!state.peers.values().next().expect("is in").producers[&producer].paused);
}

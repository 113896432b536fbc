//! Rooms that outgrow a router.

use super::room::Room;
use super::*;
use crate::media::protocol::{ConsumerScore, ProducerScore};

fn wide() -> RoomSettings {
    RoomSettings { max_peers: 1000, max_consumers_per_router: 100, ..settings() }
}

/// One who publishes and that many who receive it; gives the producer and the receivers with their transports.
fn one_to_many(workers: usize, many: usize) -> (Room, SessionId, ProducerId, Vec<(SessionId, TransportId)>) {
    let mut room = Room::open(workers, wide());
    let (anna, _) = room.joined("anna");
    let sends = room.transport(anna, Direction::Send);
    let producer = room.produce(anna, sends);
    let receivers: Vec<_> = (0..many)
        .map(|number| {
            let (session, _) = room.joined(&format!("viewer {number}"));
            let receives = room.transport(session, Direction::Recv);
            (session, receives)
        })
        .collect();
    (room, anna, producer, receivers)
}

fn consumers_by_router(room: &Room) -> Vec<usize> {
    let pipes = |router: &super::worker::ModelRouter| {
        router.consumers.values().filter(|(on, _)| router.pipes.contains(on)).count()
    };
    room.model.routers.values().map(|router| router.consumers.len() - pipes(router)).collect()
}

#[test]
fn six_hundred_receivers_are_spread_evenly_over_two_workers() {
    let (mut room, _, producer, receivers) = one_to_many(2, 600);
    for (session, transport) in receivers {
        room.consume(session, transport, producer);
    }
    let spread = consumers_by_router(&room);
    assert_eq!(spread.iter().sum::<usize>(), 600);
    assert!(spread.iter().all(|count| (295..=305).contains(count)), "{spread:?}");
}

#[test]
fn a_room_that_fits_keeps_to_one_worker() {
    let (mut room, _, producer, receivers) = one_to_many(4, 100);
    for (session, transport) in receivers {
        room.consume(session, transport, producer);
    }
    assert_eq!(consumers_by_router(&room), [100]);
}

#[test]
fn however_many_ask_at_once_a_producer_is_piped_once() {
    let (mut room, _, producer, receivers) = one_to_many(2, 150);
    let tickets: Vec<_> = receivers
        .into_iter()
        .map(|(session, transport)| room.send(session, Room::consume_request(transport, producer)))
        .collect();
    room.settle();
    assert!(tickets.into_iter().all(|ticket| matches!(room.answer(ticket), Some(Ok(Reply::Consumed(_))))));
    let home = &room.model.routers[&room.state.home.expect("is there")];
    assert_eq!(home.consumers.values().filter(|(on, _)| home.pipes.contains(on)).count(), 1);
}

#[test]
fn what_nobody_receives_any_more_is_given_back() {
    let (mut room, _, producer, receivers) = one_to_many(2, 101);
    let (last, receives) = *receivers.last().expect("is there");
    let consumer = room.consume(last, receives, producer);
    let there = |room: &Room| room.model.routers.values().map(|router| router.producers.len()).sum::<usize>();
    assert_eq!((room.model.routers.len(), there(&room)), (2, 2));
    room.ask(last, Request::CloseConsumer(consumer)).expect("closes");
    assert_eq!((room.model.routers.len(), there(&room)), (2, 1));
    room.ask(last, Request::LeaveRoom).expect("leaves");
    assert_eq!(room.model.routers.len(), 1);
    assert!(room.model.routers.values().all(|router| router.pipes.is_empty()), "the link is gone at home too");
}

#[test]
fn a_data_channel_is_piped_once_and_given_back_like_a_track() {
    let (mut room, anna, _, receivers) = one_to_many(2, 103);
    let sends = *room
        .state
        .peers
        .values()
        .find(|peer| peer.session == Some(anna))
        .expect("is in")
        .transports
        .keys()
        .next()
        .expect("is there");
    let channel = room.produce_data(anna, sends);
    let there = |room: &Room| room.model.routers.values().map(|router| router.producers.len()).collect::<Vec<_>>();
    let sum = |room: &Room| there(room).iter().sum::<usize>();
    assert_eq!(sum(&room), 2, "Anna's track and her channel");
    let last = receivers[101..].to_vec();
    let consumers: Vec<_> = last.iter().map(|(session, on)| room.consume_data(*session, *on, channel)).collect();
    assert_eq!((room.model.routers.len(), sum(&room)), (2, 3), "{:?}", there(&room));
    room.ask(last[0].0, Request::CloseDataConsumer(consumers[0])).expect("closes");
    assert_eq!(sum(&room), 3);
    room.ask(last[1].0, Request::CloseDataConsumer(consumers[1])).expect("closes");
    assert_eq!(sum(&room), 2);
    room.consume_data(last[0].0, last[0].1, channel);
    room.told.clear();
    room.ask(anna, Request::CloseDataProducer(channel)).expect("closes");
    assert_eq!((sum(&room), room.heard(last[0].0)), (1, vec!["dataConsumerClosed", "dataProducerClosed"]));
}

#[test]
fn a_lost_spoke_resets_only_those_who_receive_there() {
    let (mut room, anna, producer, receivers) = one_to_many(3, 101);
    for (session, transport) in &receivers {
        room.consume(*session, *transport, producer);
    }
    room.told.clear();
    let spoke = room.state.spokes.iter().next().expect("is there").0;
    room.lose(spoke);
    room.settle();
    let (last, _) = *receivers.last().expect("is there");
    assert_eq!(room.heard(last), ["mediaReset"]);
    assert!(room.told.is_empty(), "{:?}", room.told);
    assert!(room.heard(anna).is_empty());
    let receives = room.transport(last, Direction::Recv);
    room.consume(last, receives, producer);
}

#[test]
fn closing_and_pausing_reach_the_spokes() {
    let (mut room, anna, producer, receivers) = one_to_many(2, 101);
    let (last, receives) = *receivers.last().expect("is there");
    room.consume(last, receives, producer);
    room.heard(last);
    let before = room.state.next_op;
    let outputs = room.state.handle(
        Input::Request {
            ticket: Ticket(u64::MAX),
            session: anna,
            caller: caller(),
            fresh: crate::rooms::command::Fresh::random(),
            request: Request::PauseProducer(producer),
        },
        room.now,
    );
    assert_eq!(outputs.len(), 1);
    let outputs = room.state.handle(Input::MediaDone(OpId(before), Ok(MediaReply::Done)), room.now);
    let spoke = room.state.spokes.iter().next().expect("is there").0;
    let paused = |output: &Output| matches!(output, Output::Media(None, on, MediaRequest::PauseProducer(id)) if *on == spoke && *id == producer);
    assert!(outputs.iter().any(paused), "{outputs:?}");
    room.ask(anna, Request::CloseProducer(producer)).expect("closes");
    assert_eq!(room.heard(last), ["consumerClosed", "producerClosed"]);
    assert!(room.model.routers.values().all(|router| router.producers.is_empty() && router.consumers.is_empty()));
}

#[test]
fn a_score_on_a_spoke_has_the_word_of_home_about_its_producer() {
    let (mut room, _, producer, receivers) = one_to_many(2, 101);
    let (last, receives) = *receivers.last().expect("is there");
    let consumer = room.consume(last, receives, producer);
    let (home, spoke) = (room.state.home.expect("is there"), room.state.spokes.iter().next().expect("is there").0);
    let own = ConsumerScore { score: 9, producer_score: 10, producer_scores: vec![10] };
    room.give(Input::Media(spoke, MediaEvent::ConsumerScore { consumer, score: own }));
    let score = vec![ProducerScore { encoding_idx: 0, ssrc: 1, rid: None, score: 4 }];
    room.give(Input::Media(home, MediaEvent::ProducerScore { producer, score }));
    // Of the link itself: worth nothing to anybody.
    let link = vec![ProducerScore { encoding_idx: 0, ssrc: 1, rid: None, score: 10 }];
    room.give(Input::Media(spoke, MediaEvent::ProducerScore { producer, score: link }));
    let scores = room.told.iter().filter(|(to, _)| *to == last).filter_map(|(_, event)| match event {
        Event::ConsumerScore { score, .. } => Some((score.score, score.producer_score)),
        _ => None,
    });
    assert_eq!(scores.collect::<Vec<_>>(), [(9, 10), (9, 4)]);
}

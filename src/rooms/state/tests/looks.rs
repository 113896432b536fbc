//! Looks at connections: what a round asks of the workers, and what disturbs it.

use super::room::Room;
use super::*;
use crate::media::protocol::{Samples, StreamSample, Subjects, TransportSample};
use crate::protocol::Symptom;

const INTERVAL: Duration = Duration::from_secs(1);

fn watchful(workers: usize) -> Room {
    let settings = settings();
    let quality = QualitySettings { interval: INTERVAL, ..settings.quality };
    Room::open(workers, RoomSettings { quality, ..settings })
}

/// The next round: what each router is asked, and under which number.
fn round(room: &mut Room) -> Vec<(OpId, RouterId, Subjects)> {
    room.now += INTERVAL;
    let outputs = room.state.handle(Input::Tick, room.now);
    let asked = outputs.into_iter().filter_map(|output| match output {
        Output::Media(Some(op), router, MediaRequest::Sample(subjects)) => Some((op, router, *subjects)),
        _ => None,
    });
    asked.collect()
}

fn answer(room: &mut Room, op: OpId, result: Result<MediaReply, MediaError>) -> Vec<Event> {
    let outputs = room.state.handle(Input::MediaDone(op, result), room.now);
    let told = outputs.into_iter().filter_map(|output| match output {
        Output::Tell(_, event) => Some(event),
        _ => None,
    });
    told.collect()
}

/// A publishes two tracks and B five consumers of them, all that flows.
fn call(workers: usize) -> (Room, SessionId, Vec<ProducerId>) {
    let mut room = watchful(workers);
    let ((anna, _), (ben, _)) = (room.joined("anna"), room.joined("ben"));
    let (sends, receives) = (room.transport(anna, Direction::Send), room.transport(ben, Direction::Recv));
    let producers = vec![room.produce(anna, sends), room.produce(anna, sends)];
    for number in 0..5 {
        let consumer = room.consume(ben, receives, producers[number % 2]);
        room.ask(ben, Request::ResumeConsumer(consumer)).expect("flows");
    }
    (room, anna, producers)
}

#[test]
fn a_round_asks_each_router_once_and_for_few_of_the_consumers() {
    let (mut room, _, mut producers) = call(2);
    let (other, _) = room.joined("other");
    // Another router: its first has as many consumers as it takes.
    let elsewhere = room.transport(other, Direction::Recv);
    let consumer = room.consume(other, elsewhere, producers[0]);
    room.ask(other, Request::ResumeConsumer(consumer)).expect("flows");
    let asked = round(&mut room);
    let [home, spoke] =
        [room.state.home, room.state.spokes.iter().next().map(|(id, _)| id)].map(|id| id.expect("is there"));
    assert_eq!(asked.len(), 2, "{asked:?}");
    let of = |router| &asked.iter().find(|(_, on, _)| *on == router).expect("was asked").2;
    producers.sort_unstable();
    let mut sent = of(home).producers.clone();
    sent.sort_unstable();
    assert_eq!((sent, of(home).transports.len(), of(home).consumers.len()), (producers, 2, 4));
    assert_eq!(*of(spoke), Subjects { transports: vec![elsewhere], consumers: vec![consumer], ..Subjects::default() });
}

#[test]
fn what_is_paused_is_not_looked_at() {
    let (mut room, anna, producers) = call(1);
    room.ask(anna, Request::PauseProducer(producers[0])).expect("pauses");
    let asked = round(&mut room);
    assert_eq!(asked[0].2.producers, [producers[1]]);
    assert_eq!(asked[0].2.consumers.len(), 2, "those of the other");
}

#[test]
fn there_is_no_second_round_before_the_first_has_ended_however_it_does() {
    let (mut room, _, _) = call(1);
    let first = round(&mut room);
    assert_eq!(first.len(), 1);
    assert!(round(&mut room).is_empty());
    assert!(answer(&mut room, first[0].0, Err(MediaError::Deadline)).is_empty());
    assert_eq!(round(&mut room).len(), 1);
}

/// Answers a round with what a look at a track under heavy loss sees, the more the later it is.
fn lossy(room: &mut Room, number: u64, lost: u64) -> Vec<Event> {
    let asked = round(room);
    let [(op, _, subjects)] = &asked[..] else { panic!("{asked:?}") };
    let transport = TransportSample { bytes_received: number, ..TransportSample::default() };
    let stream = StreamSample {
        packets: 1000 * number,
        expected: 1000 * number,
        lost: lost * number,
        score: 10,
        ..StreamSample::default()
    };
    let samples = Samples {
        transports: subjects.transports.iter().map(|id| (*id, transport)).collect(),
        producers: subjects.producers.iter().map(|id| (*id, stream)).collect(),
        consumers: Vec::new(),
    };
    answer(room, *op, Ok(MediaReply::Samples(Box::new(samples))))
}

#[test]
fn warnings_outlive_the_media_that_they_were_about_only_for_a_moment() {
    let (mut room, anna, _) = call(2);
    let told: Vec<_> = (1..=4).flat_map(|number| lossy(&mut room, number, 300)).collect();
    let [Event::QualityWarning(told)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((told.warning.r#type, told.warning.value), (Symptom::PacketLoss, 0.3));
    let (_, joined) = room.joined("later");
    assert_eq!(joined.peers[0].warnings, [told.warning]);
    // A round under way is not confused by the end of the worker that it asks.
    let under_way = round(&mut room);
    let home = room.state.home.expect("is there");
    room.lose(home);
    assert!(answer(&mut room, under_way[0].0, Err(MediaError::WorkerLost)).is_empty());
    room.settle();
    assert!(room.heard(anna).contains(&"mediaReset"));
    // Nobody has media yet: no worker is asked, and nothing is bad.
    for _ in 0..settings().quality.good_samples {
        room.pass(INTERVAL);
    }
    assert_eq!(room.heard(anna), ["qualityRecovered"]);
}

#[test]
fn nobody_looks_at_an_empty_room() {
    let mut room = watchful(1);
    let (anna, _) = room.joined("anna");
    room.ask(anna, Request::LeaveRoom).expect("leaves");
    room.pass(INTERVAL);
    assert!(room.state.timers.is_empty());
    room.joined("ben");
    assert_eq!(room.state.timers.len(), 1);
}

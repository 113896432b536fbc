//! The media plane by itself: what rooms are built on, asked without them.

use crate::support::DEADLINE;
use crate::support::rtc::{Flow, Incoming, Link, Protocol, Published, Site, StreamSpec, id, settings};
use colloquy::ids::{ConsumerId, ProducerId, RouterId, TransportId};
use colloquy::media::Pool;
use colloquy::media::protocol::{
    MediaError, MediaEvent, MediaObject, MediaObjectKind, MediaReply, MediaRequest, WorkerLoad,
};
use std::time::Instant;

async fn pool(workers: usize) -> Pool {
    Pool::start(&settings(workers)).await.expect("the pool starts")
}

/// A video on one worker, and the same on another, through a pipe.
struct Piped {
    pool: Pool,
    near: Site,
    far: Site,
    sending: Link,
    receiving: Link,
    video: Published,
    seen: Incoming,
    near_end: TransportId,
    far_end: TransportId,
    into_pipe: ConsumerId,
}

impl Piped {
    async fn start() -> Self {
        let pool = pool(2).await;
        let near = Site::on(&pool, &[]).await;
        let far = Site::on(&pool, &[near.worker().index()]).await;
        assert_ne!(near.worker().index(), far.worker().index());
        let (sending, receiving) = (near.open(Protocol::Udp).await, far.open(Protocol::Udp).await);
        let spec = StreamSpec::video(2000);
        let video = near.produce(&sending, &spec).await;
        let (near_end, far_end) = near.pipe_to(&far).await;
        let (into_pipe, kind, rtp_parameters) = near.send_into(near_end, &video).await;
        let producer = id(&video.producer);
        let request = MediaRequest::PipeProduce { transport: far_end, producer, kind, rtp_parameters, paused: false };
        let reply = far.ask(request).await;
        assert!(matches!(reply, Ok(MediaReply::Producer { producer: same }) if same == producer), "{reply:?}");
        let seen = far.receive(&receiving, &video).await;
        // Not before: a stream that was at its best when the consumer came has no change of score to tell of.
        sending.peer.send(spec);
        let piped = Self { pool, near, far, sending, receiving, video, seen, near_end, far_end, into_pipe };
        piped.flow().goes_on().await;
        piped
    }

    fn flow(&self) -> Flow<'_> {
        Flow::new(&self.sending, &self.video, &self.receiving, &self.seen)
    }

    fn producer(&self) -> ProducerId {
        id(&self.video.producer)
    }

    async fn end(self) {
        for site in [&self.near, &self.far] {
            site.close(MediaObject::Router(site.router())).await;
            until_load(site, WorkerLoad::default()).await;
        }
        self.pool.shutdown().await;
    }
}

async fn until_load(site: &Site, expected: WorkerLoad) {
    let started = Instant::now();
    while site.worker().load() != expected {
        assert!(started.elapsed() < DEADLINE, "{:?} should become {expected:?}", site.worker().load());
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_flows_to_another_worker_through_a_pipe() {
    let piped = Piped::start().await;
    piped.flow().reaches(100).await;
    assert_eq!((piped.flow().received().damaged, piped.flow().received().gaps), (0, 0));
    let before = piped.flow().received().key_frames;
    piped.receiving.peer.request_key_frame(piped.seen.ssrc);
    let another = |now: &crate::support::rtc::Snapshot| now.received(piped.seen.ssrc).key_frames > before;
    piped.receiving.peer.until("a key frame asked for through the pipe", another).await;
    // Each has what clients have there; the pipe is nobody's.
    let load =
        |producers, consumers| WorkerLoad { routers: 1, transports: 1, producers, consumers, ..WorkerLoad::default() };
    assert_eq!((piped.near.worker().load(), piped.far.worker().load()), (load(1, 0), load(0, 1)));
    piped.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_of_a_pipe_takes_along_what_is_on_it() {
    let piped = Piped::start().await;
    piped.far.close(MediaObject::Transport(piped.far_end)).await;
    // The producer from the pipe is gone, and who received it has nothing any more.
    let load = WorkerLoad { routers: 1, transports: 1, ..WorkerLoad::default() };
    until_load(&piped.far, load).await;
    let gone = piped.far.ask(MediaRequest::ResumeConsumer(id(&piped.seen.consumer))).await;
    assert_eq!(gone.expect_err("closed"), MediaError::NotFound(MediaObjectKind::Consumer));
    // The near end goes on until it is closed itself.
    piped.near.done(MediaRequest::PauseConsumer(piped.into_pipe)).await;
    piped.near.close(MediaObject::Producer(piped.producer())).await;
    let gone = piped.near.ask(MediaRequest::ResumeConsumer(piped.into_pipe)).await;
    assert_eq!(gone.expect_err("closed"), MediaError::NotFound(MediaObjectKind::Consumer));
    piped.near.close(MediaObject::Transport(piped.near_end)).await;
    piped.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipes_and_transports_to_clients_are_told_apart() {
    let piped = Piped::start().await;
    let no_transport = MediaError::NotFound(MediaObjectKind::Transport);
    let client: TransportId = id(&piped.receiving.id);
    let refused = [
        MediaRequest::RestartIce(piped.far_end),
        MediaRequest::ConnectPipeTransport { transport: client, remote: ([127, 0, 0, 1], 9).into() },
        MediaRequest::PipeConsume { transport: client, producer: piped.producer() },
    ];
    for request in refused {
        assert_eq!(piped.far.ask(request.clone()).await.expect_err("refused"), no_transport, "{request:?}");
    }
    // A second time under the same id.
    let (_, kind, rtp_parameters) = piped.near.send_into(piped.near_end, &piped.video).await;
    let (transport, producer) = (piped.far_end, piped.producer());
    let request = MediaRequest::PipeProduce { transport, producer, kind, rtp_parameters, paused: false };
    let refusal = piped.far.ask(request).await.expect_err("refused");
    assert_eq!(refusal, MediaError::Failed("a producer of that id exists".to_owned()));
    let request = MediaRequest::CreatePipeTransport { router: RouterId::random() };
    let refusal = piped.far.ask(request).await.expect_err("refused");
    assert_eq!(refusal, MediaError::NotFound(MediaObjectKind::Router));
    piped.flow().goes_on().await;
    piped.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scores_are_reported_on_both_sides_of_a_pipe() {
    let mut piped = Piped::start().await;
    let (producer, consumer) = (piped.producer(), id(&piped.seen.consumer));
    // Not the best there is: on a busy machine it may have fallen again before the next round of reports.
    let of_producer = |event: &MediaEvent| {
        matches!(event, MediaEvent::ProducerScore { producer: of, score }
            if *of == producer && score.iter().any(|score| score.score > 0))
    };
    let of_consumer =
        |event: &MediaEvent| matches!(event, MediaEvent::ConsumerScore { consumer: of, .. } if *of == consumer);
    piped.near.event("score of the producer", of_producer).await;
    piped.far.event("score", |event| of_producer(event) || of_consumer(event)).await;
    piped.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_to_a_client_and_its_end_are_reported_once_each() {
    let pool = pool(1).await;
    let mut site = Site::on(&pool, &[]).await;
    let link = site.open(Protocol::Tcp).await;
    let transport = id(&link.id);
    let of_ice = |event: &MediaEvent| matches!(event, MediaEvent::IceConnected { .. });
    let connected = site.event("connection", of_ice).await;
    assert_eq!(connected, MediaEvent::IceConnected { transport, connected: true });
    // The next round of reports has this, and nothing new of the path.
    site.publish(&link, StreamSpec::audio(1000)).await;
    let of_either = |event: &MediaEvent| of_ice(event) || matches!(event, MediaEvent::ProducerScore { .. });
    let score = site.event("score", of_either).await;
    assert!(matches!(score, MediaEvent::ProducerScore { .. }), "{score:?}");
    drop(link);
    let lost = site.event("end of the connection", of_ice).await;
    assert_eq!(lost, MediaEvent::IceConnected { transport, connected: false });
    site.close(MediaObject::Router(site.router())).await;
    pool.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restarting_ice_gives_new_credentials() {
    let pool = pool(1).await;
    let site = Site::on(&pool, &[]).await;
    let reply = site.ask(MediaRequest::CreateTransport { router: site.router() }).await;
    let Ok(MediaReply::Transport { transport, ice_parameters, .. }) = reply else { panic!("{reply:?}") };
    let reply = site.ask(MediaRequest::RestartIce(transport)).await;
    let Ok(MediaReply::IceParameters(restarted)) = reply else { panic!("{reply:?}") };
    assert_ne!(restarted.username_fragment, ice_parameters.username_fragment);
    assert_ne!(restarted.password, ice_parameters.password);
    let unknown = site.ask(MediaRequest::RestartIce(TransportId::random())).await;
    assert_eq!(unknown.expect_err("refused"), MediaError::NotFound(MediaObjectKind::Transport));
    site.close(MediaObject::Router(site.router())).await;
    pool.shutdown().await;
}

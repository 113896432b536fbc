//! What a worker receives at once it sends at once: complete and in order, whether it gathers or not.

use crate::support::rtc::{Flow, Protocol, Site, StreamSpec, settings};
use colloquy::media::protocol::MediaObject;
use colloquy::media::{Isolation, Pool, PoolSettings, WorkerProgram};

const RECEIVERS: usize = 3;
const BURSTS: u64 = 10;

fn batching(batched: bool) -> PoolSettings {
    let mut settings = settings(1);
    let Isolation::Process(program) = &settings.isolation else { unreachable!("processes") };
    let variables = vec![("COLLOQUY_WORKERS__BATCH_SENDS".into(), batched.to_string().into())];
    settings.isolation = Isolation::Process(WorkerProgram { variables, ..program.clone() });
    settings
}

async fn bursts_arrive(batched: bool) {
    let pool = Pool::start(&batching(batched)).await.expect("the pool starts");
    let site = Site::on(&pool, &[]).await;
    let sending = site.open(Protocol::Udp).await;
    let (video, audio) = (StreamSpec::bursts(2000), StreamSpec::audio(3000));
    let goal = BURSTS * video.burst;
    let (video, audio) = (site.publish(&sending, video).await, site.publish(&sending, audio).await);
    let mut receivers = Vec::new();
    for _ in 0..RECEIVERS {
        let link = site.open(Protocol::Udp).await;
        let (seen, heard) = (site.receive(&link, &video).await, site.receive(&link, &audio).await);
        receivers.push((link, seen, heard));
    }
    for (link, seen, heard) in &receivers {
        Flow::new(&sending, &audio, link, heard).goes_on().await;
        let flow = Flow::new(&sending, &video, link, seen);
        flow.reaches(goal).await;
        let received = flow.received();
        assert_eq!((received.damaged, received.gaps), (0, 0), "{received:#?}");
    }
    site.close(MediaObject::Router(site.router())).await;
    pool.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bursts_arrive_complete_and_in_order_from_a_worker_that_gathers() {
    bursts_arrive(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bursts_arrive_complete_and_in_order_from_a_worker_that_does_not() {
    bursts_arrive(false).await;
}

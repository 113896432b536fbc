//! What holds after every step: the room's books and the workers' agree.

use super::simulation::World;
use super::*;
use crate::media::protocol::MediaKind;
use crate::rooms::any::{AnyConsumer, AnyProducer};
use crate::rooms::state::pipes::Pipe;
use std::collections::BTreeSet;

pub(super) fn check(world: &World) {
    routers(world);
    objects(world);
    indices(world);
    reservations(world);
    idle(world);
    looks(world);
    wants(world);
}

/// No router is left over, none is missing but for those that died and of which the room has not heard.
fn routers(world: &World) {
    let known: BTreeSet<_> = world.state.home.into_iter().chain(world.state.spokes.iter().map(|(id, _)| id)).collect();
    let mut there: BTreeSet<_> = world.model.routers.keys().copied().chain(world.model.lost.iter().copied()).collect();
    for router in world.model.unanswered_routers() {
        there.remove(&router);
    }
    assert_eq!(known, there, "routers");
    assert!(world.state.open() || known.is_empty());
}

/// On every router stands what the room thinks.
fn objects(world: &World) {
    let (state, unanswered) = (&world.state, world.model.unanswered());
    for (id, router) in &world.model.routers {
        let id = *id;
        if world.model.unanswered_routers().contains(&id) {
            continue;
        }
        let known = |object: MediaObject| !unanswered.contains(&format!("{id} {object:?}"));
        let spoke = state.spokes.get(id);
        let peers = || state.peers.values();
        let own = peers().flat_map(|peer| peer.transports.iter()).filter(|(_, on)| on.router == id);
        let transports: BTreeSet<_> = own.map(|(id, _)| *id).collect();
        let there = router.transports.iter().filter(|id| known(MediaObject::Transport(**id)));
        assert_eq!(transports, there.copied().collect(), "transports on {id}");

        let all_producers = || {
            let tracks = peers().flat_map(|peer| peer.producers.keys().map(|id| AnyProducer::Track(*id)));
            tracks.chain(peers().flat_map(|peer| peer.data_producers.keys().map(|id| AnyProducer::Data(*id))))
        };
        let piped = |spoke: &super::super::spokes::Spoke| {
            let open = spoke.pipes.iter().filter(|(_, pipe)| matches!(pipe, Pipe::Open { .. }));
            open.map(|(id, _)| *id).collect::<BTreeSet<_>>()
        };
        let producers = spoke.map_or_else(|| all_producers().collect(), piped);
        let there = router.producers.keys().filter(|id| known((**id).into()));
        assert_eq!(producers, there.copied().collect(), "producers on {id}");

        let tracks = peers().flat_map(|peer| peer.consumers.keys().map(move |id| (peer, AnyConsumer::Track(*id))));
        let data = peers().flat_map(|peer| peer.data_consumers.keys().map(move |id| (peer, AnyConsumer::Data(*id))));
        let mut consumers: BTreeSet<_> = tracks
            .chain(data)
            .filter(|(peer, consumer)| peer.router_of(*consumer) == Some(id))
            .map(|(_, consumer)| consumer)
            .collect();
        if spoke.is_none() {
            consumers.extend(pipe_consumers(state));
        }
        let there = router.consumers.keys().filter(|id| known((**id).into()));
        // A pipe that is being opened may have lost its beginning with the producer: its end finds out.
        let gone = || consumers.difference(&router.consumers.keys().copied().collect()).copied().collect::<Vec<_>>();
        assert!(there.clone().all(|id| consumers.contains(id)), "consumers on {id}: more than {consumers:?}");
        assert!(gone().iter().all(|id| opening(state, *id)), "consumers on {id}: without {:?}", gone());
    }
}

/// What sends producers into links, at home.
fn pipe_consumers(state: &State) -> Vec<AnyConsumer> {
    let open = state.spokes.iter().flat_map(|(_, spoke)| spoke.pipes.values()).filter_map(|pipe| match pipe {
        Pipe::Open { consumer } => Some(*consumer),
        Pipe::Opening { .. } => None,
    });
    let opening = state.ops.values().filter_map(|pending| match &pending.op {
        Op::PipeIn { consumer, .. } => Some(*consumer),
        _ => None,
    });
    open.chain(opening).collect()
}

fn opening(state: &State, id: AnyConsumer) -> bool {
    state.ops.values().any(|pending| matches!(&pending.op, Op::PipeIn { consumer, .. } if *consumer == id))
}

/// What is kept twice, to be found quickly, says the same twice.
fn indices(world: &World) {
    let state = &world.state;
    let peers = || state.peers.values();
    let producers: BTreeSet<_> = peers().flat_map(|peer| peer.producers.keys().copied()).collect();
    assert_eq!(producers, state.owners.keys().copied().collect(), "owners");
    let consumers: BTreeSet<_> = peers().flat_map(|peer| peer.consumers.keys().copied()).collect();
    let received: BTreeSet<_> = state.receivers.values().flatten().map(|(_, consumer)| *consumer).collect();
    assert_eq!(consumers, received, "receivers");
    let data_producers: BTreeSet<_> = peers().flat_map(|peer| peer.data_producers.keys().copied()).collect();
    assert_eq!(data_producers, state.data_owners.keys().copied().collect(), "owners of data");
    let data_consumers: BTreeSet<_> = peers().flat_map(|peer| peer.data_consumers.keys().copied()).collect();
    let received: BTreeSet<_> = state.data_receivers.values().flatten().map(|(_, consumer)| *consumer).collect();
    assert_eq!(data_consumers, received, "receivers of data");
    let connected: BTreeSet<_> = peers().filter_map(|peer| peer.session).collect();
    assert_eq!(connected, state.sessions.keys().copied().collect(), "sessions");
    assert!(connected.is_subset(&world.members), "sessions that were released");
    assert_eq!(state.peers.is_empty(), state.empty_since.is_some() || !state.open());
    assert_eq!(world.model.under_way(), state.under_way());
    let settings = settings();
    assert!(state.messages.len().into_iter().all(|kept| kept <= settings.kept_messages), "messages");
    assert!(state.peers.len() <= settings.max_peers);
    for peer in peers() {
        assert!(peer.cannot_consume.iter().all(|id| producers.contains(id) && !peer.producers.contains_key(id)));
        assert_eq!(peer.session.is_none(), peer.gone_since.is_some());
        assert!(peer.transports.len() + peer.reserved.transports <= settings.max_transports_per_peer);
        let producers = |kind| peer.producers.values().filter(|producer| producer.kind == kind).count();
        let audio = producers(MediaKind::Audio) + peer.reserved.audio_producers;
        assert!(audio <= settings.max_audio_producers_per_peer);
        let video = producers(MediaKind::Video) + peer.reserved.video_producers;
        assert!(video <= settings.max_video_producers_per_peer);
        assert!(peer.consumers.len() + peer.reserved.consumers <= settings.max_consumers_per_peer);
        let data = peer.data_producers.len() + peer.reserved.data_producers;
        assert!(data <= settings.max_data_producers_per_peer);
        let data = peer.data_consumers.len() + peer.reserved.data_consumers;
        assert!(data <= settings.max_data_consumers_per_peer);
    }
}

/// What a peer has reserved is what is under way or waits for it.
fn reservations(world: &World) {
    let state = &world.state;
    for peer in state.peers.values() {
        let own = || state.ops.values().filter(|pending| pending.asker.is_some_and(|asker| asker.peer == peer.id));
        let count = |of: fn(&Op) -> bool| own().filter(|pending| of(&pending.op)).count();
        let waiting = state.waiting_transports.iter().filter(|(asker, _)| asker.peer == peer.id).count();
        let transports = count(|op| matches!(op, Op::CreateTransport { .. }));
        assert_eq!(peer.reserved.transports, transports + waiting, "reserved transports");
        let audio = count(|op| matches!(op, Op::Produce { request } if request.kind == MediaKind::Audio));
        assert_eq!(peer.reserved.audio_producers, audio, "reserved producers of audio");
        let video = count(|op| matches!(op, Op::Produce { request } if request.kind == MediaKind::Video));
        assert_eq!(peer.reserved.video_producers, video, "reserved producers of video");
        let waiting = |data: bool| {
            let pipes = state.spokes.iter().flat_map(|(_, spoke)| &spoke.pipes);
            let waiting = pipes.filter_map(|(producer, pipe)| match pipe {
                Pipe::Opening { waiting, .. } if matches!(producer, AnyProducer::Data(_)) == data => Some(waiting),
                Pipe::Opening { .. } | Pipe::Open { .. } => None,
            });
            waiting.flatten().filter(|waiting| waiting.asker.peer == peer.id).count()
        };
        let tracks = count(|op| matches!(op, Op::Consume { producer: AnyProducer::Track(_), .. }));
        assert_eq!(peer.reserved.consumers, tracks + waiting(false));
        let data = count(|op| matches!(op, Op::Consume { producer: AnyProducer::Data(_), .. }));
        assert_eq!(peer.reserved.data_consumers, data + waiting(true));
        assert_eq!(peer.reserved.data_producers, count(|op| matches!(op, Op::ProduceData { .. })));
    }
}

/// Publishers know what is wanted of them: at once what is, and in its time what is not; and the workers what they may
/// send.
fn wants(world: &World) {
    let state = &world.state;
    for (id, owner) in &state.owners {
        let (told, wanted) = (state.peers[owner].producers[id].demand, state.wanted(*id));
        let timer = told.release_at.map(|at| state.timers.contains(&(at, Timer::Release(*id))));
        assert!(told.told >= wanted, "{id}: wanted {wanted:?}, told {told:?}");
        assert!(told.told == wanted || timer == Some(true), "{id}: only {wanted:?} is wanted, and nobody tells");
    }
    let screens = |producer: &&crate::rooms::peer::Producer| {
        (producer.kind, producer.source) == (MediaKind::Video, crate::protocol::Source::Screen)
    };
    let producers = || state.peers.values().flat_map(|peer| peer.producers.values());
    assert!(producers().filter(screens).count() <= settings().max_screens);
    let bitrates = settings().bitrates;
    for (id, transport, peer) in
        state.peers.values().flat_map(|peer| peer.transports.iter().map(move |(id, on)| (id, on, peer)))
    {
        let own = peer.producers.values().filter(|producer| producer.transport == *id);
        let ceiling = bitrates.ceiling(own.map(|own| bitrates.of(own.kind, own.source, own.top_layer)));
        let Some(router) = world.model.routers.get(&transport.router) else { continue };
        let told = router.ceilings.get(id).copied().unwrap_or(bitrates.floor);
        assert_eq!((transport.ceiling, told), (ceiling, ceiling), "ceiling of {id}");
    }
}

/// No spoke and no pipe without a use.
fn idle(world: &World) {
    let state = &world.state;
    for (router, spoke) in state.spokes.iter() {
        let under_way = || state.ops.values().filter(|pending| pending.router == Some(router));
        let used = state.peers.values().any(|peer| peer.transports.values().any(|on| on.router == router));
        let linking = state
            .ops
            .values()
            .any(|pending| matches!(pending.op, Op::MakeEnd(of, _) | Op::ConnectEnd(of) if of == router));
        let coming = under_way().any(|pending| matches!(pending.op, Op::CreateTransport { .. }));
        assert!(used || linking || coming, "a spoke without a use");
        for (producer, pipe) in &spoke.pipes {
            let published = match producer {
                AnyProducer::Track(id) => state.owners.contains_key(id),
                AnyProducer::Data(id) => state.data_owners.contains_key(id),
            };
            assert!(published, "a pipe for what is not published");
            let used = !state.receivers_on(router, *producer).is_empty();
            let coming =
                under_way().any(|pending| matches!(pending.op, Op::Consume { producer: of, .. } if of == *producer));
            match pipe {
                Pipe::Open { .. } => assert!(used || coming, "a pipe without a use"),
                Pipe::Opening { .. } => assert!(
                    state.ops.values().any(|pending| match pending.op {
                        Op::PipeOut(to, of) => (to, of) == (router, *producer),
                        Op::PipeIn { spoke, producer: of, .. } => (spoke, of) == (router, *producer),
                        _ => false,
                    }),
                    "a pipe that nobody opens"
                ),
            }
        }
    }
}

/// A round ends when all its looks are answered.
fn looks(world: &World) {
    let state = &world.state;
    let looks = state.ops.values().filter(|pending| matches!(pending.op, Op::Look { .. }));
    assert_eq!(looks.clone().count(), state.round.under_way(), "looks");
    let routers: BTreeSet<_> = looks.clone().map(|pending| pending.router).collect();
    assert_eq!(looks.count(), routers.len(), "two looks at one router");
}

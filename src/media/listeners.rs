//! Which room hears of which router, for as long as the worker lives and of its end.

use super::latest::LatestQueue;
use super::protocol::MediaEvent;
use crate::ids::RouterId;
use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// The rooms that listen to one worker.
#[derive(Default)]
pub(super) struct Listeners(Mutex<Ears>);

#[derive(Default)]
struct Ears {
    of_routers: HashMap<RouterId, Arc<LatestQueue<MediaEvent>>>,
    lost: bool,
}

impl Listeners {
    /// Passes an event on; a room that is gone needs none.
    pub fn tell(&self, router: RouterId, event: MediaEvent) {
        if let Some(room) = self.lock().of_routers.get(&router) {
            room.push(event.reports_on(), event);
        }
    }

    /// The worker is gone: each room hears of it, also one whose router was still under way, and nothing after it.
    pub fn lose(&self) {
        let mut ears = self.lock();
        ears.lost = true;
        for (_, room) in ears.of_routers.drain() {
            room.push(None, MediaEvent::WorkerLost);
        }
    }

    /// Listens to a router. Every object closes at most once, and of reports only the latest is kept, so what waits
    /// unheard is bounded by the number of objects.
    pub fn listen(self: &Arc<Self>, router: RouterId) -> RouterEvents {
        let events = Arc::<LatestQueue<_>>::default();
        let mut ears = self.lock();
        if ears.lost {
            events.push(None, MediaEvent::WorkerLost);
        } else {
            ears.of_routers.insert(router, Arc::clone(&events));
        }
        drop(ears);
        RouterEvents { router, events, listeners: Arc::clone(self) }
    }

    fn lock(&self) -> MutexGuard<'_, Ears> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A room's ear for one router: dropping it ends the subscription.
pub struct RouterEvents {
    router: RouterId,
    events: Arc<LatestQueue<MediaEvent>>,
    listeners: Arc<Listeners>,
}

impl RouterEvents {
    /// The next event of the router. The last is [`MediaEvent::WorkerLost`], exactly once; pending for ever after it.
    pub async fn next(&mut self) -> MediaEvent {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// The same, for who waits for several.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<MediaEvent> {
        self.events.poll_next(cx)
    }
}

impl Drop for RouterEvents {
    fn drop(&mut self) {
        let mut ears = self.listeners.lock();
        // Somebody may listen to the same router anew.
        if ears.of_routers.get(&self.router).is_some_and(|events| Arc::ptr_eq(events, &self.events)) {
            ears.of_routers.remove(&self.router);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ConsumerId;
    use futures_util::FutureExt as _;

    fn heard(events: &mut RouterEvents) -> Vec<MediaEvent> {
        std::iter::from_fn(|| events.next().now_or_never()).collect()
    }

    #[test]
    fn a_loss_is_heard_once_and_last_by_whoever_listens_now_or_later() {
        let listeners = Arc::<Listeners>::default();
        let (first, second) = (RouterId::random(), RouterId::random());
        let [mut one, mut two] = [first, second].map(|router| listeners.listen(router));
        let closed = MediaEvent::ConsumerClosed(ConsumerId::random());
        listeners.tell(first, closed.clone());
        listeners.lose();
        listeners.tell(first, closed.clone());
        listeners.lose();
        assert_eq!(heard(&mut one), [closed, MediaEvent::WorkerLost]);
        assert_eq!(heard(&mut two), [MediaEvent::WorkerLost]);
        assert_eq!(heard(&mut listeners.listen(first)), [MediaEvent::WorkerLost]);
    }

    #[test]
    fn who_listens_no_more_leaves_nothing() {
        let listeners = Arc::<Listeners>::default();
        let router = RouterId::random();
        let old = listeners.listen(router);
        let mut new = listeners.listen(router);
        drop(old);
        let closed = MediaEvent::ConsumerClosed(ConsumerId::random());
        listeners.tell(router, closed.clone());
        assert_eq!(heard(&mut new), [closed]);
        drop(new);
        assert!(listeners.lock().of_routers.is_empty());
    }
}

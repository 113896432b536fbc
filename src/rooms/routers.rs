//! A room's routers, each on a worker of its own: opens them, reaches them, hears them.

use crate::ids::RouterId;
use crate::media::protocol::{MediaError, MediaEvent, MediaObject, MediaReply, MediaRequest, RouterRtpCapabilities};
use crate::media::{Placement, Pool, RouterEvents};
use futures_util::future::{BoxFuture, FutureExt as _};
use std::collections::HashMap;
use std::future::{poll_fn, ready};
use std::task::Poll;

/// What opening a router comes to.
pub(super) type Opened = Result<Box<RouterRtpCapabilities>, MediaError>;

struct Router {
    placement: Placement,
    events: RouterEvents,
    /// Whether the room knows of it: it is not to hear the end of what it has not heard the beginning of.
    opened: bool,
}

/// The routers that a room has or is about to have. Those left when it is dropped are closed.
pub(super) struct Routers {
    pool: Pool,
    /// The place that was found for the first one before the room was made.
    first: Option<Placement>,
    routers: HashMap<RouterId, Router>,
}

impl Routers {
    pub fn new(pool: Pool, first: Placement) -> Self {
        Self { pool, first: Some(first), routers: HashMap::new() }
    }

    /// Begins to open a router on a worker that has none of this room; the outcome goes to [`Self::opened`].
    pub fn open(&mut self) -> BoxFuture<'static, (RouterId, Opened)> {
        let id = RouterId::random();
        let taken: Vec<_> = self.routers.values().map(|router| router.placement.worker().index()).collect();
        let Some(placement) = self.first.take().or_else(|| self.pool.place(&taken)) else {
            return ready((id, Err(MediaError::WorkerLost))).boxed();
        };
        let worker = placement.worker();
        tracing::debug!(worker.id = worker.index(), router = %id, "opening router {id} on worker {}", worker.index());
        let events = worker.listen(id);
        let call = worker.call(MediaRequest::CreateRouter { router: id });
        self.routers.insert(id, Router { placement, events, opened: false });
        let opening = async move {
            let opened = call.await.and_then(|reply| match reply {
                MediaReply::Router { rtp_capabilities } => Ok(rtp_capabilities),
                _ => Err(MediaError::Failed("answered with something else than a router".to_owned())),
            });
            (id, opened)
        };
        opening.boxed()
    }

    /// Takes the outcome of an opening in, and passes it on.
    pub fn opened(
        &mut self,
        id: RouterId,
        outcome: Opened,
    ) -> Result<(RouterId, Box<RouterRtpCapabilities>), MediaError> {
        match (outcome, self.routers.get_mut(&id)) {
            (Ok(rtp_capabilities), Some(router)) => {
                router.opened = true;
                Ok((id, rtp_capabilities))
            }
            (outcome, _) => {
                self.close(id);
                outcome.and(Err(MediaError::WorkerLost))
            }
        }
    }

    /// Gives a router back with all that stands on it.
    pub fn close(&mut self, router: RouterId) {
        if let Some(Router { placement, .. }) = self.routers.remove(&router) {
            drop(placement.worker().call(MediaRequest::Close(MediaObject::Router(router))));
        }
    }

    /// Asks the worker of a router.
    pub fn call(&self, router: RouterId, request: MediaRequest) -> BoxFuture<'static, Result<MediaReply, MediaError>> {
        match self.routers.get(&router) {
            Some(Router { placement, .. }) => placement.worker().call(request).boxed(),
            None => ready(Err(MediaError::WorkerLost)).boxed(),
        }
    }

    /// The next thing that one of them says; pending as long as there is none.
    pub async fn next(&mut self) -> (RouterId, MediaEvent) {
        poll_fn(|cx| {
            let mut opened = self.routers.iter_mut().filter(|(_, router)| router.opened);
            let heard = opened.find_map(|(id, router)| match router.events.poll_next(cx) {
                Poll::Ready(event) => Some((*id, event)),
                Poll::Pending => None,
            });
            heard.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

impl Drop for Routers {
    fn drop(&mut self) {
        let left: Vec<_> = self.routers.keys().copied().collect();
        left.into_iter().for_each(|router| self.close(router));
    }
}

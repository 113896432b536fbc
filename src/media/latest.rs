//! A queue in which a newer report on a subject takes the place of one that still waits. However slowly somebody reads,
//! it holds at most one report on each subject, and what objects say once.

use super::protocol::Subject;
use futures_util::task::AtomicWaker;
use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

pub(super) struct LatestQueue<T> {
    waiting: Mutex<Waiting<T>>,
    reader: AtomicWaker,
}

struct Waiting<T> {
    order: VecDeque<Place<T>>,
    reports: HashMap<Subject, T>,
}

enum Place<T> {
    Once(T),
    Report(Subject),
}

impl<T> Default for LatestQueue<T> {
    fn default() -> Self {
        let waiting = Waiting { order: VecDeque::new(), reports: HashMap::new() };
        Self { waiting: Mutex::new(waiting), reader: AtomicWaker::new() }
    }
}

impl<T> LatestQueue<T> {
    /// Appends what is said once (`about` nothing), or puts a report where the last one about that subject still waits.
    pub fn push(&self, about: Option<Subject>, item: T) {
        let mut waiting = self.lock();
        match about {
            None => waiting.order.push_back(Place::Once(item)),
            Some(subject) => {
                if waiting.reports.insert(subject, item).is_none() {
                    waiting.order.push_back(Place::Report(subject));
                }
            }
        }
        drop(waiting);
        self.reader.wake();
    }

    /// The oldest, if there is one.
    pub fn take(&self) -> Option<T> {
        let mut waiting = self.lock();
        match waiting.order.pop_front()? {
            Place::Once(item) => Some(item),
            Place::Report(subject) => waiting.reports.remove(&subject),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.lock().order.is_empty()
    }

    /// Waits until there is something; for one reader at a time.
    pub async fn filled(&self) {
        poll_fn(|cx| {
            self.reader.register(cx.waker());
            if self.is_empty() { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }

    /// The oldest, once there is one; for one reader at a time.
    pub async fn next(&self) -> T {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// The same, for who waits for other things too.
    pub fn poll_next(&self, cx: &mut Context<'_>) -> Poll<T> {
        // First: what is pushed after the look must wake the reader.
        self.reader.register(cx.waker());
        self.take().map_or(Poll::Pending, Poll::Ready)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ProducerId;
    use futures_util::FutureExt as _;

    #[test]
    fn a_newer_report_takes_the_place_of_the_older() {
        let queue = LatestQueue::default();
        let [a, b] = [(); 2].map(|()| Some(Subject::ProducerScore(ProducerId::random())));
        for (about, item) in [(a, 1), (b, 2), (None, 3), (a, 4), (a, 5), (None, 6)] {
            queue.push(about, item);
        }
        assert_eq!(std::iter::from_fn(|| queue.take()).collect::<Vec<_>>(), [5, 2, 3, 6]);
        queue.push(a, 7);
        assert_eq!((queue.take(), queue.take()), (Some(7), None));
    }

    #[test]
    fn a_reader_wakes_for_what_comes() {
        let queue = LatestQueue::default();
        let mut filled = Box::pin(queue.filled());
        assert_eq!(filled.as_mut().now_or_never(), None);
        queue.push(None, 1);
        assert_eq!(queue.filled().now_or_never(), Some(()));
        assert_eq!(queue.next().now_or_never(), Some(1));
        assert_eq!(queue.next().now_or_never(), None);
    }
}

//! The one kind of queue here without a bound of its own.

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// A queue for what each object of a worker says or is told at most once, so that it never holds more than there are
/// objects, and for what is counted elsewhere. A bounded one would have to lose a close, or make a callback wait.
#[expect(clippy::disallowed_methods, reason = "bounded by the number of objects, which has its limits")]
pub(super) fn bounded_by_objects<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    mpsc::unbounded_channel()
}

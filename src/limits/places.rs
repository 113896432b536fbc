//! Counts what each client's address has open, and forgets addresses that have nothing.

use super::ClientAddress;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much of something each address has open. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Places {
    per_address: usize,
    in_all: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    /// None has zero.
    by_address: HashMap<ClientAddress, usize>,
    in_all: usize,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The address has as many as it may.
    Address,
    /// All together have.
    All,
}

/// A place that is taken until this is dropped.
#[derive(Debug)]
pub struct Place {
    address: ClientAddress,
    taken: Arc<Mutex<Taken>>,
}

impl Places {
    /// None is taken; each address may take that many, and all together that many.
    pub fn new(per_address: usize, in_all: usize) -> Self {
        Self { per_address, in_all, taken: Arc::default() }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// None is left.
    pub fn take(&self, address: ClientAddress) -> Result<Place, Full> {
        let mut taken = lock(&self.taken);
        if taken.in_all >= self.in_all {
            return Err(Full::All);
        }
        if taken.by_address.get(&address).is_some_and(|count| *count >= self.per_address) {
            return Err(Full::Address);
        }
        *taken.by_address.entry(address).or_default() += 1;
        taken.in_all += 1;
        Ok(Place { address, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.in_all -= 1;
        if let Entry::Occupied(mut count) = taken.by_address.entry(self.address) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn address(last: u8) -> ClientAddress {
        IpAddr::from([192, 0, 2, last]).into()
    }

    #[test]
    fn an_address_has_so_many_places_and_gets_them_back() {
        let places = Places::new(2, 3);
        let first = places.take(address(1)).expect("the first");
        let _second = places.take(address(1)).expect("the second");
        assert_eq!(places.take(address(1)).err(), Some(Full::Address), "a third of the same");
        let other = places.take(address(2)).expect("of another");
        drop(first);
        let _again = places.take(address(1)).expect("given back");
        assert_eq!(places.take(address(3)).err(), Some(Full::All), "a fourth in all");
        drop(other);
        assert!(!lock(&places.taken).by_address.contains_key(&address(2)), "remembered with nothing");
    }
}

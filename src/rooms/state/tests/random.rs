//! Choices that a seed decides: the same seed makes the same ones (SplitMix64, by Steele, Lea and Flood).

use uuid::Uuid;

pub(super) struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not zero.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("is below a usize")
    }

    /// An id of any kind: random ones would make the same seed go another way.
    pub fn id<T: From<Uuid>>(&mut self) -> T {
        Uuid::from_u64_pair(self.next(), self.next()).into()
    }

    /// True once in that many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of several, if there are any.
    pub fn choose<T: Copy>(&mut self, among: impl IntoIterator<Item = T>) -> Option<T> {
        let among: Vec<_> = among.into_iter().collect();
        (!among.is_empty()).then(|| among[self.below(among.len())])
    }
}

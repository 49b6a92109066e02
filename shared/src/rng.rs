//! The one random generator: `xoshiro256**`, seeded through `SplitMix64`.
//!
//! Whatever is drawn, a seed must give the same run in the page, in the server and in a test ten
//! years from now. So it is written out here, in `u64` alone: no float, no `usize` in the
//! arithmetic, no crate whose next release might draw differently. It is not for secrets.

/// A stream of random numbers, the same on every platform for the same seed.
///
/// Clone it to draw the same numbers again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The stream of `seed`; every seed, 0 too, is as good as any other.
    pub fn new(seed: u64) -> Self {
        let mut mixer = SplitMix(seed);
        // Xoshiro needs a state that is not all zero; four successive outputs of SplitMix64
        // never are, because each of its outputs comes up once in a period.
        Self { state: [mixer.next(), mixer.next(), mixer.next(), mixer.next()] }
    }

    /// The stream of one item of one task: independent of all others of the same `seed`, so that
    /// what a task draws does not depend on who ran before it.
    ///
    /// `item` is the place in a map node's items, from 0; a task without items is item 0.
    pub fn for_task(seed: u64, task: u32, item: u32) -> Self {
        let place = (u64::from(task) << 32) | u64::from(item);
        // Mixed before they meet: with a plain `seed ^ place`, seed 1 of item 0 would be
        // seed 0 of item 1.
        Self::new(SplitMix(seed).next() ^ SplitMix(!place).next())
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let state = &mut self.state;
        let drawn = state[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = state[1] << 17;
        state[2] ^= state[0];
        state[3] ^= state[1];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= shifted;
        state[3] = state[3].rotate_left(45);
        drawn
    }

    /// A number from 0 to `n - 1`, each equally likely.
    ///
    /// # Panics
    /// If `n` is 0: there is no such number.
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "nothing is below 0");
        // The lowest `2^64 mod n` values are drawn again: with them, the small remainders would
        // come up once more often than the others.
        let refused = n.wrapping_neg() % n;
        loop {
            let drawn = self.next_u64();
            if drawn >= refused {
                return drawn % n;
            }
        }
    }

    /// A number from `lo` to `hi`, both included, each equally likely: Python's `randint`.
    ///
    /// # Panics
    /// If `lo` is more than `hi`.
    pub fn between_inclusive(&mut self, lo: i64, hi: i64) -> i64 {
        assert!(lo <= hi, "no number lies between {lo} and {hi}");
        let offset = match lo.abs_diff(hi).checked_add(1) {
            Some(count) => self.below(count),
            None => self.next_u64(),
        };
        lo.wrapping_add_unsigned(offset)
    }

    /// Puts `items` in a random order, each order equally likely.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let chosen = usize::try_from(self.below(last as u64 + 1)).expect("an index of items");
            items.swap(last, chosen);
        }
    }
}

/// `SplitMix64`: turns a seed of little variety into numbers of much.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first<const N: usize>(mut rng: Rng) -> [u64; N] {
        std::array::from_fn(|_| rng.next_u64())
    }

    #[test]
    fn the_mixer_is_the_published_splitmix64() {
        let mut mixer = SplitMix(0);
        assert_eq!(
            [mixer.next(), mixer.next(), mixer.next()],
            [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]
        );
    }

    #[test]
    fn the_generator_is_the_published_xoshiro256() {
        let published = [11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240];
        assert_eq!(first(Rng { state: [1, 2, 3, 4] }), published);
    }

    #[test]
    fn a_seed_draws_the_same_numbers_for_ever() {
        assert_eq!(
            first(Rng::new(42)),
            [1_546_998_764_402_558_742, 6_990_951_692_964_543_102, 12_544_586_762_248_559_009]
        );
        assert_eq!(
            first(Rng::for_task(42, 3, 1)),
            [5_138_091_848_694_509_912, 10_604_892_060_953_102_867, 2_053_377_217_811_862_385]
        );
    }

    #[test]
    fn tasks_items_and_seeds_have_streams_of_their_own() {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..8 {
            assert!(seen.insert(first::<2>(Rng::new(seed))));
            for task in 0..8 {
                for item in 0..8 {
                    assert!(seen.insert(first::<2>(Rng::for_task(seed, task, item))));
                }
            }
        }
    }

    #[test]
    fn draws_stay_in_bounds_and_reach_them() {
        let mut rng = Rng::new(7);
        let mut counts = [0_u32; 5];
        for _ in 0..5_000 {
            let drawn = rng.between_inclusive(-2, 2);
            counts[usize::try_from(drawn + 2).expect("from -2 to 2")] += 1;
        }
        assert!(counts.iter().all(|count| (900..1_100).contains(count)), "{counts:?}");
        assert_eq!(rng.below(1), 0);
        assert_eq!(rng.between_inclusive(9, 9), 9);
        assert_eq!(rng.between_inclusive(i64::MIN, i64::MIN), i64::MIN);
        // Must not overflow; any answer is in range.
        rng.between_inclusive(i64::MIN, i64::MAX);
        assert!(rng.below(u64::MAX) < u64::MAX);
    }

    #[test]
    fn a_shuffle_is_a_permutation() {
        let mut rng = Rng::new(1);
        let mut items: Vec<u32> = (0..100).collect();
        rng.shuffle(&mut items);
        assert!(!items.is_sorted());
        items.sort_unstable();
        assert!(items.into_iter().eq(0..100));
        rng.shuffle::<u8>(&mut []);
    }
}

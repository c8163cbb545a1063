//! Random numbers that a printed seed repeats.

/// A small generator (splitmix64): not for secrets.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// With the seed in `CHINWAG_SEED`, or a fresh one; prints it either way.
    #[must_use]
    pub fn announced() -> Self {
        let seed = Self::given().unwrap_or_else(|| getrandom::u64().unwrap());
        println!("CHINWAG_SEED={seed}");
        Self::seeded(seed)
    }

    /// The seed in `CHINWAG_SEED`, if there is one.
    #[must_use]
    pub fn given() -> Option<u64> {
        std::env::var("CHINWAG_SEED").ok().map(|text| text.parse().expect("CHINWAG_SEED is a number"))
    }

    /// With a seed that nobody needs to know, for what no failure depends on.
    #[must_use]
    pub fn fresh() -> Self {
        Self::seeded(getrandom::u64().unwrap())
    }

    /// With this seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Another generator, which goes its own way from here.
    pub fn fork(&mut self) -> Self {
        Self::seeded(self.next())
    }

    /// A number from 0 to below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The bias is beyond what any test can see.
        self.next() % bound
    }

    /// One of these, if there is one.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(all.len()).ok().filter(|&count| count > 0)?;
        all.get(usize::try_from(self.below(count)).ok()?)
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests;

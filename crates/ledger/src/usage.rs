//! What was paid lately, for caps on stretches of time.
//!
//! A stretch is cut into sixteen steps. What was paid counts in the step in which it was paid and
//! for the sixteen steps after: at least for the whole length, at most for a sixteenth longer. So no
//! stretch of the length ever holds more than the cap, and the record has seventeen numbers
//! however many payments there are.

use corridor_types::operations::Window;
use corridor_types::{Amount, Timestamp};

/// Steps of a stretch.
const STEPS: u64 = 16;
/// Sums that are kept: those steps and the running one.
const KEPT: usize = 17;
const _: () = assert!(KEPT as u64 == STEPS + 1);

/// Sums by step, the oldest first. The last is that of `last`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Usage {
    /// The step of the last sum, counted from 1970.
    last: u64,
    sums: Vec<u128>,
}
corridor_types::codec_struct!(Usage { last, sums[KEPT] });

const fn step(window: &Window, time: Timestamp) -> u64 {
    time.0 / step_ms(window)
}

const fn step_ms(window: &Window) -> u64 {
    let length = window.length_ms.div_ceil(STEPS);
    if length == 0 { 1 } else { length }
}

impl Usage {
    /// What counts at `now`, in minor units.
    pub fn at(&self, window: &Window, now: Timestamp) -> u128 {
        let now = step(window, now);
        self.steps().filter(|(step, _)| step + STEPS >= now).map(|(_, sum)| sum).sum()
    }

    /// The sums with their steps.
    fn steps(&self) -> impl Iterator<Item = (u64, u128)> {
        // Saturating: the first steps of 1970 have fewer before them.
        let first = (self.last + 1).saturating_sub(self.sums.len() as u64);
        (first..).zip(self.sums.iter().copied())
    }

    /// True if `amount` more stays within the cap.
    pub fn has_room(&self, window: &Window, now: Timestamp, amount: Amount) -> bool {
        self.at(window, now) + u128::from(amount.0) <= u128::from(window.cap.0)
    }

    /// Counts a payment. Time never goes back.
    pub fn count(&mut self, window: &Window, now: Timestamp, amount: Amount) {
        let now = step(window, now);
        let kept: Vec<_> = self.steps().filter(|(step, _)| step + STEPS >= now && *step <= now).collect();
        let first = kept.first().map_or(now, |(first, _)| *first);
        let mut sums: Vec<u128> = (first..=now).map(|_| 0).collect();
        for (step, sum) in kept {
            let place = usize::try_from(step - first).ok().and_then(|place| sums.get_mut(place));
            debug_assert!(place.is_some(), "a step that is kept lies between the first and now");
            if let Some(place) = place {
                *place = sum;
            }
        }
        if let Some(last) = sums.last_mut() {
            *last += u128::from(amount.0);
        }
        *self = Self { last: now, sums };
    }

    /// Takes back what was counted at `then`, if it still counts.
    pub fn uncount(&mut self, window: &Window, then: Timestamp, amount: Amount) {
        let then = step(window, then);
        // Saturating: as in `steps`.
        let first = (self.last + 1).saturating_sub(self.sums.len() as u64);
        let place = then.checked_sub(first).and_then(|n| usize::try_from(n).ok());
        if let Some(sum) = place.and_then(|place| self.sums.get_mut(place)) {
            // Saturating: a cap that was set anew in between may have forgotten a part of it.
            *sum = sum.saturating_sub(u128::from(amount.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { length_ms: 1_600, cap: Amount(100) };

    #[test]
    fn what_was_paid_counts_for_the_length_and_until_the_end_of_a_step() {
        let mut usage = Usage::default();
        usage.count(&WINDOW, Timestamp(10_050), Amount(60));
        assert!(usage.has_room(&WINDOW, Timestamp(10_050), Amount(40)));
        assert!(!usage.has_room(&WINDOW, Timestamp(10_050), Amount(41)));
        // 10,050 lies in the step from 10,000: it counts until 11,699.
        assert_eq!(usage.at(&WINDOW, Timestamp(11_699)), 60);
        assert_eq!(usage.at(&WINDOW, Timestamp(11_700)), 0);
    }

    #[test]
    fn what_is_taken_back_is_free_again_and_what_is_gone_stays_gone() {
        let mut usage = Usage::default();
        usage.count(&WINDOW, Timestamp(10_000), Amount(60));
        usage.count(&WINDOW, Timestamp(10_500), Amount(30));
        usage.uncount(&WINDOW, Timestamp(10_000), Amount(50));
        assert_eq!(usage.at(&WINDOW, Timestamp(10_500)), 40);
        usage.count(&WINDOW, Timestamp(12_000), Amount(5));
        usage.uncount(&WINDOW, Timestamp(10_000), Amount(10));
        assert_eq!(usage.at(&WINDOW, Timestamp(12_000)), 35);
    }

    /// Against every payment remembered one by one.
    #[test]
    fn no_stretch_ever_holds_more_than_was_allowed() {
        let (mut usage, mut paid, mut random) = (Usage::default(), Vec::new(), 7u64);
        let mut now = Timestamp(1_000_000);
        for _ in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            now = now.plus_ms(random >> 60 << 4);
            let amount = Amount(1 + (random >> 40) % 30);
            if usage.has_room(&WINDOW, now, amount) {
                usage.count(&WINDOW, now, amount);
                paid.push((now, amount));
            }
            let lately = |(then, _): &&(Timestamp, Amount)| now.since_ms(*then) < WINDOW.length_ms;
            let sum: u64 = paid.iter().rev().take_while(lately).map(|(_, amount)| amount.0).sum();
            assert!(sum <= WINDOW.cap.0, "{sum} at {now}");
        }
        assert!(paid.len() > 2_000, "{}", paid.len());
    }
}

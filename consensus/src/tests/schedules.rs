//! Seeded random schedules over the whole engine. `CORRIDOR_SEEDS` runs more of them.

use super::network::{Faults, Random, World};

/// After the network heals, all offered work is final within this time, in milliseconds (goal R7): a few
/// turns of at most two seconds each, some of which a Byzantine leader may waste.
const RECOVERY_MS: u64 = 10_000;

fn seeds(default: u64) -> u64 {
    std::env::var("CORRIDOR_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn faults(random: &mut Random) -> Faults {
    Faults {
        heal_at: 20_000,
        loss: random.below(4) * 100,
        duplicates: random.below(3) * 50,
        max_delay: [5, 100, 1_500][random.below(3) as usize],
        crashes: random.below(2) * random.below(8),
        partitions: random.chance(400),
    }
}

/// Offers work while things go wrong, heals, and demands that everything becomes final.
fn check(seed: u64, powers: &[u64], byzantine: &[usize]) -> World {
    let mut random = Random(seed ^ 0x5eed);
    let faults = faults(&mut random);
    let mut world = World::new(seed, powers, byzantine, faults);
    let mut offered = 0;
    while world.now < faults.heal_at {
        offered += 1;
        world.offer(offered);
        let pause = random.below(2_000);
        world.run(world.now + pause);
    }
    world.offer(offered + 1);
    let deadline = world.now + RECOVERY_MS;
    while world.now < deadline && world.progress() <= offered {
        world.run(world.now + 100);
    }
    let done = world.progress() > offered;
    world.recovery_ms = world.now - faults.heal_at;
    assert!(done, "seed {seed}: {faults:?} finalized {} of {}\n{}", world.progress(), offered + 1, world.describe());
    if byzantine.is_empty() {
        let busy = world.run(world.now + RECOVERY_MS);
        assert!(!busy, "seed {seed}: not idle after everything is final\n{}", world.describe());
    }
    world
}

/// Work never ends, and from some moment on leaders propose the boundary of the epoch: all finalize the same one,
/// nothing becomes final after it, and everybody rests.
fn check_seal(seed: u64, powers: &[u64], byzantine: &[usize]) -> World {
    let mut random = Random(seed ^ 0xe90c);
    let faults = faults(&mut random);
    let mut world = World::new(seed, powers, byzantine, faults);
    world.seal = Some(3 + random.below(20));
    let mut offered = 0;
    while world.now < faults.heal_at + RECOVERY_MS && (world.now < faults.heal_at || !world.is_sealed()) {
        offered += 1;
        world.offer(offered);
        let pause = random.below(2_000);
        world.run(world.now + pause);
    }
    world.recovery_ms = world.now - faults.heal_at;
    assert!(world.is_sealed(), "seed {seed}: {faults:?}\n{}", world.describe());
    world
}

fn campaign(name: &str, count: u64, powers: &[u64], byzantine: &[usize]) {
    campaign_of(check, name, count, powers, byzantine);
}

type Check = fn(u64, &[u64], &[usize]) -> World;

fn campaign_of(check: Check, name: &str, count: u64, powers: &[u64], byzantine: &[usize]) {
    let (mut counts, mut slowest) = (std::collections::BTreeMap::new(), 0);
    for seed in 0..seeds(count) {
        let outcome = std::panic::catch_unwind(|| check(seed, powers, byzantine));
        let world = outcome.unwrap_or_else(|cause| {
            eprintln!("{name}: seed {seed} failed");
            std::panic::resume_unwind(cause)
        });
        slowest = slowest.max(world.recovery_ms);
        for (what, count) in world.counts {
            *counts.entry(what).or_insert(0) += count;
        }
    }
    println!("{name}: slowest recovery {slowest} ms, {counts:?}");
}

#[test]
fn an_epoch_ends_at_one_block() {
    campaign_of(check_seal, "epoch of four", 60, &[1; 4], &[]);
    campaign_of(check_seal, "epoch of four, one twice", 60, &[1; 4], &[2]);
}

#[test]
fn four_validators() {
    campaign("four", 60, &[1; 4], &[]);
}

#[test]
fn four_validators_one_of_them_a_twin() {
    campaign("four, a twin", 60, &[1; 4], &[2]);
}

#[test]
fn seven_validators_two_of_them_twins() {
    campaign("seven, two twins", 15, &[1; 7], &[1, 5]);
}

#[test]
fn weighted_validators_a_heavy_twin() {
    campaign("weighted", 30, &[3, 2, 2, 1, 1, 1], &[0]);
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let faults = Faults { heal_at: 5_000, loss: 100, duplicates: 50, max_delay: 100, crashes: 3, partitions: true };
        let mut world = World::new(seed, &[1; 4], &[3], faults);
        world.trace = Some(0xcbf2_9ce4_8422_2325);
        for sequence in 1..10 {
            world.offer(sequence);
            world.run(world.now + 700);
        }
        world.trace
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

/// On a good network nothing is wasted: a burst of work costs one view, and silence follows.
#[test]
fn a_burst_of_work_is_final_after_three_delays_and_costs_one_block() {
    let faults = Faults { heal_at: 0, loss: 0, duplicates: 0, max_delay: 1, crashes: 0, partitions: false };
    let mut world = World::new(1, &[1; 4], &[], faults);
    for burst in 1..=5_u64 {
        world.offer(burst);
        assert!(!world.run(world.now + 5_000), "idle again");
        assert_eq!(world.progress(), burst);
        assert_eq!(world.decided.len() as u64, burst, "one block each");
    }
}

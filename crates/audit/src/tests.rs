//! The parts of an audit, each on results made by hand. Whole histories are in `tests/cluster`.
#![allow(clippy::unwrap_used)]

mod compare;
mod draft;
mod fixtures;
mod history;
mod records;
mod tally;

use corridor_types::Height;

use super::replay::Range;

#[test]
fn the_range_lies_within_what_was_executed() {
    let range = |from, to: Option<u64>| Range::new(Height(from), to.map(Height), Height(9));
    assert_eq!(range(1, None).unwrap(), Range { from: Height(1), to: Height(9) });
    assert_eq!(range(4, Some(4)).unwrap(), Range { from: Height(4), to: Height(4) });
    for (from, to, named) in [(0, None, "--from 0"), (5, Some(4), "--from 5"), (1, Some(10), "--to 10")] {
        let error = range(from, to).unwrap_err();
        assert!(error.to_string().starts_with(named), "{error}");
    }
    assert!(Range::new(Height(1), None, Height(0)).is_ok(), "nothing was executed yet");
}

//! One-way delays between validators, from a table of measured round-trip times between regions.

use serde_json::Value;

/// Why a table is unusable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LatencyError {
    /// Not JSON, or not of the expected form.
    #[error("the table of round-trip times is malformed: {problem}; expected rtt.FROM.TO in milliseconds")]
    Malformed {
        /// What is wrong.
        problem: String,
    },
}

/// One-way delays in whole milliseconds, rounded up, by the positions of two validators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latency {
    one_way_ms: Vec<Vec<u64>>,
}

impl Latency {
    /// Puts `validators` into the regions of a table, in turn: one way is half a round trip.
    ///
    /// # Errors
    /// [`LatencyError::Malformed`].
    pub fn from_json(text: &str, validators: u16) -> Result<Self, LatencyError> {
        let malformed = |problem: String| LatencyError::Malformed { problem };
        let table: Value = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        let rtt = table.get("rtt").and_then(Value::as_object).ok_or_else(|| malformed("no rtt".to_owned()))?;
        let names: Vec<&String> = rtt.keys().collect();
        if names.is_empty() {
            return Err(malformed("no region".to_owned()));
        }
        let region = |validator: u16| names[usize::from(validator) % names.len()];
        let delay = |from: u16, to: u16| {
            let tenths = rtt.get(region(from)).and_then(|row| row.get(region(to))).and_then(tenths);
            // Tenths of a round trip, twenty of which are one millisecond of one way.
            tenths
                .map(|tenths| tenths.div_ceil(20))
                .ok_or_else(|| malformed(format!("no round-trip time from {} to {}", region(from), region(to))))
        };
        let row = |from| (0..validators).map(|to| delay(from, to)).collect::<Result<Vec<_>, _>>();
        Ok(Self { one_way_ms: (0..validators).map(row).collect::<Result<_, _>>()? })
    }

    /// From one validator to another; nothing to itself.
    pub fn one_way_ms(&self, from: usize, to: usize) -> u64 {
        if from == to { 0 } else { self.one_way_ms.get(from).and_then(|row| row.get(to)).copied().unwrap_or_default() }
    }

    /// How many validators there are.
    pub const fn validators(&self) -> usize {
        self.one_way_ms.len()
    }
}

/// A decimal number in tenths, without floating point.
fn tenths(value: &Value) -> Option<u64> {
    let text = value.as_number()?.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let tenth = fraction.get(..1)?.parse::<u64>().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(10)?.checked_add(tenth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_way_is_half_a_round_trip_and_regions_take_turns() {
        let text = r#"{"rtt": {"a": {"a": 5.5, "b": 64.4}, "b": {"a": 64, "b": 3.2}}}"#;
        let latency = Latency::from_json(text, 3).unwrap();
        assert_eq!((latency.one_way_ms(0, 1), latency.one_way_ms(1, 0)), (33, 32));
        assert_eq!((latency.one_way_ms(0, 2), latency.one_way_ms(1, 1)), (3, 0));
        assert!(Latency::from_json(r#"{"rtt": {"a": {}}}"#, 2).is_err());
    }
}

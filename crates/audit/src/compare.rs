//! Compares what was decided with what is decided again, field by field; of differences the first
//! few are kept in full and the others counted.
//!
//! [`compare`] takes two results of one block that should be equal. [`changed`] takes two that need
//! not be, such as those of two rulebooks, and says which decisions differ. Neither knows where the
//! results come from.

use std::collections::BTreeMap;
use std::fmt;

use corridor_crypto::Digest;
use corridor_types::persist::Executed;
use corridor_types::{Code, Entry, EntryKind, Height, PaymentStatus, Uetr};
use serde::Serialize;
use serde_json::Value;

/// Differing things of which the fields are kept: after the first one of a history, all that
/// follows from it differs too, and says nothing more.
pub const MAX_SHOWN: u64 = 8;

/// What kind of thing differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// The history itself cannot be read on.
    History,
    /// A batch's or transaction's signature.
    Batch,
    /// The ledger refuses to execute the block.
    Execution,
    /// The outcome of a block.
    Outcome,
    /// An entry of a block.
    Entry,
    /// A payment as it was first seen.
    Payment,
    /// The settlement certificate.
    Certificate,
    /// A record of the ledger's state at the end.
    Record,
}

impl Item {
    /// As it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::History => "history",
            Self::Batch => "batch",
            Self::Execution => "execution",
            Self::Outcome => "outcome",
            Self::Entry => "entry",
            Self::Payment => "payment",
            Self::Certificate => "certificate",
            Self::Record => "record",
        }
    }
}

/// What two sides are compared about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The block; for a record, the last one.
    pub height: Height,
    /// What was compared.
    pub item: Item,
    /// Which of several: a position in the block from zero, or a record's table and key.
    pub which: Option<String>,
}

impl Place {
    /// The only one of its kind in a block.
    pub const fn only(height: Height, item: Item) -> Self {
        Self { height, item, which: None }
    }

    /// One of several.
    pub fn of(height: Height, item: Item, which: impl ToString) -> Self {
        Self { height, item, which: Some(which.to_string()) }
    }
}

/// One field that differs. A side that lacks the whole thing, or gives a reason instead of a value,
/// has the field `""`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Of which thing.
    #[serde(flatten)]
    pub place: Place,
    /// Its name as in JSON.
    pub field: String,
    /// What the node stored; `None` if it lacks it.
    pub stored: Option<String>,
    /// What execution gives; `None` if it gives none.
    pub replayed: Option<String>,
}

/// All that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Differences {
    /// How many things differ.
    pub count: u64,
    /// How many decisions differ among them: another status or code, or a decision that one side
    /// lacks.
    pub decisions: u64,
    /// The fields of the first [`MAX_SHOWN`] things.
    pub first: Vec<Difference>,
}

impl Differences {
    /// Counts one thing; `fields` is asked only while there is room.
    fn note(&mut self, fields: impl FnOnce() -> Vec<Difference>) {
        if self.count < MAX_SHOWN {
            self.first.extend(fields());
        }
        self.count = self.count.saturating_add(1);
    }

    /// Notes a thing that is wrong as a whole.
    pub fn whole(&mut self, place: Place, stored: Option<String>, replayed: Option<String>) {
        self.note(|| vec![Difference { place, field: String::new(), stored, replayed }]);
    }

    /// Compares one thing.
    pub fn one<T: Serialize + PartialEq>(&mut self, place: Place, stored: Option<&T>, replayed: Option<&T>) {
        if stored == replayed {
            return;
        }
        match (stored, replayed) {
            (Some(stored), Some(replayed)) => self.note(|| fields(&place, &json(stored), &json(replayed))),
            (stored, replayed) => {
                let whole = |side: Option<&T>| side.map(|value| text(&json(value)));
                self.whole(place, whole(stored), whole(replayed));
            }
        }
    }

    /// Compares two lists position by position.
    fn list<T: Serialize + PartialEq>(&mut self, height: Height, item: Item, stored: &[T], replayed: &[T]) {
        if stored == replayed {
            return;
        }
        for position in 0..stored.len().max(replayed.len()) {
            self.one(Place::of(height, item, position), stored.get(position), replayed.get(position));
        }
    }
}

fn json(value: &impl Serialize) -> Value {
    // The types compared here all have a JSON form; one that had none would differ as a whole.
    serde_json::to_value(value).unwrap_or(Value::Null)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The fields in which two values of one type differ.
fn fields(place: &Place, stored: &Value, replayed: &Value) -> Vec<Difference> {
    let difference = |field: &str, stored: Option<&Value>, replayed: Option<&Value>| Difference {
        place: place.clone(),
        field: field.to_owned(),
        stored: stored.map(text),
        replayed: replayed.map(text),
    };
    let (Some(left), Some(right)) = (stored.as_object(), replayed.as_object()) else {
        return vec![difference("", Some(stored), Some(replayed))];
    };
    let names = left.keys().chain(right.keys().filter(|name| !left.contains_key(*name)));
    let sides = names.map(|name| (name, left.get(name), right.get(name)));
    sides.filter(|(_, left, right)| left != right).map(|(name, left, right)| difference(name, left, right)).collect()
}

/// Compares two results of one block: outcome, entries, payments first seen.
pub fn compare(stored: &Executed, replayed: &Executed, found: &mut Differences) {
    let height = replayed.outcome.height;
    found.one(Place::only(height, Item::Outcome), Some(&stored.outcome), Some(&replayed.outcome));
    if stored.entries != replayed.entries {
        found.list(height, Item::Entry, &stored.entries, &replayed.entries);
        let decisions = changed(&stored.entries, &replayed.entries).len() as u64;
        found.decisions = found.decisions.saturating_add(decisions);
    }
    found.list(height, Item::Payment, &stored.payments, &replayed.payments);
}

/// What was decided, apart from where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// The payment's status afterwards.
    pub status: Option<PaymentStatus>,
    /// The code that differs.
    pub code: Code,
}

/// A decision that two results of one block do not share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The transaction; zero for what the ledger does by itself.
    pub transaction: Digest,
    /// What kind of entry it is.
    pub kind: EntryKind,
    /// The payment's UETR or the operation's reference.
    pub reference: Uetr,
    /// On the one side; `None` if there is no such decision.
    pub before: Option<Decision>,
    /// On the other.
    pub after: Option<Decision>,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |side: Option<Decision>| match side {
            None => "not decided".to_owned(),
            Some(Decision { status: None, code }) => code.to_string(),
            Some(Decision { status: Some(status), code }) => format!("{status} ({code})"),
        };
        let (before, after) = (text(self.before), text(self.after));
        write!(f, "{} {}: {before} -> {after}", self.kind, self.reference)
    }
}

/// What a decision is about: the same on both sides, wherever it stands in the block.
type Subject = (Uetr, EntryKind, Digest);

/// The decisions that differ, by reference. Positions do not count, so that one decision more does
/// not make all others differ.
pub fn changed(before: &[Entry], after: &[Entry]) -> Vec<Changed> {
    let (before, after) = (by_subject(before), by_subject(after));
    let subjects = before.keys().chain(after.keys().filter(|subject| !before.contains_key(*subject)));
    let mut found = Vec::new();
    for subject in subjects {
        let (transaction, kind, reference) = (subject.2, subject.1, subject.0);
        let side = |side: &BTreeMap<Subject, Vec<Decision>>| side.get(subject).cloned().unwrap_or_default();
        let (before, after) = (side(&before), side(&after));
        for number in 0..before.len().max(after.len()) {
            let (before, after) = (before.get(number).copied(), after.get(number).copied());
            if before != after {
                found.push(Changed { transaction, kind, reference, before, after });
            }
        }
    }
    found.sort_by_key(|changed| (changed.reference, changed.kind, changed.transaction));
    found
}

/// A transaction that was ordered twice decides twice on the same; those stay in their order.
fn by_subject(entries: &[Entry]) -> BTreeMap<Subject, Vec<Decision>> {
    let mut found: BTreeMap<Subject, Vec<Decision>> = BTreeMap::new();
    for Entry { reference, kind, transaction, status, code, .. } in entries {
        let decision = Decision { status: *status, code: *code };
        found.entry((*reference, *kind, *transaction)).or_default().push(decision);
    }
    found
}

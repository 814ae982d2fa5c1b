//! Statements: the bookings on one account, read in the order of their numbers.

use corridor_types::{AccountId, Decode, Movement};

use crate::column::{Column, movement_key};
use crate::database::Item;
use crate::{Reader, StoreError};

impl Reader {
    /// Up to `limit` bookings on an account, ascending and without gaps, from number `from` on or,
    /// if the node began with a snapshot, from the lowest number held above that.
    ///
    /// # Errors
    /// [`StoreError`], also for a number that is missing between two.
    pub fn statement(&self, account: AccountId, from: u64, limit: usize) -> Result<Vec<Movement>, StoreError> {
        let mut lines: Vec<Movement> = Vec::new();
        for item in self.scan_statement(account, from)?.take(limit) {
            let line = read(account, &item?)?;
            let expected = lines.last().map_or(line.number, |before| before.number.saturating_add(1));
            if line.number != expected {
                let problem = "the number before it is missing";
                return Err(StoreError::damaged(
                    Column::Movements.name(),
                    &movement_key(account, line.number),
                    problem,
                ));
            }
            lines.push(line);
        }
        Ok(lines)
    }

    /// The lowest number of which the booking on an account is held; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn first_movement(&self, account: AccountId) -> Result<Option<u64>, StoreError> {
        let first = self.scan_statement(account, 0)?.next().transpose()?;
        first.map(|item| read(account, &item).map(|line| line.number)).transpose()
    }

    fn scan_statement(
        &self,
        account: AccountId,
        from: u64,
    ) -> Result<impl Iterator<Item = Result<Item, StoreError>>, StoreError> {
        let end = account.0.checked_add(1).map(|next| movement_key(AccountId(next), 0));
        self.database.scan(Column::Movements, &movement_key(account, from), end)
    }
}

/// A booking, which must be what its key says.
fn read(account: AccountId, (key, value): &Item) -> Result<Movement, StoreError> {
    let name = Column::Movements.name();
    let line = Movement::from_bytes(value).map_err(StoreError::decode(name, key))?;
    match movement_key(account, line.number) == **key && line.account == account {
        true => Ok(line),
        false => Err(StoreError::damaged(name, key, "it is another booking")),
    }
}

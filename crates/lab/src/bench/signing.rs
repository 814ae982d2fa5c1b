//! Makes and signs the payments of one step before its clock starts.

use std::time::Duration;

use corridor_cli::clock;
use corridor_cli::failure::Failure;
use corridor_cli::payment_form::{Order, Terms};
use corridor_types::{Amount, ChargeBearer, Control, Operation, Payment, Priority, Shortfall, Transaction, Uetr};

use super::payers::Payer;
use corridor_cli::commands::pay::operations;

/// How long a measured payment may wait before it lapses.
const EXPIRY_MS: u64 = 600_000;

/// One signed transaction with its moment.
pub struct Shot {
    /// When it is sent, from the start of the step.
    pub due: Duration,
    /// Through whose node.
    pub payer: usize,
    /// What is sent.
    pub transaction: Transaction,
    /// The payments in it.
    pub uetrs: Vec<Uetr>,
}

/// All transactions of a step that offers `rate` payments per second for `seconds`, with
/// `per_signature` payments in each, evenly spread, the payers in turn. Uses all processors.
///
/// # Errors
/// A failure of the random source.
pub fn sign_step(payers: &[Payer], rate: u64, seconds: u64, per_signature: usize) -> Result<Vec<Shot>, Failure> {
    let size = (per_signature as u64).max(1);
    let shots = rate.saturating_mul(seconds).div_ceil(size);
    let workers = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let due = |shot: u64| Duration::from_nanos(shot.saturating_mul(size).saturating_mul(1_000_000_000) / rate.max(1));
    let sign_share = |worker: u64| -> Result<Vec<Shot>, Failure> {
        (worker..shots)
            .step_by(usize::try_from(workers).unwrap_or(1))
            .map(|n| sign_shot(payers, n, due(n), size))
            .collect()
    };
    let mut signed = Vec::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|worker| scope.spawn(move || sign_share(worker))).collect();
        for thread in threads {
            let share = thread.join().map_err(|_| Failure::internal("a signing thread ended badly"))?;
            signed.extend(share?);
        }
        Ok::<(), Failure>(())
    })?;
    signed.sort_by_key(|shot| shot.due);
    Ok(signed)
}

fn sign_shot(payers: &[Payer], number: u64, due: Duration, size: u64) -> Result<Shot, Failure> {
    let position = usize::try_from(number).unwrap_or_default() % payers.len().max(1);
    let payer = payers.get(position).ok_or_else(|| Failure::internal("nobody pays"))?;
    let payments = (0..size).map(|_| payment(payer)).collect::<Result<Vec<_>, _>>()?;
    let uetrs = payments.iter().map(|payment| payment.uetr).collect();
    let operation: Option<Operation> = operations(payments).pop();
    let operation = operation.ok_or_else(|| Failure::internal("a transaction without payments"))?;
    Ok(Shot { due, payer: position, transaction: payer.actor.sign(operation), uetrs })
}

fn payment(payer: &Payer) -> Result<Payment, Failure> {
    let order = Order {
        uetr: clock::new_uetr()?,
        debtor: payer.debtor.clone(),
        creditor: payer.creditor.clone(),
        amount: Amount(1),
        value_date: clock::today(),
        priority: Priority::Normal,
        charge_bearer: ChargeBearer::Shared,
        details: Vec::new(),
    };
    let expiry = clock::now().plus_ms(EXPIRY_MS);
    let (control, shortfall) = (Control::NotControlled, Shortfall::Reject);
    order.into_payment(Terms { client: payer.client, expiry, control, shortfall }, &[])
}

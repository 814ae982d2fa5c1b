//! What two companies agreed on, as the payment that the debtor's bank submits. The confidential
//! details stay here: only their salted digest enters the record.

use corridor_cli::clock;
use corridor_cli::failure::Failure;
use corridor_crypto::{Digest, Domain};
use corridor_types::operations::PaymentStep;
use corridor_types::{
    Amount, Attested, ChargeBearer, Control, Corridor, KeyRole, LicenceHandle, LicenceUse, Operation, Payment,
    Priority, Shortfall, Transaction,
};

use super::stage::Stage;

/// How long a payment of a story may wait.
const LIFETIME_MS: u64 = 3_600_000;

/// Minor units of either currency in a unit.
const CENTS: u64 = 100;

/// An amount in whole units.
pub const fn units(amount: u64) -> Amount {
    Amount(amount.saturating_mul(CENTS))
}

/// A payment to be.
pub struct Deal<'a> {
    /// The bank that pays for its company.
    pub from: &'a str,
    /// The bank that is paid.
    pub to: &'a str,
    /// In which currency.
    pub currency: &'a str,
    /// How much, in the currency's minor units.
    pub amount: Amount,
    /// Whether the goods are under export control.
    pub control: Control,
    /// What happens if money is short.
    pub shortfall: Shortfall,
    /// What it is for; never submitted.
    pub details: &'a str,
}

impl<'a> Deal<'a> {
    /// A payment for ordinary goods that does not wait for money.
    pub const fn ordinary(from: &'a str, to: &'a str, currency: &'a str, amount: Amount, details: &'a str) -> Self {
        let (control, shortfall) = (Control::NotControlled, Shortfall::Reject);
        Self { from, to, currency, amount, control, shortfall, details }
    }

    /// The same for controlled goods, under licences that cover all of it, or under none.
    pub fn controlled(self, licence: Option<LicenceHandle>) -> Self {
        let licences = licence.map(|licence| LicenceUse { licence, amount: self.amount });
        Self { control: Control::Controlled { licences: licences.into_iter().collect() }, ..self }
    }

    /// The same, but it waits if money is short.
    pub const fn queues(mut self) -> Self {
        self.shortfall = Shortfall::Queue;
        self
    }

    /// The payment.
    ///
    /// # Errors
    /// An internal failure if somebody in it does not exist.
    pub fn into_payment(self, stage: &Stage) -> Result<Payment, Failure> {
        let (debtor, creditor) = (stage.player(self.from)?, stage.player(self.to)?);
        let asset = stage.asset(self.currency)?;
        let salt: [u8; 32] = clock::random()?;
        Ok(Payment {
            uetr: clock::new_uetr()?,
            debtor_account: stage.account(debtor.id, asset)?,
            creditor_account: stage.account(creditor.id, asset)?,
            asset,
            amount: self.amount,
            client: stage.company(self.from)?,
            value_date: clock::today(),
            expiry: clock::now().plus_ms(LIFETIME_MS),
            control: self.control,
            corridor: Corridor { from: debtor.country, to: creditor.country },
            priority: Priority::Normal,
            shortfall: self.shortfall,
            charge_bearer: ChargeBearer::Shared,
            screening: None,
            details: Digest::of_parts(Domain::Details, &[&salt, self.details.as_bytes()]),
        })
    }
}

/// The debtor agent's submission of a payment, by its systems.
///
/// # Errors
/// An internal failure if it has no key.
pub fn submission(stage: &Stage, from: &str, payment: &Payment) -> Result<Transaction, Failure> {
    stage.player(from)?.act(KeyRole::Operator, 1, Operation::Pay { payment: payment.clone() })
}

/// The creditor agent's attestation of a payment, by its systems.
///
/// # Errors
/// An internal failure if it has no key.
pub fn attestation(stage: &Stage, by: &str, payment: &Payment) -> Result<Transaction, Failure> {
    let payments = vec![Attested { payment: payment.uetr, content: payment.content() }];
    let operation =
        Operation::Payment { reference: clock::new_uetr()?, step: PaymentStep::Attest { payments, screening: None } };
    stage.player(by)?.act(KeyRole::Operator, 1, operation)
}

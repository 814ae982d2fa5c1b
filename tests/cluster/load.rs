//! Payments that flow while things break: each is submitted until a validator acknowledges it, to
//! one validator after the other, always with the same reference.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use corridor_client::{Client, ClientError, ReceiptAnswer};
use corridor_crypto::{Digest, SigningContext};
use corridor_types::operations::AccountStep;
use corridor_types::view::SubmissionView;
use corridor_types::{
    AccountId, Amount, AssetId, ChargeBearer, ClientHandle, Control, Corridor, Operation, ParticipantId, Payment,
    PaymentStatus, Priority, Shortfall, Timestamp, Transaction, Uetr,
};

use crate::harness::{Cluster, Institution, PATIENCE};

const CENT: Amount = Amount(1);

pub fn now() -> Timestamp {
    Timestamp(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap())
}

async fn submit(node: &Client, transaction: &Transaction) -> Result<SubmissionView, ClientError> {
    Ok(node.submit(std::slice::from_ref(transaction)).await?.remove(0))
}

fn random_reference() -> Uetr {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    Uetr::from_random(bytes)
}

/// Banco Aurora pays Meridian Bank one cent at a time.
pub struct Payer {
    context: SigningContext,
    payer: Institution,
    payee: Institution,
    client: ClientHandle,
    pub debtor_account: AccountId,
    pub creditor_account: AccountId,
    asset: AssetId,
    corridor: Corridor,
}

impl Payer {
    pub async fn new(cluster: &Cluster) -> Self {
        let genesis = cluster.genesis();
        let (payer, payee) = (cluster.institution("aurora"), cluster.institution("meridian"));
        let asset = genesis.assets.iter().position(|asset| asset.currency.as_str() == "BRL").unwrap();
        let asset = AssetId(u16::try_from(asset).unwrap());
        let account_of = |owner: ParticipantId| {
            let position = genesis.accounts.iter().position(|account| account.owner == owner && account.asset == asset);
            AccountId(u32::try_from(position.unwrap()).unwrap())
        };
        let country = |id: ParticipantId| genesis.participants[usize::try_from(id.0).unwrap()].country;
        let payer = Self {
            context: genesis.signing_context(),
            client: payer.client.unwrap(),
            debtor_account: account_of(payer.id),
            creditor_account: account_of(payee.id),
            asset,
            corridor: Corridor { from: country(payer.id), to: country(payee.id) },
            payer,
            payee,
        };
        payer.consent(&cluster.client(0)).await;
        payer
    }

    /// Meridian Bank attests in advance, so that payments settle by themselves.
    async fn consent(&self, node: &Client) {
        let reference = random_reference();
        let operation = Operation::Account {
            reference,
            step: AccountStep::SetStandingConsent { account: self.creditor_account, up_to: Amount(1_000) },
        };
        let transaction = self.sign(&self.payee, operation);
        let result = submit(node, &transaction).await.unwrap();
        assert!(matches!(result, SubmissionView::Accepted { .. }), "{result:?}");
        wait_final(node, reference).await;
    }

    fn sign(&self, who: &Institution, operation: Operation) -> Transaction {
        Transaction::sign(&self.context, who.id, now().plus_ms(3_600_000), operation, &[&who.operator])
    }

    pub fn payment(&self) -> (Uetr, Transaction) {
        let uetr = random_reference();
        let payment = Payment {
            uetr,
            debtor_account: self.debtor_account,
            creditor_account: self.creditor_account,
            asset: self.asset,
            amount: CENT,
            client: self.client,
            value_date: now().date(),
            expiry: now().plus_ms(3_600_000),
            control: Control::NotControlled,
            corridor: self.corridor,
            priority: Priority::Normal,
            shortfall: Shortfall::Reject,
            charge_bearer: ChargeBearer::Shared,
            screening: None,
            details: Digest([1; 32]),
        };
        (uetr, self.sign(&self.payer, Operation::Pay { payment }))
    }

    /// Pays through one validator and waits for the certificate.
    pub async fn pay_and_wait(&self, node: &Client) -> Uetr {
        let (uetr, transaction) = self.payment();
        let result = submit(node, &transaction).await.unwrap();
        assert!(matches!(result, SubmissionView::Accepted { .. }), "{result:?}");
        wait_final(node, uetr).await;
        uetr
    }

    /// Submits a payment until somebody acknowledges it; false once `stop` is set.
    async fn pay_somewhere(
        &self,
        nodes: &[Client],
        first: usize,
        transaction: &Transaction,
        stop: &AtomicBool,
    ) -> bool {
        for attempt in 0.. {
            if stop.load(Ordering::Relaxed) {
                return false;
            }
            match submit(&nodes[(first + attempt) % nodes.len()], transaction).await {
                Ok(SubmissionView::Accepted { .. } | SubmissionView::Known { .. }) => return true,
                Ok(SubmissionView::Refused { errors, .. }) => panic!("a payment was refused: {errors:?}"),
                Ok(SubmissionView::Busy { .. }) | Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
        false
    }
}

/// Waits until a reference is decided with a certificate.
pub async fn wait_final(node: &Client, reference: Uetr) {
    let started = Instant::now();
    loop {
        if let Ok(Some(view)) = node.payment(reference).await
            && view.is_final()
        {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "{reference} is not final");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Load in the background.
pub struct Load {
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<Vec<Uetr>>,
}

impl Load {
    /// Starts to pay, over all validators in turn.
    pub fn start(cluster: &Cluster, payer: Arc<Payer>) -> Self {
        Self::over((0..cluster.len()).map(|n| cluster.client(n)).collect(), payer)
    }

    /// Starts to pay, over these nodes in turn.
    pub fn over(nodes: Vec<Client>, payer: Arc<Payer>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = stop.clone();
        let task = tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            while !stopping.load(Ordering::Relaxed) {
                let (uetr, transaction) = payer.payment();
                if payer.pay_somewhere(&nodes, acknowledged.len(), &transaction, &stopping).await {
                    acknowledged.push(uetr);
                }
            }
            acknowledged
        });
        Self { stop, task }
    }

    /// Stops; returns what was acknowledged.
    pub async fn finish(self) -> Vec<Uetr> {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap()
    }
}

/// Checks the outside history at every validator: what was acknowledged is settled, and the money
/// that moved is what was settled.
pub async fn check_history(cluster: &mut Cluster, payer: &Payer, before: Amount, acknowledged: &[Uetr]) {
    cluster.check_agreement().await;
    let genesis = cluster.genesis();
    for n in 0..cluster.len() {
        let node = cluster.client(n);
        for uetr in acknowledged {
            wait_final(&node, *uetr).await;
            let view = node.payment(*uetr).await.unwrap().unwrap();
            assert_eq!(view.status, Some(PaymentStatus::Settled), "payment {uetr} at validator {n}");
            let ReceiptAnswer::Ready(receipt) = node.receipt(*uetr).await.unwrap() else {
                panic!("payment {uetr} has no receipt at validator {n}");
            };
            receipt.verify(&genesis).unwrap();
        }
        let after = node.account(payer.debtor_account).await.unwrap().unwrap().available.minor;
        let moved = before.0 - after.0;
        let paid = u64::try_from(acknowledged.len()).unwrap();
        // A payment whose acknowledgement was lost with a killed validator may have been settled
        // too; the one in flight at the end is the only such payment.
        assert!(moved >= paid && moved <= paid + 1, "validator {n}: {moved} cents moved for {paid} payments");
    }
}

/// The payer's balance.
pub async fn balance(cluster: &Cluster, payer: &Payer) -> Amount {
    cluster.client(0).account(payer.debtor_account).await.unwrap().unwrap().available.minor
}

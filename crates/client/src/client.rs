//! One method per route.

use std::sync::Arc;

use corridor_types::codec::encode_list;
use corridor_types::view::{
    AccountPage, AccountView, AssetView, BlockView, ChainView, ClientView, ConsensusView, EventId, EvidenceView, Named,
    Object, OpenPaymentView, Page, ParticipantView, PaymentView, Ready, StatementPage, SubmissionReport,
    SubmissionView, ValidatorsView,
};
use corridor_types::{
    AccountId, Bic, ClientHandle, Epoch, Genesis, Handover, Height, ParticipantId, Receipt, Transaction, Uetr,
};
use reqwest::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use crate::endpoints::{Answer, Endpoints};
use crate::error::ClientError;
use crate::limits::REQUEST_TIMEOUT;

/// What a request gives.
type Result<T> = std::result::Result<T, ClientError>;

/// A connection to one or several nodes of one chain. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) endpoints: Arc<Endpoints>,
}

/// Which accounts to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountQuery {
    /// Only of this participant.
    pub owner: Option<ParticipantId>,
    /// Only of the participant with this code.
    pub bic: Option<Bic>,
    /// The lowest account to list.
    pub from: AccountId,
}

impl Default for AccountQuery {
    /// All accounts, from the lowest number on.
    fn default() -> Self {
        Self { owner: None, bic: None, from: AccountId(0) }
    }
}

/// Whether there is a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptAnswer {
    /// There is; not verified yet.
    Ready(Box<Receipt>),
    /// The decision or its certificate is on its way.
    Pending,
    /// The node does not know the reference.
    Unknown,
}

/// Whether a node has the sealed details of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DetailsAnswer {
    /// It has: the sealed document, not checked against the payment's digest.
    Here(bytes::Bytes),
    /// It asks other nodes for it.
    Pending,
    /// They were erased there.
    Erased,
    /// It knows no such payment whose details are for it.
    Unknown,
}

impl Client {
    /// Talks to the node at `base`, such as `http://127.0.0.1:8080`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::BadUrl`].
    pub fn new(base: &str) -> Result<Self> {
        Self::with_endpoints(&[base])
    }

    /// Talks to the first of several nodes that can be reached, and moves on when it cannot be.
    ///
    /// # Errors
    /// [`ClientError::BadUrl`], also for an empty list.
    pub fn with_endpoints(bases: &[&str]) -> Result<Self> {
        Ok(Self { endpoints: Arc::new(Endpoints::new(bases)?) })
    }

    /// Submits transactions; one result each, in order. That a rule refuses one is a result, not
    /// an error.
    ///
    /// # Errors
    /// [`ClientError`]; code `busy` if the node has no room for any of them.
    pub async fn submit(&self, transactions: &[Transaction]) -> Result<Vec<SubmissionView>> {
        let mut body = Vec::new();
        encode_list(transactions, &mut body);
        let body = bytes::Bytes::from(body);
        let post = |http: &reqwest::Client, base: &str| {
            let request = http.post(format!("{base}/v1/transactions")).timeout(REQUEST_TIMEOUT);
            request.header(CONTENT_TYPE, "application/octet-stream").body(body.clone())
        };
        match self.endpoints.ask(post).await {
            Ok(answer) => checked_count(&answer, transactions.len()),
            Err(ClientError::Problem(problem)) if problem.code() == "refused" => {
                let reference = transactions.first().and_then(|transaction| transaction.operation.reference());
                Ok(vec![SubmissionView::Refused { reference, errors: problem.errors }])
            }
            Err(error) => Err(error),
        }
    }

    /// Everything known about a payment or another operation; `None` if the node never saw it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn payment(&self, reference: Uetr) -> Result<Option<PaymentView>> {
        found(self.get(&format!("/v1/payments/{reference}")).await)
    }

    /// The receipt of the decision that brought a payment to its newest status; of a proposal that
    /// passed, of its enactment. It is not verified here: that takes the genesis document
    /// ([`Receipt::verify`]).
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn receipt(&self, reference: Uetr) -> Result<ReceiptAnswer> {
        self.receipt_at(&format!("/v1/payments/{reference}/receipt")).await
    }

    /// The receipt of one of the entries about a reference: the `id` of one of
    /// [`PaymentView::entries`]. Unknown if the entry is not about it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn receipt_of(&self, reference: Uetr, entry: EventId) -> Result<ReceiptAnswer> {
        self.receipt_at(&format!("/v1/payments/{reference}/receipt?entry={entry}")).await
    }

    async fn receipt_at(&self, path: &str) -> Result<ReceiptAnswer> {
        match self.ask(path).await {
            Ok(answer) => {
                let text = std::str::from_utf8(&answer.body).map_err(|error| answer.unexpected(error))?;
                let receipt = Receipt::from_json(text).map_err(|error| answer.unexpected(error))?;
                Ok(ReceiptAnswer::Ready(Box::new(receipt)))
            }
            Err(error) if error.code() == Some("receipt_pending") => Ok(ReceiptAnswer::Pending),
            Err(error) if error.code() == Some("not_found") => Ok(ReceiptAnswer::Unknown),
            Err(error) => Err(error),
        }
    }

    /// Hands a node the sealed details of a payment, before the payment or after it. It keeps them
    /// durably when this returns.
    ///
    /// # Errors
    /// [`ClientError`]; code `details_refused` if they are not the payment's or not for the node.
    pub async fn put_details(&self, uetr: Uetr, document: Vec<u8>) -> Result<()> {
        let body = bytes::Bytes::from(document);
        let put = |http: &reqwest::Client, base: &str| {
            let request = http.put(format!("{base}/v1/payments/{uetr}/details")).timeout(REQUEST_TIMEOUT);
            request.header(CONTENT_TYPE, "application/octet-stream").body(body.clone())
        };
        self.endpoints.ask(put).await.map(|_| ())
    }

    /// The sealed details of a payment. Asking makes the node look for them.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn details(&self, uetr: Uetr) -> Result<DetailsAnswer> {
        match self.ask(&format!("/v1/payments/{uetr}/details")).await {
            Ok(answer) => Ok(DetailsAnswer::Here(answer.body)),
            Err(error) => match error.code() {
                Some("details_pending") => Ok(DetailsAnswer::Pending),
                Some("details_erased") => Ok(DetailsAnswer::Erased),
                Some("not_found") => Ok(DetailsAnswer::Unknown),
                _ => Err(error),
            },
        }
    }

    /// Erases the sealed details of a payment on the node; false if it has none.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn erase_details(&self, uetr: Uetr) -> Result<bool> {
        let delete = |http: &reqwest::Client, base: &str| {
            http.delete(format!("{base}/v1/payments/{uetr}/details")).timeout(REQUEST_TIMEOUT)
        };
        Ok(found(self.endpoints.ask(delete).await.map(|_| ()))?.is_some())
    }

    /// One account; `None` if there is none with this number.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn account(&self, id: AccountId) -> Result<Option<AccountView>> {
        found(self.get(&format!("/v1/accounts/{id}")).await)
    }

    /// One page of accounts; the next one begins at [`AccountPage::next`].
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn accounts(&self, query: AccountQuery) -> Result<AccountPage> {
        let owner = query.owner.map(|owner| format!("&owner={owner}")).unwrap_or_default();
        let bic = query.bic.map(|bic| format!("&bic={bic}")).unwrap_or_default();
        self.get(&format!("/v1/accounts?from={}{owner}{bic}", query.from)).await
    }

    /// A page of an account's statement from line `from` on, at most `limit` lines; the next one
    /// begins at [`StatementPage::next`]. `None` if there is no such account. The lines are not
    /// verified here: [`corridor_types::Movement::chain`] links them.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn statement(&self, id: AccountId, from: u64, limit: usize) -> Result<Option<StatementPage>> {
        found(self.get(&format!("/v1/accounts/{id}/statement?from={from}&limit={limit}")).await)
    }

    /// The whole registry, page by page, ascending.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn participants(&self) -> Result<Vec<ParticipantView>> {
        let (mut all, mut next) = (Vec::new(), Some(0));
        while let Some(from) = next {
            let page = self.objects::<ParticipantView>(from).await?;
            all.extend(page.items);
            // A page that does not advance would never end.
            next = page.next.filter(|next| *next > from);
        }
        Ok(all)
    }

    /// The assets.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn assets(&self) -> Result<Vec<AssetView>> {
        self.get("/v1/assets").await
    }

    /// A client's authorisation; `None` if there is none with this handle.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn client(&self, handle: ClientHandle) -> Result<Option<ClientView>> {
        found(self.get(&format!("/v1/clients/{handle}")).await)
    }

    /// A page of all objects of a kind, such as [`corridor_types::view::ProgrammeView`]; the next
    /// one begins at [`Page::next`].
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn objects<T: Object>(&self, from: u32) -> Result<Page<T>> {
        self.get(&format!("/v1/{}?from={from}", T::ROUTE)).await
    }

    /// One object of a kind; `None` if there is none with this name.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn object<T: Named>(&self, id: &T::Id) -> Result<Option<T>> {
        found(self.get(&format!("/v1/{}/{id}", T::ROUTE)).await)
    }

    /// A payment that is not final, and what it lacks; `None` if there is none with this reference.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn open_payment(&self, uetr: Uetr) -> Result<Option<OpenPaymentView>> {
        found(self.get(&format!("/v1/open-payments/{uetr}")).await)
    }

    /// A page of the payments that are not final and of which a participant is an agent.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn open_payments(&self, participant: ParticipantId, from: u32) -> Result<Page<OpenPaymentView>> {
        self.get(&format!("/v1/open-payments?participant={participant}&from={from}")).await
    }

    /// A page of the payments that wait in an account's queue, in its order; `None` if there is no
    /// such account.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn queue(&self, account: AccountId, from: u32) -> Result<Option<Page<OpenPaymentView>>> {
        found(self.get(&format!("/v1/accounts/{account}/queue?from={from}")).await)
    }

    /// A finalized block; `None` if the node has none at this height.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn block(&self, height: Height) -> Result<Option<BlockView>> {
        found(self.get(&format!("/v1/blocks/{height}")).await)
    }

    /// Which chain, and how far the node is.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn chain(&self) -> Result<ChainView> {
        self.get("/v1/chain").await
    }

    /// What the node's engine waits for.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn consensus(&self) -> Result<ConsensusView> {
        self.get("/v1/consensus").await
    }

    /// Who votes, who may vote next, and who may connect.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn validators(&self) -> Result<ValidatorsView> {
        self.get("/v1/validators").await
    }

    /// A page of the changes of the validator set from the end of epoch `from` on; an empty one
    /// after the last. They are not verified here: that takes the genesis
    /// ([`corridor_types::walk_handovers`]).
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn handovers(&self, from: Epoch) -> Result<Vec<Handover>> {
        self.get(&format!("/v1/handovers?from={from}")).await
    }

    /// The proofs of misbehaviour that the node holds.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn evidence(&self) -> Result<Vec<EvidenceView>> {
        self.get("/v1/evidence").await
    }

    /// The genesis document as the node tells it. Whoever relies on it compares its digest with
    /// one from another source.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn genesis(&self) -> Result<Genesis> {
        self.get("/v1/genesis").await
    }

    /// Succeeds if the node is ready to take work.
    ///
    /// # Errors
    /// [`ClientError`]; code `not_ready` with the reason if it is not.
    pub async fn ready(&self) -> Result<()> {
        self.get::<Ready>("/readyz").await.map(|_| ())
    }

    /// The node's metrics in the OpenMetrics text format.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn metrics(&self) -> Result<String> {
        self.ask("/metrics").await?.text()
    }

    async fn ask(&self, path: &str) -> Result<Answer> {
        let get = |http: &reqwest::Client, base: &str| http.get(format!("{base}{path}")).timeout(REQUEST_TIMEOUT);
        self.endpoints.ask(get).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.ask(path).await?.json()
    }
}

fn checked_count(answer: &Answer, expected: usize) -> Result<Vec<SubmissionView>> {
    let SubmissionReport { results } = answer.json()?;
    if results.len() == expected {
        return Ok(results);
    }
    Err(answer.unexpected(format!("{} results for {expected} transactions", results.len())))
}

/// Makes "not found" a `None`.
fn found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code() == Some("not_found") => Ok(None),
        Err(error) => Err(error),
    }
}

//! What commands that talk to a node share: where it is, which chain it belongs to, who acts.
//!
//! Decides nothing: the ledger's answer is passed on as it is.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use corridor_client::{AccountQuery, Client, ClientError, EventFilter, ReceiptAnswer};
use corridor_types::view::{AccountView, EventId, EventView, ParticipantView, PaymentView, SubmissionView};
use corridor_types::{
    AccountId, Bic, CurrencyCode, Genesis, ParticipantEntry, ParticipantId, Receipt, Transaction, Uetr,
};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::time::{Instant, sleep};

use crate::failure::Failure;
use crate::genesis_file;
use crate::profile::Profile;

/// Between the first two looks at something that is about to happen; later ones are further apart.
const FIRST_POLL: Duration = Duration::from_millis(20);

/// The longest time between two looks.
const SLOWEST_POLL: Duration = Duration::from_millis(500);

/// Events as they arrive; an error is the last.
pub type EventStream = BoxStream<'static, Result<EventView, ClientError>>;

/// Where the node is and which chain is meant.
#[derive(Debug, Clone, Default, Args)]
pub struct Connect {
    /// Profile file or its folder: node address, genesis, participant and key files
    #[arg(long, env = "CORRIDOR_PROFILE", value_name = "PATH", help_heading = "Connection")]
    pub profile: Option<PathBuf>,
    /// Address of the node, such as http://127.0.0.1:8080
    #[arg(long, env = "CORRIDOR_URL", help_heading = "Connection")]
    pub url: Option<String>,
    /// The chain's genesis document
    #[arg(long, env = "CORRIDOR_GENESIS", value_name = "FILE", help_heading = "Connection")]
    pub genesis: Option<PathBuf>,
}

/// A connection to one node.
#[derive(Debug)]
pub struct Session {
    /// The connection to the node.
    pub client: Client,
    /// What the profile and the command line say.
    pub profile: Profile,
}

impl Connect {
    /// Profile and arguments together; arguments win.
    ///
    /// # Errors
    /// See [`Profile::load`].
    pub fn merged(&self) -> Result<Profile, Failure> {
        let mut profile = self.profile.as_deref().map(Profile::load).transpose()?.unwrap_or_default();
        profile.url = self.url.clone().or(profile.url);
        profile.genesis = self.genesis.clone().or(profile.genesis);
        Ok(profile)
    }

    /// Opens a session.
    ///
    /// # Errors
    /// A usage failure if no node is named.
    pub fn open(&self) -> Result<Session, Failure> {
        Session::open(self.merged()?)
    }
}

impl Session {
    /// Opens a session with the node of `profile`.
    ///
    /// # Errors
    /// A usage failure if it names no node.
    pub fn open(profile: Profile) -> Result<Self, Failure> {
        let missing = || Failure::usage("no node is named; use --profile or --url (or CORRIDOR_PROFILE, CORRIDOR_URL)");
        let url = profile.url.as_deref().ok_or_else(missing)?;
        let client = Client::new(url).map_err(failed)?;
        Ok(Self { client, profile })
    }

    /// The genesis document. Signing needs it from a file: a node must not choose the chain that
    /// its clients sign for.
    ///
    /// # Errors
    /// A usage failure if none is named or it is no good.
    pub fn genesis(&self) -> Result<Genesis, Failure> {
        let missing = || Failure::usage("no genesis document is named; use --genesis, or a profile that names one");
        genesis_file::read(self.profile.genesis.as_deref().ok_or_else(missing)?)
    }

    /// Submits transactions; one result each, in order.
    ///
    /// # Errors
    /// The node's.
    pub async fn submit(&self, transactions: &[Transaction]) -> Result<Vec<SubmissionView>, Failure> {
        match self.client.submit(transactions).await {
            Err(error) if error.code() == Some("busy") => {
                let retry_after_ms = error.problem().and_then(|problem| problem.retry_after_ms).unwrap_or_default();
                Ok(vec![SubmissionView::Busy { retry_after_ms }; transactions.len()])
            }
            result => result.map_err(failed),
        }
    }

    /// Certified entries after a place in the chain's history, or from now on; all of them or those
    /// of one payment.
    pub fn events(&self, after: Option<EventId>, reference: Option<Uetr>) -> EventStream {
        self.client.events(EventFilter { after, reference, ..EventFilter::default() }).boxed()
    }

    /// The receipt of the decision that brought a reference to where it is, or that of one of the
    /// entries about it.
    ///
    /// # Errors
    /// The node's; a refusal if there is none, or none yet.
    pub async fn receipt(&self, reference: Uetr, entry: Option<EventId>) -> Result<Receipt, Failure> {
        let answer = match entry {
            None => self.client.receipt(reference).await,
            Some(entry) => self.client.receipt_of(reference, entry).await,
        };
        match answer.map_err(failed)? {
            ReceiptAnswer::Ready(receipt) => Ok(*receipt),
            ReceiptAnswer::Pending => {
                let when = "the decision is not certified yet; ask again in a moment";
                Err(Failure::refused("receipt_pending", format!("{reference}: {when}")))
            }
            ReceiptAnswer::Unknown => Err(Failure::refused("not_found", unknown(reference, entry))),
        }
    }

    /// One account.
    ///
    /// # Errors
    /// The node's; a refusal if there is none with this number.
    pub async fn account(&self, id: AccountId) -> Result<AccountView, Failure> {
        let found = self.client.account(id).await.map_err(failed)?;
        found.ok_or_else(|| {
            Failure::refused("unknown_account", format!("there is no account {id}; see `corridor balance`"))
        })
    }

    /// An institution in the ledger's registry, admitted after genesis or in it.
    ///
    /// # Errors
    /// The node's; a usage failure if there is none.
    pub async fn participant(&self, bic: Bic) -> Result<ParticipantView, Failure> {
        let mut next = Some(0);
        while let Some(from) = next {
            let page = self.client.objects::<ParticipantView>(from).await.map_err(failed)?;
            if let Some(found) = page.items.into_iter().find(|participant| participant.bic == bic) {
                return Ok(found);
            }
            // A page that does not advance would never end.
            next = page.next.filter(|next| *next > from);
        }
        let missing = "neither the genesis nor the ledger has a participant";
        Err(Failure::usage(format!("{missing} {bic}; see `corridor show participants`")))
    }

    /// All accounts of an institution, ascending.
    ///
    /// # Errors
    /// The node's.
    pub async fn accounts_of(&self, bic: Bic) -> Result<Vec<AccountView>, Failure> {
        let (mut accounts, mut next) = (Vec::new(), Some(AccountId(0)));
        while let Some(from) = next {
            let query = AccountQuery { bic: Some(bic), from, ..AccountQuery::default() };
            let page = self.client.accounts(query).await.map_err(failed)?;
            accounts.extend(page.accounts);
            // A page that does not advance would never end.
            next = page.next.filter(|next| *next > from);
        }
        Ok(accounts)
    }

    /// The first account of an institution in a currency.
    ///
    /// # Errors
    /// A usage failure if there is none.
    pub async fn account_in(&self, bic: Bic, currency: CurrencyCode) -> Result<AccountView, Failure> {
        let accounts = self.accounts_of(bic).await?;
        let found = accounts.into_iter().find(|account| account.currency == currency);
        found.ok_or_else(|| Failure::usage(format!("{bic} has no account in {currency}; see `corridor balance`")))
    }

    /// Everything that the node knows about a reference; `None` if nothing, also while it has no
    /// time to answer.
    ///
    /// # Errors
    /// The node's.
    pub async fn look_up(&self, reference: Uetr) -> Result<Option<PaymentView>, Failure> {
        match self.client.payment(reference).await {
            Err(error) if error.problem().is_some_and(|problem| problem.retry_after_ms.is_some()) => Ok(None),
            result => result.map_err(failed),
        }
    }

    /// Looks until `wanted` says yes, at most for `within`.
    ///
    /// # Errors
    /// The node's, or that it took too long, with the last status seen.
    pub async fn wait_until(
        &self,
        reference: Uetr,
        within: Duration,
        wanted: impl Fn(&PaymentView) -> bool,
    ) -> Result<PaymentView, Failure> {
        let deadline = Instant::now() + within;
        let mut pause = FIRST_POLL;
        loop {
            let view = self.look_up(reference).await?;
            if let Some(view) = view.as_ref().filter(|view| wanted(view)) {
                return Ok(view.clone());
            }
            if Instant::now() >= deadline {
                return Err(too_long(reference, within, view.as_ref()));
            }
            sleep(pause).await;
            pause = (pause * 5 / 4).min(SLOWEST_POLL);
        }
    }
}

fn unknown(reference: Uetr, entry: Option<EventId>) -> String {
    match entry {
        None => format!("the node does not know {reference}"),
        Some(entry) => {
            format!("the node knows no entry {entry} about {reference}; `corridor receipt list {reference}` shows all")
        }
    }
}

/// What the SDK says, as a failure.
pub fn failed(error: ClientError) -> Failure {
    match &error {
        ClientError::BadUrl { .. } => Failure::usage(error),
        ClientError::Problem(problem) if problem.status < 500 => Failure::refused(problem.code(), &error),
        _ => Failure::connection(error),
    }
}

fn too_long(reference: Uetr, within: Duration, view: Option<&PaymentView>) -> Failure {
    let state = match view {
        None => "unknown to the node".to_owned(),
        Some(view) if view.pending => "on its way".to_owned(),
        Some(view) => view.status.map_or_else(|| "undecided".to_owned(), |status| status.to_string()),
    };
    Failure::connection(format!(
        "{reference} is still {state} after {} s; ask again with `corridor payment status {reference}`, and see \
         `corridor consensus status` for what the network waits for",
        within.as_secs()
    ))
}

/// The number of an institution in the registry.
///
/// # Errors
/// A usage failure if it is not in the genesis.
pub fn participant_by_bic(genesis: &Genesis, bic: Bic) -> Result<(ParticipantId, &ParticipantEntry), Failure> {
    let found = (0u32..).map(ParticipantId).zip(&genesis.participants).find(|(_, participant)| participant.bic == bic);
    found.ok_or_else(|| Failure::usage(format!("the genesis has no participant {bic}")))
}

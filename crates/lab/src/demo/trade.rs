//! `corridor demo trade`: a pilot for trade payments between two countries, from its rulebooks to a
//! fifth validator. One file per theme; each plays a few steps and leaves to the next one what it
//! needs to know.

mod admission;
mod exchange;
mod gridlock;
mod holds;
mod licences;
mod orders;
mod payments;
mod pilot;
mod refunds;
mod rulebooks;
mod validators;

use corridor_cli::failure::Failure;
use corridor_types::LicenceHandle;

use super::play::Play;

const AURORA_CENTRAL: &str = "aurora-central";
const MERIDIAN_CENTRAL: &str = "meridian-central";
const AURORA: &str = "aurora";
const MERIDIAN: &str = "meridian";
const LICENSING: &str = "aurora-licensing";

/// What the story leaves to be checked in the books.
pub struct Told {
    /// The licence under which was paid.
    pub used: LicenceHandle,
    /// The licence that was revoked.
    pub revoked: LicenceHandle,
}

/// Plays the whole story.
///
/// # Errors
/// The first step that did not come out as expected; a failure of the network.
pub async fn play(play: &mut Play) -> Result<Told, Failure> {
    let from = rulebooks::adopt(play).await?;
    pilot::open(play).await?;
    pilot::authorise_companies(play).await?;
    payments::settle_one(play).await?;
    let authority = admission::admit_authority(play).await?;
    // The rulebooks were decided on with a date, and everything from here on follows them.
    play.stage.until(from).await;
    licences::without_one(play).await?;
    let (used, licensed) = licences::under_one(play).await?;
    let revoked = licences::under_one_that_is_revoked(play, &authority, used).await?;
    orders::freeze_and_unfreeze(play).await?;
    holds::hold_and_release(play).await?;
    exchange::quote_and_take(play).await?;
    gridlock::resolve(play).await?;
    refunds::return_half(play, &licensed).await?;
    validators::admit_the_fifth(play).await?;
    Ok(Told { used, revoked })
}

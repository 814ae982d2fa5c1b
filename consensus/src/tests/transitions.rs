//! The transition table: every situation against every input, as a snapshot. A change here is a
//! change of the protocol and wants a reason.

use corridor_types::persist::Write;
use corridor_types::{
    Certificate, Message, Response, SignRequest, SignedVote, Timestamp, ValidatorSet, View, VoteKind,
};

use super::kit::*;
use crate::{Action, Input, Ready, Recipient};

fn kind(kind: &VoteKind) -> &'static str {
    match kind {
        VoteKind::Notarize { .. } => "notarize",
        VoteKind::Nullify => "nullify",
        VoteKind::Finalize { .. } => "finalize",
    }
}

fn ended(certificate: &Certificate) -> String {
    format!("{}-certificate {}", kind(&certificate.vote.kind), certificate.vote.view)
}

fn message(message: &Message) -> String {
    let vote = |vote: &SignedVote| format!("{} {} by {}", kind(&vote.vote.kind), vote.vote.view, vote.voter);
    match message {
        Message::Vote(held) => vote(held),
        Message::Proposal { proposal, .. } => format!("proposal {}", proposal.block.view),
        Message::Certificate(held) => ended(held),
        Message::Response(Response::Certificates { certificates }) => {
            certificates.iter().map(ended).collect::<Vec<_>>().join(" and ")
        }
        other => format!("{other:?}"),
    }
}

fn action(action: &Action) -> String {
    match action {
        Action::Send { to: Recipient::All, message: sent } => format!("send {}", message(sent)),
        Action::Send { to: Recipient::One(peer), message: sent } => format!("send to {peer}: {}", message(sent)),
        Action::Build { view, parent, .. } => format!("build {view} on {}", parent.short()),
        Action::Judge { block, .. } => format!("judge {}", block.view),
        Action::FetchBlock { digest, holders } => {
            format!("fetch block {} from {} peers", digest.short(), holders.len())
        }
        Action::FetchCertificates { from_view, peers } => {
            format!("fetch certificates {from_view} from {} peers", peers.len())
        }
        Action::Finalized { blocks, .. } => format!("finalized {} block(s)", blocks.len()),
        Action::Behind { finalization, .. } => format!("behind {}", ended(finalization)),
        Action::Halt { rule } => format!("halt: {rule}"),
        Action::Evidence(evidence) => format!("evidence against {:?}", culprit(evidence).unwrap().0),
    }
}

fn summary(ready: &Ready) -> String {
    let persist = ready.persist.iter().map(|write| match write {
        Write::PendingBlock(block) => format!("write block {}", block.view),
        Write::PendingCertificate(held) => format!("write {}", ended(held)),
        Write::PrunePending { below } => format!("prune below {below}"),
        other => format!("{other:?}"),
    });
    let sign = ready.sign.iter().map(|request| match request {
        SignRequest::Vote(vote) => format!("sign {} {}", kind(&vote.kind), vote.view),
        SignRequest::Proposal(block) => format!("sign proposal {}", block.view),
        other => format!("{other:?}"),
    });
    let lines: Vec<_> = persist.chain(sign).chain(ready.then.iter().map(action)).collect();
    if lines.is_empty() { "-".to_owned() } else { lines.join("; ") }
}

/// Named situations of validator `me`, made by inputs from the start.
fn situations(set: &ValidatorSet) -> Vec<(&'static str, Bench)> {
    let first = block(set, 1, None, 1, 1);
    let make = |me: u16, inputs: Vec<Input>| {
        let mut bench = Bench::new(set, me);
        inputs.into_iter().for_each(|input| _ = bench.step(input));
        bench
    };
    let work = || Input::Work(true);
    let proposed = || Input::Proposal(proposal(&first));
    let notarized = || Input::Certificate(certificate(&[1, 2, 3], 1, notarize(&first)));
    let finalized = || Input::Certificate(certificate(&[1, 2, 3], 1, finalize(&first)));
    let mut expired = make(0, vec![work()]);
    expired.expire();
    let mut voted_and_expired = make(0, vec![work(), proposed()]);
    voted_and_expired.expire();
    vec![
        ("idle follower", make(0, vec![])),
        ("working follower", make(0, vec![work()])),
        ("working leader", make(1, vec![work()])),
        ("voted notarize", make(0, vec![work(), proposed()])),
        ("voted nullify", expired),
        ("voted notarize, then nullify", voted_and_expired),
        ("voted finalize, in view 2", make(0, vec![work(), proposed(), notarized()])),
        (
            "nullified, in view 2",
            make(0, vec![work(), Input::Certificate(certificate(&[1, 2, 3], 1, VoteKind::Nullify))]),
        ),
        ("finalized and idle", make(0, vec![work(), proposed(), notarized(), finalized(), Input::Work(false)])),
        ("finalization without block", make(0, vec![finalized()])),
        (
            "jumped to view 4 over a gap",
            make(0, vec![work(), Input::Certificate(certificate(&[1, 2, 3], 3, VoteKind::Nullify))]),
        ),
    ]
}

fn inputs(set: &ValidatorSet) -> Vec<(&'static str, Input)> {
    let first = block(set, 1, None, 1, 1);
    let rival = block(set, 1, None, 1, 2);
    let second = block(set, 2, Some(&first), 2, 2);
    let ends = |view, kind| Input::Certificate(certificate(&[1, 2, 3], view, kind));
    let built =
        |sequence| Input::Built { view: View(1), parent: GENESIS, cut: cut(sequence), time: Timestamp(9), next: None };
    vec![
        ("tick", Input::Tick),
        ("work", Input::Work(true)),
        ("no work", Input::Work(false)),
        ("proposal 1", Input::Proposal(proposal(&first))),
        ("rival proposal 1", Input::Proposal(proposal(&rival))),
        ("proposal 2 on 1", Input::Proposal(proposal(&second))),
        ("built", built(1)),
        ("built, empty", built(0)),
        ("accepted 1", Input::Judged { block: first.digest(), acceptable: true }),
        ("notarize 1 by 2", Input::Vote(vote(2, 1, notarize(&first)))),
        ("nullify 1 by 2", Input::Vote(vote(2, 1, VoteKind::Nullify))),
        ("finalize 1 by 2", Input::Vote(vote(2, 1, finalize(&first)))),
        ("nullify 99 by 2", Input::Vote(vote(2, 99, VoteKind::Nullify))),
        ("notarization 1", ends(1, notarize(&first))),
        ("nullification 1", ends(1, VoteKind::Nullify)),
        ("finalization 1", ends(1, finalize(&first))),
        ("notarization 2", ends(2, notarize(&second))),
        ("nullification 2", ends(2, VoteKind::Nullify)),
        ("finalization 2", ends(2, finalize(&second))),
        ("body of 1", Input::Block(first.clone())),
        (
            "synced 1",
            Input::Synced { block: first.clone(), finalization: Some(certificate(&[1, 2, 3], 1, finalize(&first))) },
        ),
        ("wanted from 1", Input::Wanted { from: corridor_types::ValidatorIndex(3), view: View(1) }),
    ]
}

#[test]
fn every_situation_against_every_input() {
    let set = set(&[1; 4]);
    let mut table = String::new();
    for (situation, bench) in situations(&set) {
        table += &format!("\n## {situation}\n");
        for (name, input) in inputs(&set) {
            let mut engine = bench.engine.clone();
            let ready = engine.step(bench.now, input);
            let deadline = engine.next_deadline().map_or("idle".to_owned(), |at| format!("until {at}"));
            table += &format!("{name:<18} view {} {deadline:<10} | {}\n", engine.view(), summary(&ready));
        }
    }
    insta::assert_snapshot!(table);
}

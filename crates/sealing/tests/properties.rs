//! Properties over random records, keys, payments and bytes.
#![allow(clippy::unwrap_used)]

mod common;

use common::{details, recipients, rng, secret};
use corridor_crypto::Digest;
use corridor_sealing::{
    Account, Binding, Details, Identity, SealError, Sealed, SealingKey, check_sealing_key, open, seal,
};
use corridor_types::codec::{Decode as _, Encode as _};
use corridor_types::{Amount, CountryCode, Date, ParticipantId, Uetr};
use proptest::collection::vec;
use proptest::prelude::*;

/// Text as people write it, with what JSON must escape and what takes several bytes.
fn text(limit: usize) -> impl Strategy<Value = String> {
    vec(
        prop_oneof![
            Just('"'),
            Just('\\'),
            Just('/'),
            Just('é'),
            Just('語'),
            Just('🚢'),
            "[a-zA-Z0-9]".prop_map(|text| text.chars().next().unwrap())
        ],
        1..=limit,
    )
    .prop_map(|characters| characters.into_iter().collect())
}

fn identity() -> impl Strategy<Value = Identity> {
    let country = prop_oneof![Just("BR"), Just("ZA"), Just("DE")].prop_map(|code| code.parse::<CountryCode>().unwrap());
    (country, "[A-Z]{4}", text(35)).prop_map(|(country, scheme, number)| Identity::National { country, scheme, number })
}

prop_compose! {
    fn record()(
        names in vec(text(140), 2),
        identity in identity(),
        account in text(34),
        street in proptest::option::of(text(70)),
        invoices in vec((text(35), 0u32..100_000, 1u64..), 0..20),
        goods in vec((text(500), "[0-9]{6,14}", 1u64..), 0..6),
        remittance in vec(text(140), 0..=16),
        end_user: bool,
    ) -> Details {
        let mut record = details();
        [record.debtor.name, record.creditor.name] = names.try_into().unwrap();
        record.debtor.identity = identity;
        record.debtor.account = Some(Account::Other(account));
        record.debtor.address.street = street;
        let (invoice, sample) = (record.invoices[0].clone(), record.goods[0].clone());
        record.invoices = invoices.into_iter().map(|(number, date, amount)| {
            let mut invoice = invoice.clone();
            (invoice.number, invoice.date, invoice.amount.amount) = (number, Date(date), Amount(amount));
            invoice
        }).collect();
        record.goods = goods.into_iter().map(|(description, hs_code, amount)| {
            let mut goods = sample.clone();
            (goods.description, goods.hs_code, goods.value.amount) = (description, hs_code, Amount(amount));
            goods
        }).collect();
        record.remittance = remittance;
        record.end_user = record.end_user.filter(|_| end_user);
        record
    }
}

fn payment() -> impl Strategy<Value = Binding> {
    any::<([u8; 32], [u8; 16])>()
        .prop_map(|(genesis, uetr)| Binding { genesis: Digest(genesis), uetr: Uetr::from_random(uetr) })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_valid_record_has_one_encoding_that_reads_back(record in record()) {
        let bytes = record.to_canonical().unwrap();
        prop_assert!(Details::from_canonical(&bytes).unwrap() == record);
    }

    #[test]
    fn what_is_sealed_opens_for_each_and_only_as_sealed(
        record in record(), binding in payment(), other in payment(), count in 1u32..=13, seed: u64,
    ) {
        let sealed = seal(&record, &binding, &recipients(count), &mut rng(seed)).unwrap();
        let received = Sealed::from_bytes(&sealed.to_bytes()).unwrap();
        prop_assert_eq!(received.digest(), sealed.digest());
        let reader = ParticipantId(u32::try_from(seed % u64::from(count)).unwrap() + 1);
        let opened = open(&received, sealed.digest(), &binding, reader, &secret(reader.0)).unwrap();
        prop_assert!(opened == record);
        prop_assert!(open(&received, sealed.digest(), &other, reader, &secret(reader.0)).is_err());
    }

    #[test]
    fn the_same_record_sealed_twice_shares_no_ciphertext(seeds in any::<(u64, u64)>(), binding in payment()) {
        prop_assume!(seeds.0 != seeds.1);
        let bytes = |seed| seal(&details(), &binding, &recipients(1), &mut rng(seed)).unwrap().to_bytes();
        let (a, b) = (bytes(seeds.0), bytes(seeds.1));
        // 4 kB of two independent streams agree in one byte of 256.
        let equal = a[157..].iter().zip(&b[157..]).filter(|(a, b)| a == b).count();
        prop_assert!(equal < 100, "{} bytes are equal", equal);
    }

    #[test]
    fn any_bytes_as_a_key_are_refused_or_usable(bytes: [u8; 32]) {
        let key = SealingKey(bytes);
        let sealed = seal(&details(), &Binding { genesis: Digest::ZERO, uetr: Uetr::from_random([0; 16]) },
            &[(ParticipantId(1), key)], &mut rng(0));
        match check_sealing_key(key) {
            Ok(()) => prop_assert!(sealed.is_ok()),
            Err(problem) => prop_assert_eq!(sealed, Err(SealError::Key { participant: ParticipantId(1), problem })),
        }
    }
}

proptest! {
    #[test]
    fn foreign_bytes_decode_to_themselves_or_not_at_all(
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        inserted in vec(any::<u8>(), 0..2),
    ) {
        let mut bytes = example().to_vec();
        for (place, value) in &changes {
            // Half of the changes fall into the head, where lengths and order are.
            let range = if value % 2 == 0 { 200 } else { bytes.len() };
            bytes[place.index(range)] = *value;
        }
        bytes.extend(inserted);
        if let Ok(sealed) = Sealed::from_bytes(&bytes) {
            prop_assert_eq!(sealed.to_bytes(), bytes);
        }
    }

    #[test]
    fn foreign_text_is_refused_without_a_panic(text in "\\PC{0,200}", cut in any::<prop::sample::Index>()) {
        prop_assert!(Details::from_canonical(text.as_bytes()).is_err());
        let example = common::EXAMPLE.as_bytes();
        let broken = [&example[..cut.index(example.len())], text.as_bytes()].concat();
        let _ = Details::from_json(&broken);
    }
}

/// One sealed document, made once.
fn example() -> &'static [u8] {
    static BYTES: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    BYTES.get_or_init(|| {
        let binding = common::binding();
        seal(&details(), &binding, &recipients(3), &mut rng(1)).unwrap().to_bytes()
    })
}

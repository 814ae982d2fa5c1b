#![allow(clippy::unwrap_used)]
use corridor_crypto::SecretKey;

use super::*;

fn key(n: u8) -> PublicKey {
    SecretKey::from_seed(&[n; 32]).public_key()
}

fn text() -> String {
    format!(
        "chain = 'test'\n\
         [[participants]]\nname = 'Central Bank'\nlei = 'TEST00CENTRALAUROR12'\nbic = 'AUCBBRSPXXX'\nkind = 'central_bank'\n\
         keys = [{{ key = '{}', role = 'issuer' }}]\nvalidator = {{ key = '{}', network_key = '{}' }}\n\
         [[participants]]\nname = 'Bank'\nlei = 'TEST00BANCOAURORA082'\nbic = 'AURABRSPXXX'\nkind = 'bank'\n\
         supervisor = 'AUCBBRSPXXX'\nkeys = []\n\
         [[assets]]\ncurrency = 'BRL'\nissuer = 'AUCBBRSPXXX'\npayment_cap = '50000000.00'\n\
         [[accounts]]\nowner = 'AURABRSPXXX'\ncurrency = 'BRL'\n",
        key(1),
        key(2),
        key(3)
    )
}

fn genesis(text: &str) -> Result<Genesis, String> {
    let spec = Spec::parse(Path::new("spec.toml"), text).map_err(|error| error.to_string())?;
    spec.to_genesis(Timestamp(7)).map_err(|error| error.to_string())
}

#[test]
fn names_become_numbers_and_defaults_are_filled_in() {
    let genesis = genesis(&text()).unwrap();
    assert_eq!(genesis.time, Timestamp(7));
    assert_eq!(genesis.participants[1].supervisor, ParticipantId(0));
    assert_eq!(genesis.participants[1].country.as_str(), "BR");
    assert_eq!(genesis.assets[0].payment_cap, Amount(5_000_000_000));
    assert_eq!(genesis.accounts, [AccountEntry { owner: ParticipantId(1), asset: AssetId(0) }]);
    assert_eq!(genesis.validators[0].power, VotingPower(1));
}

#[test]
fn the_time_may_be_given() {
    let text = text().replace("chain = 'test'", "chain = 'test'\ntime = '1970-01-01T01:00:00.25+01:00'");
    assert_eq!(genesis(&text).unwrap().time, Timestamp(250));
}

#[test]
fn json_and_toml_give_the_same_document() {
    let spec = Spec::parse(Path::new("spec.toml"), &text()).unwrap();
    let json = serde_json::to_string(&spec).unwrap();
    assert_eq!(Spec::parse(Path::new("spec.json"), &json).unwrap(), spec);
}

#[test]
fn errors_name_the_field() {
    let check = |from: &str, to: &str, expected: &str| {
        let changed = text().replace(from, to);
        assert_ne!(changed, text());
        let error = genesis(&changed).unwrap_err();
        assert!(error.contains(expected), "{error:?} does not say {expected:?}");
    };
    check("supervisor = 'AUCBBRSPXXX'", "", "participants[1].supervisor");
    check("supervisor = 'AUCBBRSPXXX'", "supervisor = 'NONEBRSPXXX'", "participants[1].supervisor: there is no");
    check("cap = '50000000.00'", "cap = '1.001'", "assets[0].payment_cap");
    check("owner = 'AURABRSPXXX'", "owner = 'NONEBRSPXXX'", "accounts[0].owner");
    check("currency = 'BRL'\nissuer", "currency = 'ZAR'\nissuer", "accounts[0].currency");
    check("TEST00BANCOAURORA082", "TEST00BANCOAURORA083", "check digits");
    check("TEST00BANCOAURORA082", "TEST00CENTRALAUROR12", "participants[1].lei");
    check("chain = 'test'", "chain = 'test'\ntime = 'noon'", "time: \"noon\"");
    check("chain = 'test'", "chain = 'test'\nchian = 1", "unknown field `chian`");
}

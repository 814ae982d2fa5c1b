//! The code lists of ISO 4217 (minor units) and ISO 3166-1 alpha-2, as in force in 2026.
//!
//! Plain tables: no rule of the ledger lives here. A code that a standard adds later arrives with a
//! release, because every validator must agree on the list. The lists are read once, by the compiler,
//! into tables that are indexed by the letters: every payment is decoded several times on every node,
//! and a look at a list of 249 codes costs more than all else in it together.

const TWO_DIGITS: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD \
CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD \
HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU \
MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK \
SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD \
XCG YER ZAR ZMW ZWG";
const NO_DIGITS: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
const THREE_DIGITS: &str = "BHD IQD JOD KWD LYD OMR TND";
const FOUR_DIGITS: &str = "CLF UYW";

const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR \
BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI \
FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS \
IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO \
MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA \
RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT \
TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// How many letters there are; a code is a number in this base.
const LETTERS: usize = 26;
const COUNTRY_CODES: usize = LETTERS * LETTERS;
const CURRENCY_CODES: usize = LETTERS * LETTERS * LETTERS;

/// No currency has this many digits.
const NOT_IN_FORCE: u8 = u8::MAX;

/// Whether each code of two letters is assigned.
static IS_COUNTRY: [bool; COUNTRY_CODES] = {
    let mut assigned = [false; COUNTRY_CODES];
    let list = COUNTRIES.as_bytes();
    let mut at = 0;
    while at < list.len() {
        assigned[number(&[list[at], list[at + 1]]).expect("the list holds upper-case letters")] = true;
        at += 3;
    }
    assigned
};

/// The digits of each code of three letters, or [`NOT_IN_FORCE`].
static DIGITS: [u8; CURRENCY_CODES] = {
    let none = [NOT_IN_FORCE; CURRENCY_CODES];
    with(FOUR_DIGITS, 4, with(THREE_DIGITS, 3, with(NO_DIGITS, 0, with(TWO_DIGITS, 2, none))))
};

/// The table with the digits of the listed currencies.
const fn with(list: &str, digits: u8, mut table: [u8; CURRENCY_CODES]) -> [u8; CURRENCY_CODES] {
    let list = list.as_bytes();
    let mut at = 0;
    while at < list.len() {
        table[number(&[list[at], list[at + 1], list[at + 2]]).expect("the list holds upper-case letters")] = digits;
        at += 4;
    }
    table
}

/// A code's place in its table; `None` unless it is of upper-case letters.
const fn number(code: &[u8]) -> Option<usize> {
    let mut number = 0;
    let mut at = 0;
    while at < code.len() {
        if !code[at].is_ascii_uppercase() {
            return None;
        }
        number = number * LETTERS + (code[at] - b'A') as usize;
        at += 1;
    }
    Some(number)
}

/// The number of decimal digits of a currency; `None` if the code is not in force.
pub fn minor_units(code: &[u8; 3]) -> Option<u8> {
    DIGITS.get(number(code)?).copied().filter(|digits| *digits != NOT_IN_FORCE)
}

/// True for an officially assigned ISO 3166-1 alpha-2 code.
pub fn is_country(code: &[u8; 2]) -> bool {
    number(code).and_then(|number| IS_COUNTRY.get(number)).is_some_and(|assigned| *assigned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_lists_are_complete_and_without_repeats() {
        let countries: std::collections::BTreeSet<_> = COUNTRIES.split(' ').collect();
        assert_eq!(countries.len(), 249);
        assert_eq!(COUNTRIES.split(' ').count(), 249);
        let all = [TWO_DIGITS, NO_DIGITS, THREE_DIGITS, FOUR_DIGITS].join(" ");
        let currencies: std::collections::BTreeSet<_> = all.split(' ').collect();
        assert_eq!(currencies.len(), all.split(' ').count());
        assert!(all.split(' ').all(|code| code.len() == 3));
    }

    /// Every pair of bytes, letters or not, against the list itself.
    #[test]
    fn the_table_of_countries_says_what_the_list_says() {
        let listed: Vec<&[u8]> = COUNTRIES.split(' ').map(str::as_bytes).collect();
        for code in 0..=u16::MAX {
            let code = code.to_be_bytes();
            assert_eq!(is_country(&code), listed.contains(&code.as_slice()), "{code:?}");
        }
    }

    /// Every code of three bytes up to the last letter, against the lists themselves.
    #[test]
    fn the_table_of_currencies_says_what_the_lists_say() {
        let lists = [(TWO_DIGITS, 2), (NO_DIGITS, 0), (THREE_DIGITS, 3), (FOUR_DIGITS, 4)];
        let listed: std::collections::BTreeMap<[u8; 3], u8> = lists
            .iter()
            .flat_map(|(list, digits)| list.split(' ').map(|code| (code.as_bytes().try_into().unwrap(), *digits)))
            .collect();
        let bytes = || b'@'..=b'z';
        for first in bytes() {
            for second in bytes() {
                for third in bytes() {
                    let code = [first, second, third];
                    assert_eq!(minor_units(&code), listed.get(&code).copied(), "{code:?}");
                }
            }
        }
    }
}

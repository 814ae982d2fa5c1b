//! The code lists of ISO 4217 (minor units) and ISO 3166-1 alpha-2, as in force in 2026.
//!
//! Plain tables: no rule of the ledger lives here. A code that a standard adds later arrives with a
//! release, because every validator must agree on the list.

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

fn lists(list: &str, code: &str) -> bool {
    list.split(' ').any(|listed| listed == code)
}

/// The number of decimal digits of a currency; `None` if the code is not in force.
pub fn minor_units(code: &str) -> Option<u8> {
    let lists_by_digits = [(2, TWO_DIGITS), (0, NO_DIGITS), (3, THREE_DIGITS), (4, FOUR_DIGITS)];
    lists_by_digits.iter().find(|(_, list)| lists(list, code)).map(|(digits, _)| *digits)
}

/// True for an officially assigned ISO 3166-1 alpha-2 code.
pub fn is_country(code: &str) -> bool {
    lists(COUNTRIES, code)
}

#[cfg(test)]
mod tests {
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
}

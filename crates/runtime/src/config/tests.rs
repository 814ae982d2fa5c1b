#![allow(clippy::unwrap_used)]
use std::path::Path;

use super::load::parse;
use super::*;

const EXAMPLE: &str = include_str!("../../../../configs/node.toml");

fn read(text: &str, environment: &[(&str, &str)]) -> Result<NodeConfig, String> {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    parse(Path::new("node.toml"), text, Path::new("/srv/corridor"), environment).map_err(|error| error.to_string())
}

fn minimal() -> String {
    "[node]\ndata_dir = 'data'\ngenesis = '/etc/genesis.json'\n\
     [keys]\nvalidator = 'v.key'\nnetwork = 'n.key'\n[network]\nlisten = '127.0.0.1:7000'\n"
        .to_owned()
}

#[test]
fn the_commented_example_is_a_valid_configuration_and_shows_every_field() {
    let config = read(EXAMPLE, &[]).unwrap();
    assert_eq!(config.network.peers.len(), 3);
    // Optional fields stand in the example as comments; with the `#` removed they must be known.
    let uncommented: String = EXAMPLE
        .lines()
        .map(|line| line.strip_prefix("#= ").unwrap_or(line))
        .fold(String::new(), |text, line| text + line + "\n");
    let full = toml::to_string(&read(&uncommented, &[]).unwrap()).unwrap();
    // Absent options are left out when written, so a count shows that none is missing in the example.
    let sections = [("[node]", 8), ("[keys]", 3), ("[lanes]", 2), ("[consensus]", 3), ("[api]", 2), ("[log]", 2)];
    for (section, fields) in sections {
        let rest = full.split_once(section).unwrap().1;
        let found = rest.lines().skip(1).take_while(|line| line.contains('=')).count();
        assert_eq!(found, fields, "{section}");
    }
}

#[test]
fn defaults_are_loopback_and_paths_count_from_the_file() {
    let config = read(&minimal(), &[]).unwrap();
    assert!(config.api.listen.ip().is_loopback());
    assert_eq!(config.node.data_dir, Path::new("/srv/corridor/data"));
    assert_eq!(config.node.genesis, Path::new("/etc/genesis.json"));
}

#[test]
fn a_written_configuration_reads_back() {
    let config = read(EXAMPLE, &[]).unwrap();
    assert_eq!(read(&toml::to_string(&config).unwrap(), &[]).unwrap(), config);
}

#[test]
fn errors_name_file_field_and_remedy() {
    let check = |text: String, expected: &[&str]| {
        let error = read(&text, &[]).unwrap_err();
        for part in expected {
            assert!(error.contains(part), "{error:?} does not say {part:?}");
        }
    };
    check(minimal() + "lsten = 1\n", &["node.toml", "network", "unknown field `lsten`", "listen"]);
    check(minimal() + "[apy]\n", &["node.toml", "unknown field `apy`"]);
    check(minimal() + "[log]\nformat = 'xml'\n", &["log.format", "xml", "text"]);
    check(minimal() + "[api]\nlisten = 'here'\n", &["api.listen", "socket address"]);
    check(minimal() + "[api]\nlisten = '0.0.0.0:80'\n", &["api.listen", "0.0.0.0:80", "allow_remote"]);
    check(minimal() + "peers = [{ address = '127.0.0.1:1' }]\n", &["network.peers[0]", "`bic`"]);
    check(minimal() + "peers = [{ bic = 'XX', address = '127.0.0.1:1' }]\n", &["bic", "8 or 11"]);
    check(minimal() + "peers = [{ participant = 1, address = '127.0.0.1:0' }]\n", &["network.peers[0].address"]);
    check(minimal() + "[consensus]\nretransmit_ms = 0\n", &["consensus.retransmit_ms", "1 or more"]);
    let timeouts = "[consensus]\ntimeout_ms = 9\ntimeout_max_ms = 8\n";
    check(minimal() + timeouts, &["consensus.timeout_max_ms", "timeout_ms"]);
    check(minimal() + "[log\n", &["node.toml", "line 9"]);
    check(minimal().replace("genesis = '/etc/genesis.json'\n", ""), &["node", "missing field `genesis`"]);
}

#[test]
fn the_environment_overrides_the_file_and_is_named_in_errors() {
    let set = |pairs: &[(&str, &str)]| read(&minimal(), pairs);
    let config = set(&[("CORRIDOR_API_LISTEN", "127.0.0.1:9"), ("CORRIDOR_LANES_BATCH_DELAY_MS", "7")]).unwrap();
    assert_eq!(config.api.listen.port(), 9);
    assert_eq!(config.lanes.batch_delay_ms, Some(7));
    let peers = set(&[("CORRIDOR_NETWORK_PEERS", "[{ participant = 2, address = '127.0.0.1:3' }]")]).unwrap();
    assert_eq!(peers.network.peers.len(), 1);
    let error = set(&[("CORRIDOR_API_LISTN", "1")]).unwrap_err();
    assert!(error.contains("unknown field `listn`") && error.contains("CORRIDOR_API_LISTN"), "{error}");
    // Not ours: another tool's variable, and the profile's.
    assert_eq!(set(&[("CORRIDOR_PROFILE", "x"), ("PATH", "/bin")]), set(&[]));
}

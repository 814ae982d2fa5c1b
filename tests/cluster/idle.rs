//! An idle network does nothing: no blocks, no growth, hardly any work; and the next payment settles.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::harness::Cluster;
use crate::load::Payer;

/// How long to watch. The command line's own check watches a minute.
const WATCH: Duration = Duration::from_secs(10);

fn disk_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().filter_map(Result::ok);
    let size = |entry: fs::DirEntry| {
        let path = entry.path();
        if path.is_dir() { disk_bytes(&path) } else { entry.metadata().map_or(0, |metadata| metadata.len()) }
    };
    entries.map(size).sum()
}

/// User and system time of a process in clock ticks (proc(5), fields 14 and 15 of stat).
fn cpu_ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_network_rests_and_the_next_payment_settles_at_once() {
    let mut cluster = Cluster::start_all().await;
    let payer = Payer::new(&cluster).await;
    payer.pay_and_wait(&cluster.client(0)).await;
    cluster.check_agreement().await;
    let height = cluster.client(0).chain().await.unwrap().finalized;
    let ticks: u64 = (0..cluster.len()).map(|n| cpu_ticks(cluster.pid(n))).sum();
    let disk: u64 = (0..cluster.len()).map(|n| disk_bytes(&cluster.node(n).join("data"))).sum();
    // The one thing that this test is about is the passing of time.
    tokio::time::sleep(WATCH).await;
    let worked = (0..cluster.len()).map(|n| cpu_ticks(cluster.pid(n))).sum::<u64>() - ticks;
    let grown = (0..cluster.len()).map(|n| disk_bytes(&cluster.node(n).join("data"))).sum::<u64>().abs_diff(disk);
    println!("idle for {WATCH:?}: {worked} ticks of CPU over four nodes, {grown} bytes on disk");
    assert_eq!(cluster.client(0).chain().await.unwrap().finalized, height, "an idle network makes no blocks");
    assert!(grown < 64 * 1024, "an idle network wrote {grown} bytes");
    payer.pay_and_wait(&cluster.client(1)).await;
}

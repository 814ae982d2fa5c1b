//! What the system says about itself: processor, memory, and the time that this process used.

use std::fmt;
use std::fs::read_to_string;

use serde::Serialize;

/// Ticks per second in `/proc/self/stat`: fixed at 100 for programs on Linux.
const TICKS_PER_SECOND: u64 = 100;

/// What the measurement ran on.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// The processor's name.
    pub cpu: String,
    /// Processors that this process may use.
    pub cores: usize,
    /// Memory in MiB.
    pub memory_mib: Option<u64>,
    /// Name and version of the kernel.
    pub kernel: String,
}

impl Machine {
    /// What this machine says of itself.
    pub fn here() -> Self {
        let field = |file: &str, name: &str| -> Option<String> {
            let text = read_to_string(file).ok()?;
            let line = text.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let memory = field("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
        let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cpu: field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mib: memory.map(|kib| kib / 1024),
            kernel: kernel.trim().to_owned(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} cores", self.cpu, self.cores)?;
        self.memory_mib.map_or(Ok(()), |memory| write!(f, ", {memory} MiB"))
    }
}

/// Processor time that this process has used, in milliseconds; `None` where the system does not say.
pub fn cpu_time_ms() -> Option<u64> {
    parse_cpu_time(&read_to_string("/proc/self/stat").ok()?)
}

/// Fields 14 and 15 of proc(5) `stat`; the name in field 2 may hold spaces and brackets.
fn parse_cpu_time(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(user.checked_add(system)?.checked_mul(1000)? / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_any_name() {
        let stat = "12 (a) b) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 1 0";
        assert_eq!(parse_cpu_time(stat), Some(3_000));
        assert_eq!(parse_cpu_time("12 (a"), None);
    }
}

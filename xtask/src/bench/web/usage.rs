//! What a program uses of memory and processor, as the kernel counts it.

use anyhow::{Context as _, Result};
use std::fs;
use std::time::{Duration, Instant};

/// The kernel's ticks in a second, as programs see them: Linux's USER_HZ.
const TICKS: f64 = 100.0;

/// What a program used over some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Usage {
    /// Resident at the end, in bytes.
    pub(super) memory: u64,
    /// Share of one core.
    pub(super) core: f64,
}

/// Looks at a program for so long.
pub(super) fn over(id: u32, time: Duration) -> Result<Usage> {
    let (before, start) = (processor(id)?, Instant::now());
    crate::run::pause(time);
    let busy = processor(id)? - before;
    let memory =
        resident(&read(id, "status")?).context("the kernel does not say how much memory a program has")?;
    Ok(Usage { memory, core: busy / start.elapsed().as_secs_f64() })
}

/// Seconds of processor time so far.
pub(super) fn processor(id: u32) -> Result<f64> {
    let ticks = busy(&read(id, "stat")?).context("the kernel does not say how long a program ran")?;
    Ok(ticks as f64 / TICKS)
}

fn read(id: u32, name: &str) -> Result<String> {
    let file = format!("/proc/{id}/{name}");
    fs::read_to_string(&file).with_context(|| format!("could not read {file}"))
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// The 14th and the 15th field: user and system time. The name before them may hold anything.
fn busy(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_words_are_read() {
        assert_eq!(resident("VmPeak:\t 9 kB\nVmRSS:\t   1234 kB\n"), Some(1234 * 1024));
        assert_eq!(busy("7 (a ) b) S 1 2 3 4 5 6 7 8 9 10 40 2 0 0"), Some(42));
        assert_eq!((resident(""), busy("")), (None, None));
    }

    #[test]
    fn this_program_has_memory() {
        let usage = over(std::process::id(), Duration::from_millis(10)).unwrap();
        assert!(usage.memory > 100_000 && usage.core >= 0.0, "{usage:?}");
    }
}

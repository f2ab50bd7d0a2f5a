//! What viewers of one live page cost the console, each with a stream of its own, as their browsers hold it.

use super::usage::{self, Usage};
use crate::demo::bench::Guide;
use crate::{run, say};
use anyhow::{Context as _, Result, ensure};
use std::io::Read as _;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use visitor::client::{Client, fetch};

/// How many look at once.
const VIEWERS: usize = 200;
/// How long the console is looked at, without them and with them.
const ALONE: Duration = Duration::from_secs(10);
const WATCHED: Duration = Duration::from_secs(30);
/// All streams must have begun within this.
const BEGUN: Duration = Duration::from_secs(60);
/// Between two requests to the virtual service: its row changes each second.
const TRAFFIC: Duration = Duration::from_millis(20);

/// What the viewers' threads and the one that measures share.
#[derive(Default)]
struct Watching {
    over: AtomicBool,
    begun: AtomicUsize,
    broken: AtomicUsize,
    bytes: AtomicU64,
}

/// Prints memory and processor of the console before and with the viewers, and what one of them receives.
pub(super) fn measure(guide: &Guide, cluster: &str) -> Result<()> {
    let id = guide.console();
    let stream = stream(&guide.client, cluster)?;
    let before = usage::over(id, ALONE)?;
    tell("nobody looks", &before);
    let first = guide.client.clone().event(&stream, "patch")?.len();
    let watching = Watching::default();
    let service = guide.service();
    let figures = thread::scope(|scope| {
        scope.spawn(|| {
            while !watching.over.load(Ordering::Relaxed) {
                // Its answers are no part of the figures.
                _ = fetch(service);
                run::pause(TRAFFIC);
            }
        });
        for _ in 0..VIEWERS {
            let (client, stream, watching) = (guide.client.clone(), &stream, &watching);
            scope.spawn(move || look(client, stream, first, watching));
        }
        let figures = counted(id, &watching);
        watching.over.store(true, Ordering::Relaxed);
        figures
    });
    let (with, bytes) = figures?;
    tell(&format!("{VIEWERS} viewers"), &with);
    let broken = watching.broken.load(Ordering::Relaxed);
    ensure!(broken == 0, "{broken} of {VIEWERS} streams broke off");
    let each = bytes as f64 / VIEWERS as f64 / WATCHED.as_secs_f64();
    say::line(&format!(
        "  each viewer receives {first} bytes first, then {each:.0} a second, without HTTP's and TCP's own"
    ));
    Ok(())
}

fn tell(when: &str, usage: &Usage) {
    let memory = usage.memory as f64 / f64::from(1 << 20);
    say::line(&format!("  {when:<14} {memory:>6.1} MiB resident   {:>5.1} % of a core", usage.core * 100.0));
}

/// Once all look: the console's usage, and the bytes that they receive meanwhile.
fn counted(id: u32, watching: &Watching) -> Result<(Usage, u64)> {
    let start = Instant::now();
    while watching.begun.load(Ordering::Relaxed) < VIEWERS {
        let begun = watching.begun.load(Ordering::Relaxed);
        ensure!(
            start.elapsed() < BEGUN,
            "only {begun} of {VIEWERS} streams began within {} s",
            BEGUN.as_secs()
        );
        run::pause(Duration::from_millis(50));
    }
    let before = watching.bytes.load(Ordering::Relaxed);
    let usage = usage::over(id, WATCHED)?;
    Ok((usage, watching.bytes.load(Ordering::Relaxed) - before))
}

/// One viewer, until all is over. It has begun when the `first` message is there, which says the whole page.
fn look(mut client: Client, stream: &str, first: usize, watching: &Watching) {
    let Ok(mut body) = client.stream(stream) else {
        watching.broken.fetch_add(1, Ordering::Relaxed);
        return;
    };
    let mut bytes = vec![0; 64 * 1024];
    let mut received = 0;
    while !watching.over.load(Ordering::Relaxed) {
        match body.read(&mut bytes) {
            Ok(count) if count > 0 => {
                watching.bytes.fetch_add(count as u64, Ordering::Relaxed);
                let before = received;
                received += count;
                if before < first && received >= first {
                    watching.begun.fetch_add(1, Ordering::Relaxed);
                }
            }
            _ => {
                watching.broken.fetch_add(1, Ordering::Relaxed);
                return;
            }
        }
    }
}

/// The stream that the cluster's live page names.
fn stream(client: &Client, cluster: &str) -> Result<String> {
    let page = client.clone().get(&format!("/clusters/{cluster}/control"))?.body;
    named(&page, &format!("/clusters/{cluster}/control/live")).context("the live page names no stream")
}

/// The address that begins so, out of an island's properties: JSON within an attribute.
fn named(page: &str, start: &str) -> Option<String> {
    let rest = &page[page.find(start)?..];
    let end = rest.find(['"', '\\']).into_iter().chain(rest.find("&quot;")).min()?;
    Some(rest[..end].replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_found_in_an_islands_properties() {
        let page = r#"<leptos-island data-props="{&quot;stream&quot;:&quot;/clusters/1/control/live?q=a&amp;look=b&quot;,&quot;every&quot;:1}">"#;
        assert_eq!(
            named(page, "/clusters/1/control/live").as_deref(),
            Some("/clusters/1/control/live?q=a&look=b")
        );
        let page = r#"data-props='{"stream":"/clusters/1/control/live?look=b","every":1}'"#;
        assert_eq!(
            named(page, "/clusters/1/control/live").as_deref(),
            Some("/clusters/1/control/live?look=b")
        );
        assert_eq!(named(page, "/clusters/2/control/live"), None);
    }
}

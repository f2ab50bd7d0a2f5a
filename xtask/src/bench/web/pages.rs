//! The pages: their bytes, and the server's time.

use super::super::figures::quantile;
use super::usage;
use crate::demo::bench::Guide;
use crate::{run, say};
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use visitor::client::Client;

/// The pages that an operator opens, the first one first; `{c}` is the cluster, `{s}` a virtual service of it.
const PAGES: &[&str] = &[
    "/",
    "/clusters",
    "/clusters/new",
    "/clusters/import",
    "/clusters/{c}/control",
    "/clusters/{c}/control/text",
    "/clusters/{c}/services",
    "/clusters/{c}/services/new",
    "/clusters/{c}/services/{s}",
    "/clusters/{c}/services/{s}/servers",
    "/clusters/{c}/services/{s}/monitoring",
    "/clusters/{c}/machines",
    "/clusters/{c}/connections",
    "/clusters/{c}/changes",
    "/clusters/{c}/history",
    "/clusters/{c}/history/1",
    "/clusters/{c}/settings",
    "/clusters/{c}/redundancy",
    "/clusters/{c}/events",
    "/directors",
    "/events",
    "/audit",
    "/search?q=web",
    "/settings",
    "/users",
    "/account",
    "/help",
    "/help/first-steps",
];

/// What a browser may load for the first page, and for a later one, in bytes.
const FIRST: u64 = 150_000;
const LATER: u64 = 20_000;

/// Requests per page, or as many as so much time allows.
const REQUESTS: usize = 200;
const ENOUGH: Duration = Duration::from_secs(6);

/// All pages in turn, so often a second for so many seconds, and what the slowest in a hundred may take, in milliseconds.
const RATE: usize = 200;
const SECONDS: usize = 10;
const SLOWEST: f64 = 20.0;
/// Requests under way at once, at most: beyond these one waits, which counts.
const AT_ONCE: usize = 64;

/// Prints the bytes of each page; of later ones without what the first one brought.
pub(super) fn weigh(client: &Client, cluster: &str) -> Result<()> {
    let mut client = client.clone();
    let mut loaded = BTreeSet::new();
    for page in PAGES {
        let path = filled(page, cluster, &service(&mut client, cluster)?);
        let html = client.load(&path)?;
        let mut bytes = html.size();
        let files = files(&html.text()?);
        let new: Vec<&String> = files.difference(&loaded).collect();
        for file in &new {
            bytes += client.load(file)?.size();
        }
        let (target, which) = if loaded.is_empty() { (FIRST, "first") } else { (LATER, "later") };
        let missed = if bytes > target { ", MISSED" } else { "" };
        say::line(&format!(
            "  {page:<40} {:>8}   {which}, with {} files; target {}{missed}",
            say::size(bytes),
            new.len(),
            say::size(target)
        ));
        loaded.extend(files);
    }
    Ok(())
}

/// Prints the time of each page, alone and under load: until the answer is there, and what the console's processor was busy,
/// which depends less on what else the machine does.
pub(super) fn time(guide: &Guide, cluster: &str) -> Result<()> {
    let mut client = guide.client.clone();
    let service = service(&mut client, cluster)?;
    for page in PAGES {
        let path = filled(page, cluster, &service);
        let (mut times, mut bytes) = (Vec::with_capacity(REQUESTS), 0);
        let (start, busy) = (Instant::now(), usage::processor(guide.console())?);
        while times.len() < REQUESTS && start.elapsed() < ENOUGH {
            let before = Instant::now();
            bytes = client.load(&path)?.size();
            times.push(before.elapsed().as_secs_f64() * 1e3);
        }
        let busy = (usage::processor(guide.console())? - busy) * 1e3 / times.len() as f64;
        say::line(&format!(
            "  {page:<40} {:>8}   processor {busy:>6.2} ms   {}",
            say::size(bytes),
            spread(&times)
        ));
    }
    let paths: Vec<String> = PAGES.iter().map(|page| filled(page, cluster, &service)).collect();
    let times = under_load(&client, &paths)?;
    say::line(&format!(
        "  all in turn, {RATE} a second for {SECONDS} s: {}; target 99 % {SLOWEST} ms",
        spread(&times)
    ));
    Ok(())
}

/// Milliseconds from when each request was due until its answer was there, however late it could be sent.
fn under_load(client: &Client, paths: &[String]) -> Result<Vec<f64>> {
    let (next, start) = (AtomicUsize::new(0), Instant::now());
    let ask = |mut client: Client| -> Result<Vec<f64>> {
        let mut times = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= RATE * SECONDS {
                return Ok(times);
            }
            let due = start + Duration::from_secs_f64(index as f64 / RATE as f64);
            run::pause(due.saturating_duration_since(Instant::now()));
            client.load(&paths[index % paths.len()])?;
            times.push(due.elapsed().as_secs_f64() * 1e3);
        }
    };
    thread::scope(|scope| {
        let asking: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(|| ask(client.clone()))).collect();
        let mut times = Vec::new();
        for asked in asking {
            match asked.join() {
                Ok(some) => times.extend(some?),
                Err(_) => bail!("a thread that asked for pages panicked"),
            }
        }
        Ok(times)
    })
}

fn spread(times: &[f64]) -> String {
    let (middle, most, highest) = (quantile(times, 0.5), quantile(times, 0.99), quantile(times, 1.0));
    format!(
        "median {middle:>7.2} ms   99 % {most:>7.2} ms   highest {highest:>7.2} ms   ({} requests)",
        times.len()
    )
}

fn filled(page: &str, cluster: &str, service: &str) -> String {
    page.replace("{c}", cluster).replace("{s}", service)
}

/// The number of a virtual service that the cluster's list links to.
fn service(client: &mut Client, cluster: &str) -> Result<String> {
    let list = client.get(&format!("/clusters/{cluster}/services"))?.body;
    number_after(&list, &format!("/clusters/{cluster}/services/"))
        .context("the list links to no virtual service")
}

/// The first number that follows this text at once.
fn number_after(page: &str, text: &str) -> Option<String> {
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    page.match_indices(text).map(|(at, _)| digits(&page[at + text.len()..])).find(|digits| !digits.is_empty())
}

/// The addresses of stored files that a page names.
fn files(page: &str) -> BTreeSet<String> {
    let end = |rest: &str| rest.find(['"', '\'', ' ', ')', '<']).unwrap_or(rest.len());
    let named = |start| page.match_indices(start).map(|(at, _)| page[at..at + end(&page[at..])].to_owned());
    named("/assets/").chain(named("/help/images/")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_page_are_found_once_each() {
        let page = r#"<link href="/assets/a.css"><script src='/assets/b.js'></script>/assets/a.css <img src="/help/images/c.webp">"#;
        assert_eq!(
            files(page).into_iter().collect::<Vec<_>>(),
            ["/assets/a.css", "/assets/b.js", "/help/images/c.webp"]
        );
    }

    #[test]
    fn a_virtual_service_is_found_by_its_link() {
        let page =
            r#"<a href="/clusters/1/services/new">add</a> <a href="/clusters/1/services/17/servers">web</a>"#;
        assert_eq!(number_after(page, "/clusters/1/services/").as_deref(), Some("17"));
        assert_eq!(number_after(page, "/clusters/2/services/"), None);
    }
}

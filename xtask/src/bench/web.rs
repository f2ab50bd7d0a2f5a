//! The console with the guide's cluster: what a browser loads, how long the server takes for each page, and how long it
//! takes from the click on *Apply* until the data plane has changed.

use super::figures::quantile;
use crate::demo::bench::Guide;
use crate::say;
use anyhow::{Result, bail, ensure};
use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Requests per page, applies per run.
const REQUESTS: usize = 200;
const APPLIES: usize = 10;

/// The pages of the main path; `{}` is the cluster.
const PAGES: [&str; 11] = [
    "/clusters",
    "/clusters/new",
    "/clusters/import",
    "/clusters/{}/control",
    "/clusters/{}/services",
    "/clusters/{}/services/new",
    "/clusters/{}/services/1",
    "/clusters/{}/services/1/servers",
    "/clusters/{}/changes",
    "/directors",
    "/account",
];

pub(super) fn measure() -> Result<()> {
    say::heading("the console: build and start");
    let mut guide = Guide::start()?;
    let outcome = pages(&mut guide).and_then(|()| applies(&mut guide));
    guide.end().and(outcome)
}

fn pages(guide: &mut Guide) -> Result<()> {
    say::heading("bytes that a browser loads, compressed; the server's time of each page");
    let mut first = true;
    for page in PAGES {
        let path = page.replace("{}", &guide.cluster);
        let (body, html) = guide.client.weigh(&path)?;
        if first {
            let assets = assets(&body);
            let mut all = html;
            for asset in &assets {
                all += guide.client.weigh(asset)?.1;
            }
            say::line(&format!("  first page, everything: {} ({} files)", say::size(all), assets.len() + 1));
            first = false;
        }
        let mut times = Vec::with_capacity(REQUESTS);
        for _ in 0..REQUESTS {
            let start = Instant::now();
            guide.client.weigh(&path)?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        say::line(&format!(
            "  {page:<34} {:>8}   median {:.2} ms   99 % {:.2} ms",
            say::size(html),
            quantile(&times, 0.5),
            quantile(&times, 0.99)
        ));
    }
    Ok(())
}

/// The addresses of stored files that a page names.
fn assets(page: &str) -> BTreeSet<String> {
    let end = |rest: &str| rest.find(['"', '\'', ' ', ')', '<']).unwrap_or(rest.len());
    page.match_indices("/assets/").map(|(at, _)| page[at..at + end(&page[at..])].to_owned()).collect()
}

/// Each apply brings a virtual service on a port of its own; it is there once a connection is accepted.
fn applies(guide: &mut Guide) -> Result<()> {
    say::heading("from the click on Apply until the data plane accepts connections");
    let mut times = Vec::with_capacity(APPLIES);
    for index in 0..APPLIES {
        let address = super::peers::free()?;
        guide.add_service(&format!("bench-{index}"), address)?;
        let fields = guide.apply_form("measured")?;
        let start = Instant::now();
        let watch = std::thread::spawn(move || until_accepted(address, start));
        guide.apply(&fields)?;
        match watch.join() {
            Ok(time) => times.push(time?),
            Err(_) => bail!("the thread that watched {address} panicked"),
        }
    }
    ensure!(times.len() == APPLIES, "only {} of {APPLIES} applies were seen", times.len());
    say::line(&format!(
        "  median {:.1} ms   highest {:.1} ms   ({APPLIES} applies, one new virtual service each)",
        quantile(&times, 0.5),
        quantile(&times, 1.0)
    ));
    Ok(())
}

/// Milliseconds since `start` until `address` accepts a connection.
fn until_accepted(address: SocketAddr, start: Instant) -> Result<f64> {
    while start.elapsed() < Duration::from_secs(20) {
        if TcpStream::connect(address).is_ok() {
            return Ok(start.elapsed().as_secs_f64() * 1e3);
        }
        crate::run::pause(Duration::from_micros(200));
    }
    bail!("{address} does not accept connections 20 s after the apply")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_page_are_found_once_each() {
        let page = r#"<link href="/assets/a.css"><script src='/assets/b.js'></script>/assets/a.css "#;
        assert_eq!(assets(page).into_iter().collect::<Vec<_>>(), ["/assets/a.css", "/assets/b.js"]);
    }
}

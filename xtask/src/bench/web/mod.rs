//! The console as its visitors meet it: what a browser loads, how long the server takes for each page, how long a change takes from
//! the click on *Apply* to the data plane, what many viewers cost, and how soon a page is there on a slow network.

mod applies;
mod browser;
mod pages;
mod usage;
mod viewers;

use crate::demo::bench::Guide;
use crate::{programs, say, web};
use anyhow::Result;

/// Virtual services of the large cluster; each has two real servers.
const SERVICES: usize = 10_000;

pub(super) fn measure() -> Result<()> {
    say::heading("the console: build and start");
    let site = web::build(web::Mode::Release)?;
    let programs = programs::release()?;
    let mut guide = Guide::start(&programs, &site)?;
    let outcome = small(&mut guide).and_then(|()| large(&mut guide));
    guide.end().and(outcome)?;
    browser::measure(&programs, &site)
}

/// With the guide's cluster alone.
fn small(guide: &mut Guide) -> Result<()> {
    let cluster = guide.cluster.clone();
    say::heading("bytes that a browser loads, compressed");
    pages::weigh(&guide.client, &cluster)?;
    say::heading("the server's time of each page, one request after the other");
    pages::time(guide, &cluster)?;
    say::heading("from the click on Apply until the data plane accepts connections");
    applies::measure(guide)?;
    say::heading("viewers of one live page, with traffic");
    viewers::measure(guide, &cluster)
}

/// With a large cluster stored beside it.
fn large(guide: &mut Guide) -> Result<()> {
    say::heading(&format!("{SERVICES} virtual services, two real servers each: store and apply"));
    let cluster = guide.take_over("big", &table())?;
    say::heading(&format!("the server's time of each page with {SERVICES} virtual services"));
    pages::time(guide, &cluster)?;
    say::heading(&format!("viewers of one live page with {SERVICES} virtual services"));
    viewers::measure(guide, &cluster)
}

/// The large cluster, as `ipvsadm-save` writes it.
fn table() -> String {
    let mut text = String::new();
    for n in 0..SERVICES {
        let (high, low) = (n >> 8, n & 255);
        text.push_str(&format!("-A -t 10.20.{high}.{low}:80 -s wlc\n"));
        for server in 1..=2 {
            let real = format!("10.{}.{high}.{low}:8080", 30 + server);
            text.push_str(&format!("-a -t 10.20.{high}.{low}:80 -r {real} -m -w {server}\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_large_cluster_has_two_real_servers_for_each_service() {
        let table = table();
        let count = |start| table.lines().filter(|line| line.starts_with(start)).count();
        assert_eq!((count("-A "), count("-a ")), (SERVICES, 2 * SERVICES));
        assert!(table.ends_with("-a -t 10.20.39.15:80 -r 10.32.39.15:8080 -m -w 2\n"));
    }
}

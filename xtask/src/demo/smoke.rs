//! The guide's own test: ask the virtual service again and again and see who answers; take one real server away and see
//! the other take over and the dead one leave the live table; bring it back.

use super::places::Places;
use super::stage::{self, Data, Stage, USER};
use super::until_serving;
use crate::programs::{self, Selection};
use crate::{place, run, say, web};
use anyhow::{Context as _, Result, bail, ensure};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};
use visitor::client::{Client, fetch};
use visitor::{form, live};

/// Requests per round, and how many of them are under way at once: with several at once, least-connection schedulers
/// have something to balance.
const REQUESTS: usize = 40;
const AT_ONCE: usize = 4;

/// A change in a real server's health must be seen within this: the guide's file checks every second and lets a
/// server back after two.
const NOTICED: Duration = Duration::from_secs(30);

/// Runs the whole on free ports, beside whatever else runs; removes its data when all is well.
pub(crate) fn smoke(selection: Selection) -> Result<()> {
    say::note("building what browsers load");
    let site = web::build(web::Mode::Release)?;
    let programs = programs::build(selection)?;
    let dir = place::target().join(format!("smoke-{}", std::process::id()));
    let data = Data::open(&dir, true)?;
    let signals = super::Signals::catch()?;
    let mut places = Places::free()?;
    let mut stage = stage::set(&data, &places, &programs, &site)?;
    let outcome = until_serving(&mut stage, &places, &signals)
        .and_then(|serving| if serving { guide(&mut stage, &mut places) } else { bail!("interrupted") });
    let stopped = stage.agent.stop().and(stage.console.stop());
    if let Err(error) = outcome.and(stopped) {
        return Err(error.context(format!("the guide's test failed; data and logs are in {}", dir.display())));
    }
    drop(data);
    std::fs::remove_dir_all(&dir).with_context(|| format!("could not remove {}", dir.display()))?;
    say::line("ok");
    Ok(())
}

fn guide(stage: &mut Stage, places: &mut Places) -> Result<()> {
    let mut console = log_in(stage)?;
    let table = format!("/clusters/{}/control/stream", stage.cluster);

    wait_for_state(&mut console, &table, "real1", true)?;
    wait_for_state(&mut console, &table, "real2", true)?;
    let counts = round(places.service)?;
    report("with both real servers", &counts);
    for server in ["real1", "real2"] {
        let count = counts.get(server).copied().unwrap_or_default();
        ensure!(
            count >= REQUESTS / 4,
            "expected {server} to answer at least {} of {REQUESTS} requests, it answered {count}",
            REQUESTS / 4
        );
    }
    only(&counts, &["real1", "real2"])?;

    let dead = server(places, "real2")?;
    dead.kill();
    say::note("real2 is down");
    wait_for_state(&mut console, &table, "real2", false)?;
    say::note("the live table no longer counts on real2");
    let counts = round(places.service)?;
    report("without real2", &counts);
    only(&counts, &["real1"])?;

    server(places, "real2")?.resume()?;
    say::note("real2 is up again");
    wait_for_state(&mut console, &table, "real2", true)?;
    let counts = round(places.service)?;
    report("with real2 back", &counts);
    ensure!(
        counts.contains_key("real2"),
        "real2 is back in the live table but answered none of {REQUESTS} requests"
    );
    only(&counts, &["real1", "real2"])
}

fn server<'a>(places: &'a mut Places, name: &str) -> Result<&'a mut super::real_server::RealServer> {
    places.servers.iter_mut().find(|server| server.name() == name).with_context(|| format!("no {name}"))
}

/// Logs in as a browser without script does.
pub(super) fn log_in(stage: &Stage) -> Result<Client> {
    let mut console = Client::new(stage.pages);
    let password = stage.password.as_deref().context("this run made no password")?;
    let page = console.get("/login")?;
    ensure!(page.status == 200, "GET /login was answered with status {}", page.status);
    let fields =
        form::log_in(&page.body, USER, password).context("the page /login has no form with a password")?;
    let answer = console.post("/login", &fields)?;
    ensure!(answer.status == 303, "logging in was answered with status {}, not 303", answer.status);
    let home = console.get(&format!("/clusters/{}", stage.cluster))?;
    ensure!(
        home.status < 400 && home.header("location") != Some("/login"),
        "after logging in, the cluster's page was answered with status {}",
        home.status
    );
    Ok(console)
}

/// Follows the live table until this real server serves, or until it no longer does.
fn wait_for_state(console: &mut Client, table: &str, server: &str, serving: bool) -> Result<()> {
    let end = Instant::now() + NOTICED;
    loop {
        let state = live::state(&console.event(table, "shape")?, server)?;
        if (state.as_deref() == Some("serving")) == serving {
            return Ok(());
        }
        if Instant::now() >= end {
            bail!(
                "expected the live table to show {server} {} within {} s, it shows {}",
                if serving { "serving" } else { "out" },
                NOTICED.as_secs(),
                state.as_deref().unwrap_or("no such row")
            );
        }
        run::pause(Duration::from_millis(200));
    }
}

/// Who answered how many of [`REQUESTS`] requests. One that is not answered is an error.
fn round(service: SocketAddr) -> Result<BTreeMap<String, usize>> {
    let mut counts = BTreeMap::new();
    for _ in 0..REQUESTS / AT_ONCE {
        let answers: Vec<_> = thread::scope(|scope| {
            let asked: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(|| fetch(service))).collect();
            asked.into_iter().map(thread::ScopedJoinHandle::join).collect()
        });
        for answer in answers {
            let answer = answer.map_err(|_| anyhow::anyhow!("a request panicked"))?;
            let name =
                answer.with_context(|| format!("a request to the virtual service {service} failed"))?;
            *counts.entry(name.trim().to_owned()).or_default() += 1;
        }
    }
    Ok(counts)
}

fn report(when: &str, counts: &BTreeMap<String, usize>) {
    let each: Vec<String> =
        counts.iter().map(|(server, count)| format!("{server} answered {count}")).collect();
    say::note(&format!("{REQUESTS} requests {when}: {}", each.join(", ")));
}

/// An error when anyone else answered.
fn only(counts: &BTreeMap<String, usize>, servers: &[&str]) -> Result<()> {
    for (name, count) in counts {
        ensure!(
            servers.contains(&name.as_str()),
            "expected answers from {} alone, but {name} answered {count}",
            servers.join(" and ")
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_from_another_server_is_a_deviation() {
        let counts = BTreeMap::from([("real1".to_owned(), 39), ("real3".to_owned(), 1)]);
        let error = only(&counts, &["real1", "real2"]).unwrap_err().to_string();
        assert!(error.contains("real3 answered 1"), "{error}");
        only(&counts, &["real1", "real3"]).unwrap();
    }

    #[test]
    fn a_round_counts_who_answers() {
        let server =
            crate::demo::real_server::RealServer::start("real1", "127.0.0.1:0".parse().unwrap()).unwrap();
        assert_eq!(round(server.address()).unwrap(), BTreeMap::from([("real1".to_owned(), REQUESTS)]));
    }
}

//! `cargo xtask demo`: the project's main job on one machine without root. The guide's cluster, from its lvs.cf: the
//! console, one director's agent enrolled over the real protocol, three small real servers, live traffic.

pub(crate) mod bench;
mod child;
mod places;
mod real_server;
mod signals;
mod smoke;
mod stage;

use crate::programs::{self, Selection};
use crate::{place, run, say, web};
use anyhow::Result;
use places::Places;
use stage::{Data, Stage, USER};
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub(crate) use signals::Signals;
pub(crate) use smoke::smoke;

/// How the demo runs.
#[derive(Debug, clap::Args)]
pub(crate) struct Choice {
    /// Where the demo keeps its data [default: target/demo]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Begin anew: remove what an earlier demo left
    #[arg(long)]
    reset: bool,
    /// Run the guide's test against the demo on free ports and end
    #[arg(long, conflicts_with_all = ["data", "reset"])]
    pub(crate) smoke: bool,
}

/// Runs until Ctrl-C.
pub(crate) fn demo(choice: &Choice) -> Result<()> {
    let dir = choice.data.clone().unwrap_or_else(|| place::target().join("demo"));
    // First what can fail at once, before minutes of compiling.
    let mut data = Data::open(&dir, choice.reset)?;
    let places = Places::well_known()?;
    say::heading("build: what browsers load");
    let site = web::build(web::Mode::Release)?;
    say::heading("build: the console and the agent");
    let programs = programs::build(Selection::Alone)?;
    // Up to here Ctrl-C simply ends this program and the compilers with it.
    let signals = Signals::catch()?;
    say::heading("the guide's cluster");
    let earlier = data.is_from_earlier();
    let mut stage = stage::set(&data, &places, &programs, &site)?;
    let serving = until_answering(&mut stage, &places, &signals, if earlier { SHORT } else { LONG });
    match serving {
        Ok(true) => data.keep(&stage.cluster)?,
        Ok(false) => {}
        Err(error) if earlier => {
            say::note(&format!("{error:#}; if the cluster was stopped on purpose, start it in the console"));
        }
        Err(error) => return Err(error),
    }
    if !signals.raised() {
        welcome(&stage, &places, earlier);
    }
    while !signals.raised() {
        stage.console.check()?;
        stage.agent.check()?;
        run::pause(Duration::from_millis(100));
    }
    say::line("\nStopping what the demo started.");
    stage.agent.stop()?;
    stage.console.stop()?;
    drop(places);
    say::line(&format!("Stopped. The data stays in {}; the next demo uses it.", dir.display()));
    Ok(())
}

/// How long a new cluster may take until its virtual service answers, with everything started already.
const LONG: Duration = Duration::from_secs(60);

/// The same for the cluster of an earlier demo, which may have been stopped on purpose.
const SHORT: Duration = Duration::from_secs(10);

/// Waits until the virtual service of a new cluster answers; `false` when a signal came first.
fn until_serving(stage: &mut Stage, places: &Places, signals: &Signals) -> Result<bool> {
    until_answering(stage, places, signals, LONG)
}

fn until_answering(stage: &mut Stage, places: &Places, signals: &Signals, limit: Duration) -> Result<bool> {
    let end = Instant::now() + limit;
    while !signals.raised() {
        stage.console.check()?;
        stage.agent.check()?;
        match visitor::client::fetch(places.service) {
            Ok(_) => return Ok(true),
            Err(error) if Instant::now() >= end => {
                return Err(error.context(format!(
                    "the virtual service {} does not answer after {} s; the logs lie beside the data",
                    places.service,
                    limit.as_secs()
                )));
            }
            Err(_) => run::pause(Duration::from_millis(100)),
        }
    }
    Ok(false)
}

fn welcome(stage: &Stage, places: &Places, earlier: bool) {
    say::heading("the demo runs");
    let password = match &stage.password {
        Some(password) => format!("{password}   (shown this once)"),
        None => "the one that the first demo showed; forgotten? `cargo xtask demo --reset`".to_owned(),
    };
    say::line(&format!(
        "
    Console     http://{}
    User        {USER}
    Password    {password}
    Service     http://{}   (the virtual address; real1 and real2 answer in turn)

  Try first
    1. Log in, and choose the cluster \"guide\": the live table is on its first tab, Control / Monitoring.
    2. In another terminal:  while sleep 0.1; do curl -s http://{}/; done
       and watch the connections and rates.
    3. Virtual servers → web → Real servers: activate real3, then Changes: review and apply.
    4. Stop the cluster, and start it again.
",
        stage.pages, places.service, places.service
    ));
    for server in &places.servers {
        say::note(&format!("{} is at http://{}", server.name(), server.address()));
    }
    if earlier {
        say::note("This is the cluster of an earlier demo, with what you changed there.");
    }
    say::line("\n  Ctrl-C stops everything that the demo started.");
}

//! `cargo xtask lab`: the guide's machines in a kernel with IPVS, and the scenarios that must hold there. Where this machine's
//! own kernel has IPVS and we are root, in namespaces of its own; elsewhere in a guest kernel, which needs no root.

mod forward;
mod guest;
mod host;
mod kernel;
mod kernel_tests;

use crate::packages::{self, Needed};
use crate::programs::{self, Programs, Selection};
use crate::{run, say, web};
use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use guest::{Guest, Shared};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How to go on where the lab cannot run.
const WITHOUT: &str = "leave the part out: cargo xtask test --without lab";

/// What the scenarios ask: other people's programs, from Debian's packages.
const WITNESSES: &[Needed] = &[
    ("ip", "iproute2"),
    ("ipvsadm", "ipvsadm"),
    ("nft", "nftables"),
    ("tcpdump", "tcpdump"),
    ("curl", "curl"),
    ("setpriv", "util-linux"),
];

/// All scenarios take some four minutes on two cores.
const LIMIT: Duration = Duration::from_secs(20 * 60);
/// A shell ends when its person does.
const EVER: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Names the place: `guest` or `host`.
const PLACE: &str = "ARAPAIMA_LAB";

/// What to do in the lab.
#[derive(Debug, clap::Args)]
pub(crate) struct Choice {
    /// What the agents drive: `kernel` or `user`; without it each scenario runs with all that it makes sense for
    #[arg(long, value_name = "PLANE")]
    data_plane: Option<String>,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Set the guide's machines up and leave them so, with the console in this machine's browser, until Ctrl-C
    Shell,
    /// Name the scenarios
    List,
    /// Run the tests of the agent and of the `ipvs` crate that need a kernel with IPVS
    Tests,
    /// Run a command as root of the guest kernel
    Run {
        /// The command and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<String>,
    },
    /// Any of the scenarios
    #[command(external_subcommand)]
    Scenarios(Vec<String>),
}

/// Where scenarios run.
enum Place {
    /// This machine's kernel, in new namespaces.
    Host,
    /// The kernel at this path.
    Guest(PathBuf),
}

/// Does it; the exit code.
pub(crate) fn lab(choice: &Choice) -> Result<u8> {
    let held = match &choice.verb {
        None => scenarios(Selection::Alone, &words(choice, &[]), say::line)?,
        Some(Verb::Scenarios(names)) => scenarios(Selection::Alone, &words(choice, names), say::line)?,
        Some(Verb::Shell) => {
            shell(choice)?;
            true
        }
        Some(Verb::Tests) => tests(say::line)?,
        Some(Verb::List) => {
            run::run(std::process::Command::new(programs::lab_alone()?).arg("list"))?;
            true
        }
        Some(Verb::Run { command }) => {
            let kernel = kernel::ensure()?;
            let lab = programs::lab_alone()?;
            let guest = Guest { kernel: &kernel, lab: &lab, devices: &[], before: &[], limit: LIMIT };
            let code = guest.run(&Shared::new()?, command, say::line)?;
            return Ok(u8::try_from(code).unwrap_or(u8::MAX));
        }
    };
    Ok(u8::from(!held))
}

/// Runs the lab's program in the guest with `words` after the programs that it is about: the console as it is tested, and `agent`; each
/// line to `seen`.
pub(crate) fn measure(agent: &Path, words: &[String], seen: impl FnMut(&str)) -> Result<()> {
    packages::ensure(WITNESSES, WITHOUT)?;
    let kernel = kernel::ensure()?;
    let site = web::build(web::Mode::Release)?;
    let (Programs { console, .. }, lab) = programs::lab(Selection::Alone)?;
    let mut command = vec![lab.display().to_string(), "measure".to_owned()];
    for (option, path) in [("--console", console.as_path()), ("--agent", agent), ("--site", site.as_path())] {
        command.extend([option.to_owned(), path.display().to_string()]);
    }
    command.extend_from_slice(words);
    let guest = Guest { kernel: &kernel, lab: &lab, devices: &[], before: &[], limit: LIMIT };
    match guest.run(&Shared::new()?, &command, seen)? {
        0 => Ok(()),
        code => bail!("the measurement ended with exit code {code}"),
    }
}

/// Fetches what is quickly fetched; an error where something cannot be had.
pub(crate) fn can_run() -> Result<()> {
    packages::ensure(WITNESSES, WITHOUT)?;
    if within_guest()? { kernel::can_be_built() } else { Ok(()) }
}

/// Fetches and builds what the lab needs.
pub(crate) fn prepare() -> Result<()> {
    packages::ensure(WITNESSES, WITHOUT)?;
    match somewhere()? {
        Place::Host => say::note("this machine's own kernel has IPVS"),
        Place::Guest(kernel) => say::note(&format!("the guest's kernel is {}", kernel.display())),
    }
    Ok(())
}

/// All scenarios with the programs as the tests build them, each line to `seen`; whether all held. A guest has one processor: each half
/// of them gets a guest of its own, and the lines of the second come when it has ended.
pub(crate) fn all(mut seen: impl FnMut(&str)) -> Result<bool> {
    prepare()?;
    let Place::Guest(kernel) = somewhere()? else {
        return scenarios(Selection::WithTests, &["run".to_owned()], seen);
    };
    let (all, lab) = command(Selection::WithTests, &["run".to_owned()])?;
    let [even, odd] = ["even", "odd"].map(|half| {
        let mut words = all.clone();
        words.extend(["--half".to_owned(), half.to_owned()]);
        words
    });
    let guest = Guest { kernel: &kernel, lab: &lab, devices: &[], before: &[], limit: LIMIT };
    std::thread::scope(|scope| {
        let second = scope.spawn(|| {
            let mut lines = Vec::new();
            let code = guest.run(&Shared::new()?, &odd, |line| lines.push(line.to_owned()))?;
            Ok::<_, anyhow::Error>((code, lines))
        });
        let first = guest.run(&Shared::new()?, &even, &mut seen);
        let (code, lines) = second.join().map_err(|_| anyhow::anyhow!("a guest's thread panicked"))??;
        lines.iter().for_each(|line| seen(line));
        Ok(first? == 0 && code == 0)
    })
}

/// Runs the tests that need the kernel, one program after the other, each line to `seen`; whether all passed.
pub(crate) fn tests(mut seen: impl FnMut(&str)) -> Result<bool> {
    packages::ensure(WITNESSES, WITHOUT)?;
    let place = somewhere()?;
    let (_, lab) = programs::lab(Selection::WithTests)?;
    let mut passed = true;
    for command in kernel_tests::commands()? {
        passed &= match &place {
            // There they run with all others, without us.
            Place::Host => true,
            Place::Guest(kernel) => {
                let guest = Guest { kernel, lab: &lab, devices: &[], before: &[], limit: LIMIT };
                guest.run(&Shared::new()?, &command, &mut seen)? == 0
            }
        };
    }
    Ok(passed)
}

fn words(choice: &Choice, names: &[String]) -> Vec<String> {
    let mut words = vec!["run".to_owned()];
    if let Some(plane) = &choice.data_plane {
        words.extend(["--data-plane".to_owned(), plane.clone()]);
    }
    words.extend_from_slice(names);
    words
}

fn scenarios(selection: Selection, words: &[String], seen: impl FnMut(&str)) -> Result<bool> {
    prepare()?;
    let (command, lab) = command(selection, words)?;
    match somewhere()? {
        Place::Host => host::run(&command, seen),
        Place::Guest(kernel) => {
            let guest = Guest { kernel: &kernel, lab: &lab, devices: &[], before: &[], limit: LIMIT };
            Ok(guest.run(&Shared::new()?, &command, seen)? == 0)
        }
    }
}

/// The lab's command line with the programs that it is about, and the lab's program.
fn command(selection: Selection, words: &[String]) -> Result<(Vec<String>, PathBuf)> {
    let site = web::build(web::Mode::Release)?;
    let (Programs { console, agent }, lab) = programs::lab(selection)?;
    let mut command = vec![lab.display().to_string()];
    let (verb, more) = words.split_first().context("no verb for the lab")?;
    command.push(verb.clone());
    for (option, path) in [("--console", &console), ("--agent", &agent), ("--site", &site)] {
        command.extend([option.to_owned(), path.display().to_string()]);
    }
    command.extend_from_slice(more);
    Ok((command, lab))
}

fn somewhere() -> Result<Place> {
    if within_guest()? { kernel::ensure().map(Place::Guest) } else { Ok(Place::Host) }
}

fn within_guest() -> Result<bool> {
    match std::env::var(PLACE).ok().as_deref() {
        Some("host") => Ok(false),
        Some("guest") => Ok(true),
        None | Some("") => Ok(!host::has_ipvs()),
        Some(other) => bail!("{PLACE} is `{other}`; it can be `guest` or `host`, or unset"),
    }
}

/// The guide's machines, left up. Always in the guest: there is nothing of this machine that a person could break.
fn shell(choice: &Choice) -> Result<()> {
    packages::ensure(WITNESSES, WITHOUT)?;
    let kernel = kernel::ensure()?;
    let mut words = words(choice, &[]);
    "shell".clone_into(&mut words[0]);
    words.extend(["--until".to_owned(), "/run/out/stop".to_owned()]);
    let (command, lab) = command(Selection::Alone, &words)?;
    let shared = Shared::new()?;
    let link = if rustix::process::geteuid().is_root() {
        Some(forward::Link::open()?)
    } else {
        say::note("not root: the guest gets no network, so its console cannot be seen from here");
        None
    };
    let guest = Guest {
        kernel: &kernel,
        lab: &lab,
        devices: &link.iter().map(forward::Link::device).collect::<Vec<_>>(),
        before: &link.as_ref().map(forward::Link::within).unwrap_or_default(),
        limit: EVER,
    };
    let address = link.as_ref().map(forward::Link::address);
    let ended = guest.run(&shared, &command, |line| {
        if line != "ready" {
            return say::line(line);
        }
        if let Some(address) = address {
            say::line(&format!("\n    Console     http://{address}\n    User        admin\n    Password    the guide's four machines"));
        }
        say::line("\n  Ctrl-C powers the guest off; nothing stays.");
    });
    match ended {
        Err(error) if error.to_string() == guest::INTERRUPTED => Ok(()),
        Err(error) => Err(error),
        Ok(0) => Ok(()),
        Ok(code) => bail!("the guest's machines could not be set up (exit code {code})"),
    }
}

//! The scenarios. Each has its own machines, console and agents, begun anew.

mod absence;
pub(crate) mod cluster;
mod connections;
mod direct;
mod doctor;
mod drain;
mod edits;
mod families;
mod local;
mod marks;
mod nat;
mod own_clients;
mod ownership;
mod persistence;
mod ports;
mod role;
mod schedulers;
mod sync;
mod tunnel;

use crate::guide::{Guide, Plane, Programs};
use crate::tap;
use anyhow::{Context as _, Result, bail};
use std::time::Instant;

/// One scenario.
pub(crate) struct Scenario {
    /// What it is called on the command line.
    name: &'static str,
    /// What it shows.
    about: &'static str,
    /// The data planes that it makes sense for.
    planes: &'static [Plane],
    run: fn(&mut Stage) -> Result<()>,
}

/// Every second scenario, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Half {
    /// The first, the third, …
    Even,
    /// The second, the fourth, …
    Odd,
}

impl Half {
    /// Those of the whole that belong to it.
    pub(crate) fn of<T: Clone>(self, whole: &[T]) -> Vec<T> {
        let first = match self {
            Self::Even => 0,
            Self::Odd => 1,
        };
        whole.iter().skip(first).step_by(2).cloned().collect()
    }
}

/// A scenario under way.
pub(crate) struct Stage {
    /// The machines and what runs on them.
    pub(crate) guide: Guide,
    title: String,
    failed: bool,
}

const BOTH: &[Plane] = &[Plane::Kernel, Plane::User];
const KERNEL: &[Plane] = &[Plane::Kernel];

const ALL: &[Scenario] = &[
    nat::SCENARIO,
    direct::SCENARIO,
    role::SCENARIO,
    tunnel::BY_HAND,
    tunnel::BY_ROLE,
    local::LOCAL,
    local::MIXED,
    schedulers::SCENARIO,
    persistence::SCENARIO,
    marks::MARK,
    marks::FTP,
    families::UDP,
    families::IPV6,
    families::IPV6_DIRECT,
    families::SCTP,
    connections::SCENARIO,
    drain::THRESHOLDS,
    drain::DRAIN,
    edits::SCENARIO,
    edits::METHODS,
    ports::SCENARIO,
    own_clients::SCENARIO,
    doctor::SCENARIO,
    ownership::FOREIGN,
    ownership::ADOPT,
    ownership::STOP,
    ownership::LEAVE,
    absence::KILLED,
    absence::ALONE,
    sync::SCENARIO,
];

impl Stage {
    /// One check: a line of TAP. One that fails ends the scenario, since the next would fail for the same reason.
    pub(crate) fn check<T>(&mut self, what: &str, check: impl FnOnce(&mut Guide) -> Result<T>) -> Result<T> {
        let what = format!("{}: {what}", self.title);
        match check(&mut self.guide) {
            Ok(value) => {
                tap::ok(&what);
                Ok(value)
            }
            Err(error) => {
                tap::not_ok(&what, &format!("{error:#}"));
                self.guide.explain();
                self.failed = true;
                Err(error)
            }
        }
    }
}

/// Names them all.
pub(crate) fn list() {
    for Scenario { name, about, planes, .. } in ALL {
        let planes: Vec<_> = planes.iter().map(|plane| plane.word()).collect();
        tap::line(&format!("{name:<14} {about} [{}]", planes.join(", ")));
    }
}

/// The scenarios of these names, or all, each with the data planes that it makes sense for.
pub(crate) fn choose(names: &[String], plane: Option<Plane>) -> Result<Vec<(&'static Scenario, Plane)>> {
    for name in names {
        if !ALL.iter().any(|scenario| scenario.name == name) {
            let all: Vec<_> = ALL.iter().map(|scenario| scenario.name).collect();
            bail!("there is no scenario `{name}`; there are {}", all.join(", "));
        }
    }
    let chosen =
        ALL.iter().filter(|scenario| names.is_empty() || names.iter().any(|name| name == scenario.name));
    let chosen: Vec<_> = chosen
        .flat_map(|scenario| scenario.planes.iter().map(move |plane| (scenario, *plane)))
        .filter(|(_, own)| plane.is_none_or(|plane| plane == *own))
        .collect();
    if chosen.is_empty() {
        bail!("none of these makes sense with this data plane; `lab list` says which do");
    }
    Ok(chosen)
}

/// Runs them one after the other; whether all checks held.
pub(crate) fn run(programs: &Programs, chosen: &[(&Scenario, Plane)]) -> Result<bool> {
    tap::line("TAP version 13");
    let mut all = true;
    for (scenario, plane) in chosen {
        all &= one(programs, scenario, *plane)?;
    }
    tap::plan();
    Ok(all)
}

/// One scenario. An error is one that the next scenarios would stumble over too.
fn one(programs: &Programs, scenario: &Scenario, plane: Plane) -> Result<bool> {
    let start = Instant::now();
    let title = format!("{} ({})", scenario.name, plane.word());
    tap::note(&format!("{title}: {}", scenario.about));
    let guide = Guide::build(programs, plane, scenario.name).context("could not set up the machines")?;
    let mut stage = Stage { guide, title: title.clone(), failed: false };
    let outcome = (scenario.run)(&mut stage);
    if let (Err(error), false) = (&outcome, stage.failed) {
        tap::not_ok(&format!("{title}: the way between two checks"), &format!("{error:#}"));
        stage.guide.explain();
    }
    stage.guide.end().with_context(|| format!("could not clear up after {title}"))?;
    tap::note(&format!("{title}: {}", tap::since(start)));
    Ok(outcome.is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_scenario_has_a_name_of_its_own_and_a_data_plane() {
        let names: BTreeSet<_> = ALL.iter().map(|scenario| scenario.name).collect();
        assert_eq!(names.len(), ALL.len());
        assert!(ALL.iter().all(|scenario| !scenario.planes.is_empty()));
    }

    #[test]
    fn both_halves_are_the_whole() {
        let mut all = Half::Even.of(&[1, 2, 3, 4, 5]);
        assert_eq!(all, [1, 3, 5]);
        all.extend(Half::Odd.of(&[1, 2, 3, 4, 5]));
        assert_eq!(all, [1, 3, 5, 2, 4]);
    }

    #[test]
    fn a_wrong_name_is_told_the_right_ones() {
        let error = choose(&["net".to_owned()], None).err().unwrap().to_string();
        assert!(error.contains("nat"), "{error}");
        assert_eq!(choose(&["nat".to_owned()], Some(Plane::User)).unwrap().len(), 1);
    }
}

//! The guide's cluster: two directors, two real servers, a client, and the management network, where this program is and the
//! console runs.

mod agent;
mod console;
mod draft;
mod machines;

pub(crate) use agent::Agent;
pub(crate) use console::Console;
pub(crate) use machines::{CLIENT, GATEWAY, MACHINES, VIP, VIP6, WEB};

use crate::net::{self, Place};
use crate::time::until;
use crate::traffic::{Web, fetch};
use crate::{tap, witness};
use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What the agents drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Plane {
    /// The kernel's IPVS.
    Kernel,
    /// The embedded data plane; this program adds the virtual addresses, which it needs and does not make.
    User,
}

impl Plane {
    /// As the agent's `--data-plane` takes it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::User => "user",
        }
    }
}

/// Where the programs are that the lab is about.
#[derive(Debug, Clone, Args)]
pub(crate) struct Programs {
    /// The console's program
    #[arg(long)]
    pub(crate) console: PathBuf,
    /// The agent's program
    #[arg(long)]
    pub(crate) agent: PathBuf,
    /// What browsers load, as `cargo xtask web` made it
    #[arg(long)]
    pub(crate) site: PathBuf,
}

/// The machines of one scenario with all that runs on them.
pub(crate) struct Guide {
    /// What the agents drive.
    pub(crate) plane: Plane,
    /// The console, once there is a cluster.
    pub(crate) console: Option<Console>,
    /// Where the console serves browsers, if not on the management host's loopback.
    pub(crate) listen: Option<String>,
    programs: Programs,
    /// The agent's program, where every user may read it: the work tree may lie in somebody's home.
    agent_program: PathBuf,
    dir: PathBuf,
    places: BTreeMap<String, Place>,
    agents: BTreeMap<String, Agent>,
    webs: BTreeMap<String, Web>,
}

impl Guide {
    /// The machines, with a web server on both real servers; no console, no agents.
    pub(crate) fn build(programs: &Programs, plane: Plane, name: &str) -> Result<Self> {
        let dir = PathBuf::from("/run/lab").join(format!("{name}-{}", plane.word()));
        fs::create_dir_all(&dir).with_context(|| format!("could not make {}", dir.display()))?;
        let agent_program = PathBuf::from("/run/lab/arapaima-agent");
        if !agent_program.exists() {
            fs::copy(&programs.agent, &agent_program)
                .with_context(|| format!("could not copy {}", programs.agent.display()))?;
        }
        let places = net::build(machines::BRIDGES, machines::HOST, MACHINES)?;
        let mut guide = Self {
            plane,
            console: None,
            listen: None,
            programs: programs.clone(),
            agent_program,
            dir,
            places: places.into_iter().map(|place| (place.name().to_owned(), place)).collect(),
            agents: BTreeMap::new(),
            webs: BTreeMap::new(),
        };
        for real in ["real1", "real2"] {
            guide.open_web(real, 80)?;
        }
        Ok(guide)
    }

    /// A machine by its name.
    pub(crate) fn place(&self, name: &str) -> Result<&Place> {
        self.places.get(name).with_context(|| format!("there is no machine {name}"))
    }

    /// The first director.
    pub(crate) fn vs1(&self) -> Result<&Place> {
        self.place("vs1")
    }

    /// The client.
    pub(crate) fn client(&self) -> Result<&Place> {
        self.place("client")
    }

    /// Has a web server on a real server that answers with the machine's name.
    pub(crate) fn open_web(&mut self, real: &str, port: u16) -> Result<()> {
        let web = Web::open(self.place(real)?, port)?;
        self.webs.insert(format!("{real}:{port}"), web);
        Ok(())
    }

    /// Lets a real server's web server go away, as if it had died.
    pub(crate) fn close_web(&mut self, real: &str, port: u16) {
        self.webs.remove(&format!("{real}:{port}"));
    }

    /// Imports a cluster, makes vs1 (and `others`) its directors with their agents, applies, and waits until every director
    /// has verified it.
    pub(crate) fn set_up(&mut self, lvs_cf: &str, others: &[&str]) -> Result<()> {
        self.begin(lvs_cf, others)?;
        self.verified()
    }

    /// The same without the wait.
    pub(crate) fn begin(&mut self, lvs_cf: &str, others: &[&str]) -> Result<()> {
        let mut console = Console::make(&self.programs, &self.dir, lvs_cf)?;
        let mut tokens = Vec::new();
        for director in std::iter::once(&"vs1").chain(others) {
            tokens.push((*director, console.add_director(director)?));
        }
        console.apply_first()?;
        if let Some(listen) = &self.listen {
            console.listen_on(listen);
        }
        console.start()?;
        if self.plane == Plane::User {
            self.add_vips(lvs_cf)?;
        }
        self.console = Some(console);
        for (director, token) in tokens {
            self.start_agent(director, Some(&token))?;
        }
        Ok(())
    }

    /// Starts a director's agent; with a token it enrols first.
    pub(crate) fn start_agent(&mut self, name: &str, token: Option<&str>) -> Result<()> {
        let place = self.place(name)?.clone();
        let agent = Agent::start(&self.agent_program, &place, self.plane, &self.dir, token)?;
        self.agents.insert(name.to_owned(), agent);
        Ok(())
    }

    /// Ends a machine's agent and lets it undo what it has made.
    pub(crate) fn leave(&mut self, name: &str) -> Result<()> {
        self.agent(name)?.end()?;
        Agent::leave(&self.agent_program, self.place(name)?, self.plane, &self.dir)
    }

    /// What `arapaima-agent doctor` says of a machine.
    pub(crate) fn examine(&self, name: &str) -> Result<String> {
        Agent::examine(&self.agent_program, self.place(name)?, self.plane, &self.dir)
    }

    /// Makes a machine one of the cluster's real servers, with an agent of its own.
    pub(crate) fn enrol_real_server(&mut self, name: &str) -> Result<()> {
        let token = self.console()?.add_real_server(name)?;
        self.start_agent(name, Some(&token))
    }

    /// A director's agent.
    pub(crate) fn agent(&mut self, name: &str) -> Result<&mut Agent> {
        self.agents.get_mut(name).with_context(|| format!("no agent runs on {name}"))
    }

    /// The console.
    pub(crate) fn console(&mut self) -> Result<&mut Console> {
        self.console.as_mut().context("no console runs")
    }

    /// Waits until every director reports that it holds what is applied.
    pub(crate) fn verified(&mut self) -> Result<()> {
        for agent in self.agents.values_mut() {
            agent.check()?;
        }
        let console = self.console()?;
        until(|| console.all_verified()).context("the directors have not verified what is applied")
    }

    /// Waits until the live table shows a real server in a state such as `serving`.
    pub(crate) fn shown(&mut self, server: &str, state: &str) -> Result<()> {
        let console = self.console()?;
        until(|| {
            let shown = console.state_of(server)?;
            if shown.as_deref() != Some(state) {
                bail!("the live table shows {server} as {shown:?}, not as {state}");
            }
            Ok(())
        })
    }

    /// Waits until every one of these answers the client at `service`.
    pub(crate) fn answered_by(&self, service: SocketAddr, servers: &[&str]) -> Result<()> {
        let client = self.client()?;
        until(|| {
            let mut missing: Vec<&str> = servers.to_vec();
            for _ in 0..servers.len() * 4 {
                let name = fetch(client, service)?;
                if !servers.contains(&name.as_str()) {
                    bail!("{name} answered at {service}");
                }
                missing.retain(|server| *server != name);
                if missing.is_empty() {
                    return Ok(());
                }
            }
            bail!("{missing:?} never answered at {service}")
        })
    }

    /// Real servers answer clients directly, as DR and tunnels need it.
    pub(crate) fn direct_return(&self) -> Result<()> {
        for real in ["real1", "real2"] {
            self.place(real)?.ip("link set eth1 up\n")?;
        }
        Ok(())
    }

    /// Everything that may explain a failure.
    pub(crate) fn explain(&mut self) {
        for name in ["vs1", "vsbak", "real1"] {
            if let Some(agent) = self.agents.get(name) {
                tap::note(&format!("--- the end of the agent's log on {name}\n{}", agent.last_words()));
            }
            let Ok(place) = self.place(name) else { continue };
            for words in [&["ipvsadm", "-Ln"][..], &["ip", "-br", "addr"], &["nft", "list", "ruleset"]] {
                if let Ok(said) = place.listen(words) {
                    tap::note(&format!("--- {name}: {}\n{}{}", words.join(" "), said.out, said.err));
                }
            }
        }
        if let Some(console) = &mut self.console {
            tap::note(&format!("--- the end of the console's log\n{}", console.last_words()));
        }
    }

    /// Ends everything and removes the machines.
    pub(crate) fn end(mut self) -> Result<()> {
        self.webs.clear();
        for agent in self.agents.values_mut() {
            agent.kill()?;
        }
        if let Some(console) = &mut self.console {
            console.kill()?;
        }
        self.places.clear();
        net::clear(machines::BRIDGES, MACHINES)?;
        fs::remove_dir_all(&self.dir).with_context(|| format!("could not remove {}", self.dir.display()))
    }

    /// The embedded data plane listens on addresses that are there already.
    fn add_vips(&self, lvs_cf: &str) -> Result<()> {
        let vs1 = self.vs1()?;
        vs1.ip(&format!("addr add {GATEWAY}/24 dev eth1\n"))?;
        let mut done = Vec::new();
        for line in lvs_cf.lines() {
            let mut words = line.split_whitespace();
            if let (Some("address"), Some("="), Some(address), Some(device)) =
                (words.next(), words.next(), words.next(), words.next())
                && !done.contains(&address)
            {
                let device = device.split(':').next().unwrap_or(device);
                vs1.ip(&format!("addr add {address}/32 dev {device}\n"))?;
                done.push(address);
            }
        }
        Ok(())
    }

    /// The kernel's table of a director, by `ipvsadm`.
    pub(crate) fn table(&self, director: &str) -> Result<witness::Table> {
        witness::Table::of(self.place(director)?)
    }
}

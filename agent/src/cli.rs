//! The command line. Every option is an environment variable too; the option wins.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use protocol::Token;

/// Makes this machine a director of a Linux Virtual Server cluster, as its console says.
///
/// Exit codes: 0 ended as asked; 1 could not start, or something broke, or a second signal cut the end short; 64 the command
/// line or the set-up is wrong.
#[derive(Debug, Parser)]
#[command(name = "arapaima-agent", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the agent can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run as a director until SIGTERM or SIGINT; a second signal ends it at once.
    ///
    /// At the first start it enrols with `--console` and `--token` (the command is on the director's page); later starts need
    /// neither. When it is ready it prints one line that begins with `ready` on standard output; all else goes to standard
    /// error.
    Run(Box<Run>),

    /// Look at this machine and say what would keep it from directing or serving, with the command that mends it.
    ///
    /// May be used beside a running agent, whose last good state is read. Exit codes: 0 nothing grave; 1 something grave, or it
    /// could not be looked at.
    Doctor(Examine),

    /// Undo what the agent has made on this machine: services in the kernel, addresses, packet filter rules, tunnels, and settings, which
    /// get their former values. What somebody else made stays.
    ///
    /// The agent must not be running; started again, it makes all of it anew. Exit codes: 0 nothing of it is left; 1 something would
    /// not go.
    Leave(Leave),
}

/// The options of `doctor`.
#[derive(Debug, Args)]
pub struct Examine {
    /// Where the agent keeps who it is and its last good state. Without it, or where nothing is in it, only the machine itself is judged.
    #[arg(long, value_name = "DIR", env = "ARAPAIMA_STATE")]
    pub state: Option<PathBuf>,

    /// What the machine is for; as the console said when it enrolled, if not given.
    #[arg(long, value_parser = role)]
    pub role: Option<model::MachineRole>,

    /// What moves the traffic.
    #[arg(long, value_enum, default_value_t = Choice::Auto, env = "ARAPAIMA_DATA_PLANE")]
    pub data_plane: Choice,

    /// For a person or for a program.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Lines to read.
    Text,
    /// One document.
    Json,
}

fn role(text: &str) -> Result<model::MachineRole, String> {
    let known = model::MachineRole::ALL.iter().copied().find(|role| role.name() == text);
    known.ok_or_else(|| "write director or real-server".to_owned())
}

/// The options of `leave`.
#[derive(Debug, Args)]
pub struct Leave {
    /// Where the agent keeps who it is and what it has made.
    #[arg(long, value_name = "DIR", env = "ARAPAIMA_STATE")]
    pub state: PathBuf,
}

/// The options of `run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Where the agent keeps who it is and its last good state; made if missing, for its owner only.
    #[arg(long, value_name = "DIR", env = "ARAPAIMA_STATE")]
    pub state: PathBuf,

    /// Where the console listens for agents.
    #[arg(long, value_name = "HOST:PORT", env = "ARAPAIMA_CONSOLE")]
    pub console: Option<String>,

    /// The one-time token of this director.
    #[arg(long, env = "ARAPAIMA_TOKEN", hide_env_values = true)]
    pub token: Option<Token>,

    /// What moves the traffic.
    #[arg(long, value_enum, default_value_t = Choice::Auto, env = "ARAPAIMA_DATA_PLANE")]
    pub data_plane: Choice,

    /// Where programs are that checks may run. It and they must belong to root, and nobody else may write to them; others are left out.
    /// The console chooses among their names.
    #[arg(long, value_name = "DIR", default_value = crate::programs::DIRECTORY, env = "ARAPAIMA_CHECKS")]
    pub checks: PathBuf,

    /// How many seconds established connections get to finish when the agent ends, where they end with it.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=86_400), env = "ARAPAIMA_DRAIN")]
    pub drain: u64,

    /// Settings of the embedded data plane.
    #[command(flatten)]
    pub proxy: Proxy,
}

/// The data plane to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// The kernel's IPVS where this machine has it and the agent may use it; else the embedded one.
    Auto,
    /// The kernel's IPVS.
    Kernel,
    /// The embedded one, in user space.
    User,
    /// None: a table in memory.
    Simulated,
}

/// Settings of the embedded data plane.
#[derive(Debug, Args)]
pub struct Proxy {
    /// The most connections at a time; as many as open files allow if not given.
    #[arg(long, value_name = "N", env = "ARAPAIMA_PROXY_CONNECTIONS")]
    pub proxy_connections: Option<NonZeroUsize>,

    /// Worker threads; one for each core if not given.
    #[arg(long, value_name = "N", env = "ARAPAIMA_PROXY_WORKERS")]
    pub proxy_workers: Option<NonZeroUsize>,

    /// Seconds in which a real server must accept a connection before another one is tried.
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60), env = "ARAPAIMA_PROXY_CONNECT_TIMEOUT")]
    pub proxy_connect_timeout: u64,

    /// Clients that persistence keeps at a quiesced real server move at once (the kernel's expire_quiescent_template).
    #[arg(long, env = "ARAPAIMA_PROXY_EXPIRE_QUIESCENT")]
    pub proxy_expire_quiescent: bool,

    /// Connections to a removed real server are cut at once (the kernel's expire_nodest_conn).
    #[arg(long, env = "ARAPAIMA_PROXY_EXPIRE_REMOVED")]
    pub proxy_expire_removed: bool,
}

impl Proxy {
    /// For the balancer.
    pub fn options(&self) -> balancer::Options {
        balancer::Options {
            workers: self.proxy_workers,
            max_connections: self.proxy_connections.map(NonZeroUsize::get),
            connect_timeout: Duration::from_secs(self.proxy_connect_timeout),
            expire_quiescent_template: self.proxy_expire_quiescent,
            expire_nodest_conn: self.proxy_expire_removed,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_bad_token_is_refused_before_anything_starts() {
        let wrong = Cli::try_parse_from(["arapaima-agent", "run", "--state", "x", "--token", "nonsense"]);
        assert!(wrong.is_err());
        let right = Cli::try_parse_from(["arapaima-agent", "run", "--state", "x"]).unwrap();
        let Command::Run(run) = right.command else { panic!("{right:?}") };
        assert_eq!((run.data_plane, run.drain), (Choice::Auto, 10));
    }
}

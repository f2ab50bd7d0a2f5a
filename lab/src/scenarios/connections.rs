//! The live connection table: what the console shows of a director's kernel is what `ipvsadm -Lnc` lists.

use super::{KERNEL, Scenario, Stage, cluster};
use crate::guide::{CLIENT, Guide, VIP};
use crate::time::until;
use crate::traffic::{Held, Transport};
use crate::witness::connections;
use anyhow::{Context as _, Result, ensure};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "connections",
    about: "the connection table, filtered and grouped at the agent",
    planes: KERNEL,
    run,
};

/// Which of the client's addresses hold how many connections to which port.
const HELD: [(u8, u16, usize); 4] = [(0, 80, 3), (1, 80, 2), (2, 80, 1), (0, 81, 2)];

fn run(stage: &mut Stage) -> Result<()> {
    for real in ["real1", "real2"] {
        stage.guide.open_web(real, 81)?;
    }
    let servers = format!("{}{}", cluster::real("real1"), cluster::real("real2"));
    let web = cluster::service("web", "10.0.0.2", "     port = 80\n     scheduler = rr", &servers);
    let shop = cluster::service("shop", "10.0.0.2", "     port = 81\n     scheduler = rr", &servers);
    stage.guide.set_up(&cluster::file("nat", "", &(web + &shop)), &[])?;
    let held = hold(&stage.guide)?;

    stage.check("every connection of the table is listed [ipvsadm]", |guide| same(guide, "", &[]))?;
    for (what, query, having) in [
        ("of one client", "client=10.0.0.101", &["10.0.0.101:"][..]),
        ("of a network of clients", "client=10.0.0.100/31", &["10.0.0.10", "10.0.0.2:"]),
        ("of a virtual service", "service=shop", &["10.0.0.2:81 "]),
        ("to a real server, by its name", "server=real2", &["192.168.10.101:"]),
        ("to a real server's port", "server=192.168.10.100%3A80", &["192.168.10.100:80"]),
        ("of a protocol", "protocol=tcp", &["TCP "]),
        ("in a state", "state=ESTABLISHED", &["ESTABLISHED"]),
        ("in no such state", "state=SYN_SENT", &["SYN_SENT"]),
        ("of one director", "director=vs1&service=web", &["10.0.0.2:80 "]),
    ] {
        stage.check(&format!("those {what} [ipvsadm]"), |guide| {
            if query.contains("/31") {
                let two = |line: &Line| {
                    ["10.0.0.100:", "10.0.0.101:"].iter().any(|one| line.client.starts_with(one))
                };
                return same_where(guide, query, two);
            }
            same(guide, query, having)
        })?;
    }
    type Key = fn(&Line) -> String;
    let by: [(&str, Key); 4] = [
        ("talkers", |line| format!("{}/32", host(&line.client))),
        ("servers", |line| host(&line.destination).to_owned()),
        ("states", |line| line.state.clone()),
        ("services", |line| if line.service.ends_with(":80") { "web".into() } else { "shop".into() }),
    ];
    for (view, key) in by {
        stage.check(&format!("{view} are counted [ipvsadm]"), |guide| counted(guide, view, key))?;
    }
    stage.check("networks are counted by the length that was asked for [ipvsadm]", |guide| {
        counted(guide, "networks&prefix=31", |line| {
            let host = host(&line.client);
            format!("{}/31", if host == "10.0.0.101" { "10.0.0.100" } else { host })
        })
    })?;
    drop(held);
    Ok(())
}

fn hold(guide: &Guide) -> Result<Vec<Held>> {
    let [a, b, c, d] = CLIENT.octets();
    let mut held = Vec::new();
    for (client, port, times) in HELD {
        let source = IpAddr::V4(Ipv4Addr::new(a, b, c, d + client));
        for _ in 0..times {
            let to = SocketAddr::new(VIP, port);
            held.push(Held::open(guide.client()?, Transport::Tcp, Some(source), to)?);
        }
    }
    Ok(held)
}

/// What both the witness and the console say of a connection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    protocol: String,
    state: String,
    client: String,
    service: String,
    destination: String,
}

/// The witness's lines.
fn listed(guide: &Guide, having: &[&str]) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for text in connections(guide.vs1()?, having)? {
        let words: Vec<&str> = text.split_whitespace().collect();
        let ["TCP" | "UDP", _, state, client, service, destination] = words[..] else { continue };
        let protocol = words[0].to_lowercase();
        let [state, client, service, destination] = [state, client, service, destination].map(str::to_owned);
        lines.push(Line { protocol, state, client, service, destination });
    }
    lines.sort();
    Ok(lines)
}

/// The console's file about this query: its lines without heading and last words, which must say that it is complete.
fn file(guide: &mut Guide, query: &str) -> Result<Vec<Vec<String>>> {
    let console = guide.console()?;
    let path = format!("{}/connections.csv?{query}", console.cluster_path());
    let text = console.page(&path)?;
    let last = text.lines().last().context("the file is empty")?;
    ensure!(last.starts_with("# vs1: complete: the whole table was read"), "the last words are: {last}");
    let lines = text.lines().skip(1).filter(|line| !line.starts_with('#'));
    Ok(lines.map(|line| line.split(',').map(str::to_owned).collect()).collect())
}

fn same(guide: &mut Guide, query: &str, having: &[&str]) -> Result<()> {
    let having: Vec<String> = having.iter().map(|&part| part.to_owned()).collect();
    until(|| {
        let parts: Vec<&str> = having.iter().map(String::as_str).collect();
        let theirs = listed(guide, &parts)?;
        compare(guide, query, &theirs)
    })
}

fn same_where(guide: &mut Guide, query: &str, wanted: impl Fn(&Line) -> bool) -> Result<()> {
    until(|| {
        let theirs: Vec<Line> = listed(guide, &[])?.into_iter().filter(|line| wanted(line)).collect();
        compare(guide, query, &theirs)
    })
}

fn compare(guide: &mut Guide, query: &str, theirs: &[Line]) -> Result<()> {
    let mut ours = Vec::new();
    for cells in file(guide, query)? {
        let cell = |index: usize| cells.get(index).map(String::as_str).unwrap_or_default();
        ensure!(cell(0) == "vs1" && cells.len() == 12, "an odd line: {cells:?}");
        let socket = |index: usize| format!("{}:{}", cell(index), cell(index + 1));
        ours.push(Line {
            protocol: cell(1).to_owned(),
            state: cell(10).to_owned(),
            client: socket(2),
            service: socket(4),
            destination: socket(7),
        });
    }
    ours.sort();
    ensure!(ours == theirs, "the console has\n{ours:#?}\nand ipvsadm\n{theirs:#?}");
    Ok(())
}

/// Groups as the console counts them, by their names where they have one that the address does not tell.
fn counted(guide: &mut Guide, view: &str, key: fn(&Line) -> String) -> Result<()> {
    until(|| {
        let mut theirs = BTreeMap::<String, u64>::new();
        for line in listed(guide, &[])? {
            *theirs.entry(key(&line)).or_default() += 1;
        }
        let mut ours = BTreeMap::new();
        for cells in file(guide, &format!("view={view}"))? {
            let [_, group, name, count] = cells.as_slice() else { anyhow::bail!("an odd line: {cells:?}") };
            let name = if view == "services" { name } else { group };
            ours.insert(name.clone(), count.parse()?);
        }
        ensure!(ours == theirs, "the console counts {ours:?} and ipvsadm lists {theirs:?}");
        Ok(())
    })
}

fn host(socket: &str) -> &str {
    socket.rsplit_once(':').map_or(socket, |(host, _)| host)
}

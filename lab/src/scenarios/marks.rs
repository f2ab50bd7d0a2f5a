//! Firewall marks: one virtual service with two ports, and FTP with its data ports.

use super::{BOTH, Scenario, Stage, cluster};
use crate::guide::{Plane, VIP, WEB};
use crate::traffic::{Ftp, fetch};
use crate::witness::curl;
use anyhow::{Result, bail, ensure};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

pub(super) const MARK: Scenario = Scenario {
    name: "fwmark",
    about: "a firewall mark gathers two ports in one service",
    planes: BOTH,
    run: mark,
};

pub(super) const FTP: Scenario = Scenario {
    name: "ftp",
    about: "passive FTP: port 21 and its data ports are one service",
    planes: BOTH,
    run: ftp,
};

fn mark(stage: &mut Stage) -> Result<()> {
    for real in ["real1", "real2"] {
        stage.guide.open_web(real, 81)?;
    }
    stage.guide.set_up(&cluster::nat(&["real1", "real2"]), &[])?;
    stage.check("the service becomes one of a mark, with two ports", |guide| {
        let console = guide.console()?;
        console.edit_service("web", &[("fwmark", "7"), ("ports", "80, 81")])?;
        console.apply()?;
        guide.verified()
    })?;
    if stage.guide.plane == Plane::Kernel {
        stage.check("the kernel has it by its mark alone [ipvsadm]", |guide| {
            guide.table("vs1")?.is(&[
                "-A -f 7 -s rr",
                "-a -f 7 -r 192.168.10.100:0 -m -w 1",
                "-a -f 7 -r 192.168.10.101:0 -m -w 1",
            ])
        })?;
        stage.check("a rule marks what is for either port [nft]", |guide| {
            let rules = guide.vs1()?.read(&["nft", "list", "ruleset"])?;
            ensure!(rules.contains("10.0.0.2 . 80-81 : 0x00000007"), "{rules}");
            Ok(())
        })?;
    }
    stage.check("both ports answer, from both real servers in turns", |guide| {
        let client = guide.client()?;
        let mut names = Vec::new();
        for port in [80, 81, 80, 81] {
            names.push(fetch(client, SocketAddr::new(VIP, port))?);
        }
        // Round robin counts both ports as one service: each port then has one of the two.
        let kinds: BTreeSet<&String> = names.iter().collect();
        ensure!(kinds.len() == 2 && names[0] != names[1] && names[2] != names[3], "{names:?} answered");
        guide.answered_by(WEB, &[names[0].as_str()])
    })?;
    Ok(())
}

fn ftp(stage: &mut Stage) -> Result<()> {
    let IpAddr::V4(vip) = VIP else { bail!("the virtual address is not IPv4") };
    let _servers =
        [Ftp::open(stage.guide.place("real1")?, vip)?, Ftp::open(stage.guide.place("real2")?, vip)?];
    let servers = format!("{}{}", cluster::real("real1"), cluster::real("real2"));
    let lines = "     port = 21\n     scheduler = rr\n     persistent = 60";
    stage
        .guide
        .set_up(&cluster::file("nat", "", &cluster::service("ftp", "10.0.0.2", lines, &servers)), &[])?;
    stage.check("the service takes the data ports in", |guide| {
        let console = guide.console()?;
        console.edit_service("ftp", &[("ports", "21, 10000-10019")])?;
        console.apply()?;
        guide.verified()
    })?;
    stage.check("clients list a directory, all of it from one real server each [curl]", |guide| {
        let client = guide.client()?;
        let mut names = BTreeSet::new();
        for source in ["10.0.0.100", "10.0.0.101", "10.0.0.102", "10.0.0.103"] {
            let words = ["--disable-epsv", "--list-only", "--interface", source, "ftp://10.0.0.2/"];
            names.insert(curl(client, &words)?);
        }
        ensure!(names.len() == 2, "{names:?} answered");
        Ok(())
    })
}

//! The guide's own cluster: masquerading, round robin, a real server that dies and comes back.

use super::{BOTH, Scenario, Stage, cluster};
use crate::guide::{Plane, VIP, WEB};
use crate::traffic::Web;
use crate::witness::{Capture, curl};
use anyhow::{Result, ensure};

pub(super) const SCENARIO: Scenario =
    Scenario { name: "nat", about: "masquerading: the guide's cluster from its lvs.cf", planes: BOTH, run };

fn run(stage: &mut Stage) -> Result<()> {
    let arp = Capture::start(stage.guide.client()?, "eth0", "arp")?;
    stage.check("the cluster of an lvs.cf reaches the director, which verifies it", |guide| {
        guide.set_up(&cluster::nat(&["real1", "real2"]), &[])
    })?;
    let kernel = stage.guide.plane == Plane::Kernel;
    if kernel {
        stage.check("the kernel's table is what was drawn [ipvsadm]", |guide| {
            guide.table("vs1")?.is(&[
                "-A -t 10.0.0.2:80 -s rr",
                "-a -t 10.0.0.2:80 -r 192.168.10.100:80 -m -w 1",
                "-a -t 10.0.0.2:80 -r 192.168.10.101:80 -m -w 1",
            ])
        })?;
        stage.check("the virtual address and the gateway are on their devices [ip]", |guide| {
            let text = guide.vs1()?.read(&["ip", "-o", "-4", "addr"])?;
            let has = |device: &str, address: &str| {
                text.lines().any(|line| line.contains(&format!(" {device} ")) && line.contains(address))
            };
            ensure!(has("eth0", "10.0.0.2/32"), "no 10.0.0.2/32 on eth0:\n{text}");
            ensure!(has("eth1", "192.168.10.254/24"), "no 192.168.10.254/24 on eth1:\n{text}");
            Ok(())
        })?;
        stage.check("the virtual address was announced by gratuitous ARP [tcpdump]", |_| {
            arp.saw(&["Request who-has 10.0.0.2", "tell 10.0.0.2"]).map(drop)
        })?;
        stage.check("the director forwards [sysctl]", |guide| {
            let on = guide.vs1()?.sysctl("net/ipv4/ip_forward")?;
            ensure!(on == "1", "net.ipv4.ip_forward is {on}");
            Ok(())
        })?;
    }
    arp.end()?;
    stage.check("both real servers answer", |guide| guide.answered_by(WEB, &["real1", "real2"]))?;
    stage.check("they take turns [curl]", |guide| {
        let client = guide.client()?;
        let mut names = Vec::new();
        for _ in 0..4 {
            names.push(curl(client, &["http://10.0.0.2/"])?);
        }
        ensure!(names.windows(2).all(|two| two[0] != two[1]), "the answers came from {names:?}");
        Ok(())
    })?;
    stage.check("real2 dies: real1 alone answers, the live table shows it", |guide| {
        guide.close_web("real2", 80);
        guide.shown("real2", "failing")?;
        guide.answered_by(WEB, &["real1"])
    })?;
    if kernel {
        stage.check("the kernel no longer has real2 [ipvsadm]", |guide| {
            guide.table("vs1")?.refuse("-r 192.168.10.101:80")
        })?;
    }
    stage.check("real2 returns and takes part again", |guide| {
        guide.open_web("real2", 80)?;
        guide.shown("real2", "serving")?;
        guide.answered_by(WEB, &["real1", "real2"])
    })?;
    if kernel {
        stage.check("connections that a real server opens itself are masqueraded [tcpdump]", |guide| {
            let client = guide.client()?;
            let _web = Web::open(client, 8080)?;
            let seen = Capture::start(client, "eth0", "tcp dst port 8080 and tcp[tcpflags] & tcp-syn != 0")?;
            let answer = curl(guide.place("real1")?, &["http://10.0.0.100:8080/"])?;
            ensure!(answer == "client", "{answer} answered");
            ensure!(seen.count(&["192.168.10.100"]) == 0, "the client saw the real server's own address");
            seen.saw(&["10.0.0.1."]).or_else(|_| seen.saw(&[&format!("{VIP}.")]))?;
            seen.end()
        })?;
        stage.check("the rules stand in one table of the agent's own [nft]", |guide| {
            let text = guide.vs1()?.read(&["nft", "list", "ruleset"])?;
            let tables = text.lines().filter(|line| line.starts_with("table ")).count();
            ensure!(tables == 1 && text.contains("masquerade"), "{text}");
            Ok(())
        })?;
    }
    Ok(())
}
